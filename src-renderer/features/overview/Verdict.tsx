/** The answer in a sentence, the figures behind it, and what should be known about the capture. */
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { withoutTold } from '../../../src-shared/domain/capture-quality.ts';
import { isPartial } from '../../../src-shared/domain/warnings.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { dateTime, secondsOf } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';

export type OverviewData = Output<(typeof contract)['overview']['get']>;

export function Verdict({ data, range }: { data: OverviewData; range: { from: number; to: number } | null }) {
  const zone = useZone();
  const [first, last] = range
    ? [range.from, range.to]
    : [data.firstTs, data.lastTs].map((time) => (time === null ? null : secondsOf(time)));
  return (
    <section className={`verdict verdict-${data.worst ?? (data.flows === 0 ? 'info' : 'none')}`} aria-label="Verdict">
      <div>
        <h1 className="verdict-text">{data.verdict}</h1>
        {first !== null && first !== undefined && last !== null && last !== undefined ? (
          <p className="dim">
            {dateTime(first, zone)}, {formatDuration(Math.max(0, last - first))}
          </p>
        ) : null}
      </div>
      <dl className="figures">
        <Figure name="Packets" value={exact(data.packets)} />
        <Figure name="Bytes" value={bytes(data.bytes)} title={`${exact(data.bytes)} bytes`} />
        <Figure name="Flows" value={exact(data.flows)} />
        <Figure name="Anomalous" value={exact(data.anomalousFlows)} />
        <Figure name="Hosts" value={exact(data.hosts)} />
      </dl>
    </section>
  );
}

function Figure({ name, value, title }: { name: string; value: string; title?: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Damage of the input and what could not be judged: said where people look, not hidden in a log. */
export function CaptureNotes({ capture }: { capture: number }) {
  const detail = useAsk(`capture ${capture}`, (client, signal) => client.captures.get({ capture }, { signal }), {
    topics: ['captures'],
  }).data;
  if (!detail) return null;
  const warnings = detail.inputs.flatMap(({ path, warnings: list }) =>
    withoutTold(list, detail.quality).map((each) => ({ ...each, path })),
  );
  const notes = [statusNote(detail.status), scoresNote(detail.scores), cutNote(detail.cutShort)].filter(
    (note) => note !== '',
  );
  const [before] = detail.before;
  const known = before ? 1 : 0;
  if (warnings.length + notes.length + known === 0) return null;
  return (
    <details
      className="notes"
      open={
        before !== undefined ||
        detail.status !== 'complete' ||
        detail.scores === 'insufficient' ||
        warnings.some(({ code }) => isPartial(code))
      }
    >
      <summary>{counted(warnings.length + notes.length + known, 'note')} on this capture</summary>
      <ul>
        {before ? (
          <li>
            The same file was opened before:{' '}
            <Link to={viewAddress('overview', [], {}, before.capture)}>{before.name}</Link>. Decisions on its incidents
            are not taken over; roles of hosts, networks and suppressions are those of the desk.
          </li>
        ) : null}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {warnings.map(({ code, message, count, path }) => (
          <li key={`${path} ${code}`}>
            {message}{' '}
            <span className="dim">
              ({counted(count, 'time')}, {fileName(path)})
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Uploads are stored with a mark before their name. */
function fileName(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).replace(/^[0-9a-f]{32}-/, '');
}

function statusNote(status: 'incomplete' | 'complete' | 'partial'): string {
  if (status === 'partial') return 'Not all of the input was analysed. What you see holds for the part that was.';
  return status === 'incomplete'
    ? 'This capture is not complete: its import or live session still runs, or was ended before its end. What you see is what had been stored by then; a file can be imported again.'
    : '';
}

function scoresNote(scores: 'scored' | 'insufficient' | 'not-scored' | null): string {
  if (scores === 'insufficient')
    return 'Not enough data to score flows: too few of them for the detectors. Known shapes of attack were looked for all the same.';
  return scores === 'not-scored' ? 'Flows were not scored. Known shapes of attack were looked for all the same.' : '';
}

function cutNote(cut: number): string {
  return cut > 0 ? `${counted(cut, 'flow')} ended early because more were open at once than are remembered.` : '';
}
