/** Training and test data of different formats: what they were compared by, and what of either was left out. */
import type { LabReport } from '../../../src-shared/contract/topics/lab.ts';
import { counted } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';

type Shared = NonNullable<LabReport['data']['shared']>;

export function SharedColumns({ shared: { features, leftOut }, name }: { shared: Shared; name: string }) {
  const sides = [
    { of: 'training data', columns: leftOut.train },
    { of: 'test data', columns: leftOut.test },
  ];
  return (
    <Figure
      title="Compared by"
      note="the features that both formats can say, and how either comes by them"
      name={`${name}-shared`}
      picture={false}
      csv={() => ({
        head: ['feature', 'unit', 'training data', 'test data', 'estimated'],
        rows: [
          ...features.map((each) => [each.name, each.unit, each.train, each.test, each.estimated ? 1 : 0]),
          ...leftOut.train.map((column) => ['left out', '', column, '', null]),
          ...leftOut.test.map((column) => ['left out', '', '', column, null]),
        ],
      })}
    >
      <div className="table-scroll lab-tall" tabIndex={0} role="region" aria-label="Features that both say">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Unit</th>
              <th scope="col">Training data</th>
              <th scope="col">Test data</th>
            </tr>
          </thead>
          <tbody>
            {features.map((each) => (
              <tr key={each.name}>
                <td className="nowrap">
                  {each.name} {each.estimated ? <span className="tag">estimated</span> : null}
                </td>
                <td>{each.unit}</td>
                <td>{each.train}</td>
                <td>{each.test}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sides.map(({ of, columns }) =>
        columns.length > 0 ? (
          <details key={of} className="lab-options">
            <summary>
              {counted(columns.length, 'column')} of the {of} left out
            </summary>
            <p className="dim">{columns.join(', ')}</p>
          </details>
        ) : null,
      )}
    </Figure>
  );
}
