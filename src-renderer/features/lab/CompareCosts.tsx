/** What each of two experiments would cost a day: every detector at the threshold its validation data set, means over seeds. */
import { exact } from '../../lib/numbers.ts';
import { DailyFields, useDaily } from './DailyFields.tsx';
import { Figure } from './Figure.tsx';
import { alarmsADay, meanOf, type DailyAlarms, type DetectorRow } from './numbers.ts';
import { detectorName } from './words.ts';

export interface ComparedRow {
  detector: string;
  /** A, B; undefined where an experiment has not judged it. */
  sides: (DetectorRow | undefined)[];
}

export function CompareCosts({ lines, name }: { lines: readonly ComparedRow[]; name: string }) {
  const daily = useDaily();
  const { records, percent } = daily;
  const costOf = (row: DetectorRow | undefined): DailyAlarms | null => {
    if (!row) return null;
    const of = (rate: 'recall' | 'fpr'): number => meanOf(row.runs, ({ threshold }) => threshold[rate]);
    return alarmsADay({ recall: of('recall'), fpr: of('fpr') }, records, percent / 100);
  };
  const rows = lines.map(({ detector, sides }) => ({ detector, sides, costs: sides.map(costOf) }));
  const text = (cost: DailyAlarms | null, of: 'alarms' | 'missed'): string => (cost === null ? '–' : exact(cost[of]));
  return (
    <Figure
      title="Alarms a day"
      note="and attacks missed, at the threshold that validation data set"
      name={`${name}-alarms`}
      picture={false}
      csv={() => ({
        head: [
          'detector',
          ...['A', 'B'].flatMap((side) => [`${side} alarms`, `${side} right`, `${side} precision`, `${side} missed`]),
        ],
        rows: rows.map(({ detector, costs }) => [
          detector,
          ...costs.flatMap((cost) => [
            cost?.alarms ?? null,
            cost?.right ?? null,
            cost?.precision ?? null,
            cost?.missed ?? null,
          ]),
        ]),
      })}
    >
      <DailyFields daily={daily} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Alarms a day of both">
        <table className="table lab-costs">
          <thead>
            <tr>
              <th scope="col">Detector</th>
              {['A alarms', 'A missed', 'B alarms', 'B missed'].map((title) => (
                <th key={title} scope="col" className="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ detector, sides, costs }) => (
              <tr key={detector}>
                <td className="nowrap">
                  {detectorName(detector)}{' '}
                  {sides.map((side, i) =>
                    side?.selected ? (
                      <span key={i} className="tag lab-selected">
                        {i === 0 ? 'A' : 'B'}
                      </span>
                    ) : null,
                  )}
                </td>
                {costs.flatMap((cost, i) => [
                  <td key={`${i} alarms`} className="number">
                    {text(cost, 'alarms')}
                  </td>,
                  <td key={`${i} missed`} className="number">
                    {text(cost, 'missed')}
                  </td>,
                ])}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Figure>
  );
}
