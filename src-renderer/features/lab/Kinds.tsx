/** Recall of each kind of attack, with how many there were and how sure that is. */
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { exact } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';
import { kindsAt } from './numbers.ts';
import { fixed } from './words.ts';

interface KindsProps {
  scores: ResultDetails['scores'];
  cut: number;
  name: string;
}

export function Kinds({ scores, cut, name }: KindsProps) {
  const rows = kindsAt(scores, cut);
  return (
    <Figure
      title="Kinds of attack"
      note="at this threshold; with the 95 % interval of the recall"
      name={`${name}-kinds`}
      className="lab-third"
      picture={false}
      csv={() => ({
        head: ['kind', 'support', 'found', 'recall', 'interval from', 'interval to'],
        rows: rows.map(({ kind, support, found, recall, interval }) => [kind, support, found, recall, ...interval]),
      })}
    >
      <div className="table-scroll lab-tall" tabIndex={0} role="region" aria-label="Recall by kind">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col" className="number">
                Support
              </th>
              <th scope="col" className="number">
                Recall
              </th>
              <th scope="col">
                <span className="sr-only">Interval as a picture</span>
              </th>
              <th scope="col" className="number">
                95 %
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, support, recall, interval }) => (
              <tr key={kind}>
                <td>{kind}</td>
                <td className="number">{exact(support)}</td>
                <td className="number">{fixed(recall)}</td>
                <td className="lab-interval-cell">
                  <Interval value={recall} interval={interval} />
                </td>
                <td className="number">{interval.map(fixed).join('–')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Figure>
  );
}

function Interval({ value, interval: [from, to] }: { value: number; interval: [number, number] }) {
  return (
    <svg className="lab-interval" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-rail" y="2" width="100" height="4" />
      <rect className="lab-interval-range" x={from * 100} y="2" width={Math.max(1, (to - from) * 100)} height="4" />
      <rect className="lab-interval-value" x={Math.min(99, value * 100)} width="1" height="8" />
    </svg>
  );
}
