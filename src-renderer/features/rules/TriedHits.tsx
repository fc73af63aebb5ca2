/** What a trial came to. */
import type { Tried } from '../../../src-shared/contract/topics/rules.ts';
import { dateTime } from '../../lib/clock.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { cutText, numberText } from './words.ts';

export function TriedHits({ text, capture, result }: { text: string; capture: number; result: Tried }) {
  const { refused, loaded, hits, hitsTotal, cut, packets, complete } = result;
  return (
    <div role="status" aria-label="What it came to" className="rules-try">
      {refused.map((fault) => (
        <Fault
          key={`${fault.line} ${fault.column} ${fault.keyword}`}
          line={text.split('\n')[fault.line - 1] ?? ''}
          fault={fault}
        />
      ))}
      {loaded === 0 ? (
        refused.length === 0 ? (
          <p>No rule stands there.</p>
        ) : null
      ) : (
        <p>
          {counted(hitsTotal, 'hit')} of {counted(loaded, 'rule')} in {counted(packets, 'packet')}
          {complete ? '.' : '; its minute was over before the end of the capture.'}
          {hitsTotal > hits.length ? ` The first ${exact(hits.length)} are shown.` : ''}
          {cut > 0 ? ` ${cutText(cut)}` : ''}
        </p>
      )}
      {hits.length > 0 ? <Hits hits={hits} capture={capture} /> : null}
    </div>
  );
}

function Fault({
  line,
  fault: { line: number, column, keyword, reason },
}: {
  line: string;
  fault: Tried['refused'][number];
}) {
  const at = column - 1;
  return (
    <div className="rules-fault" role="alert">
      <p>
        Line {number}
        {column > 0 ? `, column ${column}` : ''}: <code>{keyword}</code>: {reason}.
      </p>
      {column > 0 ? (
        <pre className="rules-text">
          {line.slice(0, at)}
          <mark>{line.slice(at, at + keyword.length)}</mark>
          {line.slice(at + keyword.length)}
        </pre>
      ) : null}
    </div>
  );
}

type Hit = Tried['hits'][number];

const end = (address: string, port: number): string =>
  port === 0 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** The flow by its ends: also where the capture was watched live. */
function flowFilter({ source, sourcePort, target, targetPort }: Hit): string {
  const ports = [sourcePort, targetPort].filter((port) => port > 0).map((port) => `port == ${port}`);
  return [`host == ${source}`, `host == ${target}`, ...ports].join(' && ');
}

function Hits({ hits, capture }: { hits: readonly Hit[]; capture: number }) {
  const zone = useZone();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Number</th>
            <th scope="col">Rule</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Flow</th>
          </tr>
        </thead>
        <tbody>
          {hits.map((hit, at) => (
            <tr key={at}>
              <td className="nowrap">{dateTime(hit.ts, zone)}</td>
              <td>{numberText(hit.sid, 0).number}</td>
              <td className="rules-message">{hit.message}</td>
              <td className="nowrap">{end(hit.source, hit.sourcePort)}</td>
              <td className="nowrap">{end(hit.target, hit.targetPort)}</td>
              <td>
                <Link to={viewAddress('flows', [], { q: flowFilter(hit) }, capture)}>Show</Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
