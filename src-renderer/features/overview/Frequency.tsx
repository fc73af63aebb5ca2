/** How often anomalous flows began, over time. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { AXIS_RIGHT, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { brief, exact } from '../../lib/numbers.ts';
import { useRange } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { coarser, pointsOf, type Point } from './points.ts';
import { NotScored, useScored } from './scored.tsx';
import { spanOf, useTimeline, type TimelineData } from './Timeline.tsx';

const BARS = 60;

export function Frequency({ capture }: { capture: number }) {
  const [range] = useRange();
  const asked = useTimeline(capture, range);
  const points = asked.data ? coarser(pointsOf(asked.data), BARS) : [];
  const each = points[0] ? formatDuration(points[0].to - points[0].from) : '';
  return (
    <Panel
      title="Anomaly frequency"
      note={each === '' ? 'flows' : `flows per ${each}`}
      className="freq"
      tools={<Legend items={[{ name: 'anomalous', tone: 'anomaly' }]} />}
    >
      <Shown asked={asked} what="the frequency" lines={6}>
        {(data) =>
          points.some(({ anomalous }) => anomalous > 0) ? (
            <Bars data={data} points={points} />
          ) : (
            <Nothing points={points} capture={capture} />
          )
        }
      </Shown>
    </Panel>
  );
}

function Nothing({ points, capture }: { points: readonly Point[]; capture: number }) {
  const scored = useScored(capture);
  if (points.every(({ flows }) => flows === 0))
    return <Empty title="Not enough data">No flow began in this time.</Empty>;
  if (!scored) return <NotScored />;
  return (
    <Empty title="No anomalous flows in this time">
      A flow is called anomalous from a score of 0.999 on, and only if it is among the rarest hundredth of its capture.
      High scores below that say which flows are the least usual: of ordinary traffic, about one flow in a hundred has
      0.99.
    </Empty>
  );
}

function Bars({ data, points }: { data: TimelineData; points: Point[] }) {
  const zone = useZone();
  const span = spanOf(data);
  return (
    <ResponsiveContainer width="100%" height={200}>
      <BarChart
        data={points}
        margin={{ top: 4, right: AXIS_RIGHT, bottom: 0, left: 0 }}
        barCategoryGap={1}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} />
        <XAxis
          dataKey="time"
          type="number"
          domain={[span.from, span.to]}
          ticks={timeTicks(span.from, span.to, 4)}
          tickFormatter={(at: number) => axisTime(at, span.to - span.from, zone)}
          height={24}
        />
        <YAxis width={36} tickFormatter={brief} allowDecimals={false} axisLine={false} tickLine={false} tickCount={4} />
        <Bar
          dataKey="anomalous"
          fill="var(--anomaly)"
          isAnimationActive={false}
          minPointSize={(value) => (typeof value === 'number' && value > 0 ? 2 : 0)}
          barSize={6}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--sunken)' }}
          content={(props) => {
            const point = datumOf(props) as Point | null;
            return point ? (
              <Tip
                title={`from ${dateTime(point.from, zone)}`}
                rows={[
                  { name: 'anomalous flows', value: exact(point.anomalous) },
                  { name: 'flows', value: exact(point.flows) },
                ]}
              />
            ) : null;
          }}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}
