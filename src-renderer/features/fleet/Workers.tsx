/** The workers of the group: who has the role, by which model it scores, and how far it is. */
import type { FleetWorker } from '../../../src-shared/contract/topics/fleet.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { State } from './State.tsx';
import { heardText, lagText, refusedWords, WORKER_WORDS } from './words.ts';

/** Characters of a hash that tell models apart. */
const SHORT = 12;

export function Workers({ workers, now }: { workers: readonly FleetWorker[]; now: number }) {
  const standing = workers.filter(({ state }) => state === 'stands-by').length;
  return (
    <Panel title={counted(workers.length, 'worker')} note={standby(workers, standing)}>
      {workers.length === 0 ? (
        <Empty title="No worker was heard within a day">
          Sensors publish, and nobody puts together what they saw: start one with sonde worker.
        </Empty>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <caption className="sr-only">Workers</caption>
            <thead>
              <tr>
                {['Worker', 'State', 'Heard', 'Role', 'Model'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th scope="col" className="number" title="Packet time between what sensors sent and what is analysed">
                  Behind
                </th>
                <th scope="col" className="number" title="From the time of what is analysed to its clock">
                  Clock behind
                </th>
                <th scope="col" className="number">
                  Flows
                </th>
                <th scope="col">Refused</th>
                <th scope="col">Version</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <Row key={worker.name} worker={worker} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function standby(workers: readonly FleetWorker[], count: number): string {
  const works = workers.some(({ state }) => state === 'works');
  if (!works) return 'none works now';
  return count === 0 ? 'none stands by' : `${counted(count, 'worker')} stand${count === 1 ? 's' : ''} by`;
}

function Row({ worker, now }: { worker: FleetWorker; now: number }) {
  const { name, state, heard, lease, model, lag, flows, refused, version } = worker;
  return (
    <tr>
      <td className="fleet-name">{name}</td>
      <td>
        <State said={WORKER_WORDS[state]} />
      </td>
      <td className="nowrap">{heardText(heard, now)}</td>
      <td className="nowrap" title={lease ?? undefined}>
        {lease === null ? '–' : 'analyses the site'}
      </td>
      <td className="nowrap" title={model ?? undefined}>
        {model?.slice(0, SHORT) ?? '–'}
      </td>
      <td className="number">{lagText(lag.packets)}</td>
      <td className="number">{lagText(lag.wall)}</td>
      <td className="number">{state === 'stands-by' ? '–' : exact(flows)}</td>
      <td>{refusedWords(refused) || 'none'}</td>
      <td className="nowrap">{version}</td>
    </tr>
  );
}
