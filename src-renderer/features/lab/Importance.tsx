/** Which columns a detector rests on: how far its ROC-AUC falls when one is shuffled. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { LabResult, ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import { Empty } from '../../components/states.tsx';
import { Figure } from './Figure.tsx';

type Importance = NonNullable<ResultDetails['importance']>;

const ROW = 18;
const FOOT = 48;

export function Importance({ runs, name }: { runs: readonly LabResult[]; name: string }) {
  const found = runs.find(({ details }) => details?.importance);
  const importance = found?.details?.importance ?? null;
  const against = found?.regime === 'supervised' ? 'attacks held back' : 'made-up anomalies';
  return (
    <Figure
      title="Importance of columns"
      note={
        importance === null
          ? 'ROC-AUC lost when a column is shuffled'
          : `ROC-AUC lost when a column is shuffled; validation data, seed ${found!.seed}, against ${against}`
      }
      name={`${name}-importance`}
      className="lab-third"
      picture={importance !== null}
      csv={() => ({
        head: ['column', 'ROC-AUC lost'],
        rows: (importance?.features ?? []).map(({ feature, drop }) => [feature, drop]),
      })}
    >
      {importance === null ? (
        <Empty title="Not known for this detector">
          It looks at more than single records, or there are no validation attacks to shuffle columns among.
        </Empty>
      ) : (
        <Bars importance={importance} />
      )}
    </Figure>
  );
}

function Bars({ importance: { auc, features } }: { importance: Importance }) {
  return (
    <ResponsiveContainer width="100%" height={features.length * ROW + FOOT}>
      <BarChart
        data={features}
        layout="vertical"
        margin={{ top: 4, right: AXIS_RIGHT, bottom: 16, left: 0 }}
        barCategoryGap={3}
        accessibilityLayer={false}
      >
        <CartesianGrid horizontal={false} />
        <XAxis
          type="number"
          height={28}
          tickFormatter={(value: number) => String(Number(value.toPrecision(2)))}
          label={{ value: `of ${auc.toFixed(3)}`, position: 'insideBottom', offset: -2, className: 'lab-axis' }}
        />
        <YAxis type="category" dataKey="feature" width={172} interval={0} tickLine={false} />
        <Bar dataKey="drop" fill="var(--series-1)" isAnimationActive={false} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--sunken)' }}
          content={(props) => {
            const bar = datumOf(props) as Importance['features'][number] | null;
            return bar ? (
              <Tip title={bar.feature} rows={[{ name: 'ROC-AUC lost', value: bar.drop.toFixed(4) }]} />
            ) : null;
          }}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}
