/** The smaller panels of an incident. */
import { Panel } from '../../components/Panel.tsx';
import { Bar } from '../../components/Meter.tsx';
import { Empty } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { exact, measured, score } from '../../lib/numbers.ts';
import { statusWord } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import { GROUPS, isLearned, shownDetectors, type Group } from './detector-names.ts';
import type { IncidentAnswer, IncidentBody } from './types.ts';

export function Evidence({ evidence }: { evidence: IncidentBody['evidence'] }) {
  const known = evidence.some(({ expected }) => expected !== null);
  return (
    <Panel title="Evidence" note={known ? 'observed beside what is usual' : 'what was observed'}>
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
              {known ? (
                <th scope="col" className="number">
                  Usual
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {evidence.map(({ fact, value, expected, unit }) => (
              <tr key={fact}>
                <td>{fact}</td>
                <td className="number" title={unit === 'bytes' ? `${exact(value)} bytes` : undefined}>
                  {measured(value, unit)}
                </td>
                {known ? <td className="number dim">{expected === null ? '–' : measured(expected, unit)}</td> : null}
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

/** What each says, worst first, by where its judgement comes from. */
export function Detectors({ scored, ...incident }: Pick<IncidentBody, 'detectors' | 'evidence'> & { scored: boolean }) {
  const list = shownDetectors(incident, scored);
  return (
    <Panel
      title="What each detector said"
      note={list.some(isLearned) ? 'rules and shapes: how sure; learned: 0 usual, 1 never seen' : 'how sure each is'}
    >
      {list.length === 0 ? (
        <Empty title="Not enough data">No detector scored its flows.</Empty>
      ) : (
        GROUPS.map((group) => (
          <DetectorGroup key={group} title={group} list={list.filter((each) => each.group === group)} />
        ))
      )}
    </Panel>
  );
}

function DetectorGroup({
  title,
  list,
}: {
  title: Group;
  list: readonly { id: string; name: string; value: number }[];
}) {
  if (list.length === 0) return null;
  return (
    <section>
      <h3 className="detector-group">{title}</h3>
      <ul className="detectors">
        {list.map(({ id, name, value }) => (
          <li key={id} title={`${id}: ${value}`}>
            <span>{name}</span>
            <Bar share={value} />
            <span className="number">{score(value)}</span>
          </li>
        ))}
      </ul>
    </section>
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
