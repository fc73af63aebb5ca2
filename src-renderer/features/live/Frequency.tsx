/** How often something stood out, in stretches of ten seconds over the time of the charts. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { LivePoint } from '../../../src-shared/contract/topics/live.ts';
import { AXIS_RIGHT, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { brief, exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import { buckets, EACH, type Bucket } from './buckets.ts';

/** One never vanishes beside a thousand, pixels. */
const seen = (value: unknown): number => (typeof value === 'number' && value > 0 ? 4 : 0);

export function FrequencyPanel({ points }: { points: readonly LivePoint[] }) {
  const zone = useZone();
  const data = buckets(points);
  const from = (data[0]?.time ?? 0) - EACH / 2;
  const to = from + data.length * EACH;
  return (
    <Panel
      title="Anomaly frequency"
      note="per 10 seconds"
      className="live-freq"
      tools={
        <Legend
          items={[
            { name: 'anomalous flows', tone: 'anomaly' },
            { name: 'incidents', tone: 'high' },
          ]}
        />
      }
    >
      {data.every(({ anomalous, incidents }) => anomalous === 0 && incidents === 0) ? (
        <Empty title="Nothing stood out in this time">No anomalous flow ended, no incident opened.</Empty>
      ) : (
        <ResponsiveContainer width="100%" height={152}>
          <BarChart
            data={data}
            margin={{ top: 4, right: AXIS_RIGHT, bottom: 0, left: 0 }}
            barCategoryGap={1}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} />
            <XAxis
              dataKey="time"
              type="number"
              domain={[from, to]}
              ticks={timeTicks(from, to, 4)}
              tickFormatter={(at: number) => axisTime(at, to - from, zone)}
              height={24}
            />
            <YAxis
              width={36}
              tickFormatter={brief}
              allowDecimals={false}
              axisLine={false}
              tickLine={false}
              tickCount={4}
            />
            <Bar dataKey="anomalous" fill="var(--anomaly)" isAnimationActive={false} barSize={4} minPointSize={seen} />
            <Bar dataKey="incidents" fill="var(--critical)" isAnimationActive={false} barSize={4} minPointSize={seen} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--sunken)' }}
              content={(props) => {
                const bucket = datumOf(props) as Bucket | null;
                return bucket ? (
                  <Tip
                    title={`from ${dateTime(bucket.time - EACH / 2, zone)}`}
                    rows={[
                      { name: 'anomalous flows', value: exact(bucket.anomalous) },
                      { name: 'incidents opened', value: exact(bucket.incidents) },
                    ]}
                  />
                ) : null;
              }}
            />
          </BarChart>
        </ResponsiveContainer>
      )}
    </Panel>
  );
}
