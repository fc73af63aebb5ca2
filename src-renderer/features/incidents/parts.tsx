/** The smaller panels of an incident. */
import { Panel } from '../../components/Panel.tsx';
import { Bar } from '../../components/Meter.tsx';
import { Empty } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { exact, measured, score } from '../../lib/numbers.ts';
import { statusWord } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import type { IncidentAnswer, IncidentBody } from './types.ts';

export function Evidence({ evidence }: { evidence: IncidentBody['evidence'] }) {
  return (
    <Panel title="Evidence" note="observed beside what is usual">
      {evidence.length === 0 ? (
        <Empty title="No figures were noted">The summary tells what was seen.</Empty>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Fact</th>
              <th scope="col" className="number">
                Observed
              </th>
              <th scope="col" className="number">
                Usual
              </th>
            </tr>
          </thead>
          <tbody>
            {evidence.map(({ fact, value, expected, unit }) => (
              <tr key={fact}>
                <td>{fact}</td>
                <td className="number" title={unit === 'bytes' ? `${exact(value)} bytes` : undefined}>
                  {measured(value, unit)}
                </td>
                <td className="number dim">{expected === null ? '–' : measured(expected, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

export function Response({ steps }: { steps: readonly string[] }) {
  return (
    <Panel title="What to do">
      {steps.length === 0 ? (
        <Empty title="No advice for this kind" />
      ) : (
        <ol className="response">
          {steps.map((step) => (
            <li key={step}>
              <span>{step}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  'mean-z2': 'Distance from the mean',
  'median-mad': 'Distance from the median',
  'iqr-fences': 'Quartile fences',
  'isolation-forest': 'Isolation forest',
  autoencoder: 'Autoencoder',
};

/** `capture:…` learned from this capture, `behaviour:…` knows a shape of attack. */
export function detectorName(id: string): { name: string; note: string } {
  const [group, rest] = id.includes(':') ? [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)] : ['', id];
  const name = NAMES[rest] ?? rest.replaceAll('-', ' ');
  if (group === 'capture') return { name, note: 'learned from this capture' };
  if (group === 'behaviour') return { name, note: 'known behaviour' };
  return { name, note: group === '' ? 'learned from usual traffic' : group };
}

export function Detectors({ detectors }: { detectors: Readonly<Record<string, number>> }) {
  const list = Object.entries(detectors).sort(([, a], [, b]) => b - a);
  return (
    <Panel title="What each detector said" note="0 usual, 1 never seen">
      {list.length === 0 ? (
        <Empty title="Not enough data">No detector scored its flows.</Empty>
      ) : (
        <ul className="detectors">
          {list.map(([id, value]) => {
            const { name, note } = detectorName(id);
            return (
              <li key={id} title={`${id}: ${value}`}>
                <span>
                  {name} <span className="dim">{note}</span>
                </span>
                <Bar share={value} />
                <span className="number">{score(value)}</span>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}

export function StatusHistory({ history }: { history: IncidentAnswer['history'] }) {
  const zone = useZone();
  if (history.length === 0) return null;
  return (
    <Panel title="What was decided">
      <ol className="history-list">
        {history.map(({ at, user, status, note }) => (
          <li key={at}>
            <span className="dim">{dateTime(at / 1000, zone)}</span>
            <span>{statusWord(status)}</span>
            <span>
              {note} <span className="dim">{user}</span>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
