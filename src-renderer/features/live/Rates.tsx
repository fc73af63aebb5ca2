/** Packets and bits a second over the last ten minutes, with what stood out, and when somebody remarked something. */
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { LivePoint } from '../../../src-shared/contract/topics/live.ts';
import { Marked } from '../../components/charts/Marked.tsx';
import { AXIS_LEFT, AXIS_RIGHT, ChartTitle, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { shareAt } from '../../components/charts/brush.ts';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Empty } from '../../components/states.tsx';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { brief, exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import { asPlayed, spanOf } from './span.ts';
import type { LiveState } from './state.ts';

interface RatesProps {
  state: LiveState;
  onOpen(uid: string): void;
}

export function Rates({ state, onOpen }: RatesProps) {
  const { points, session } = state;
  return (
    <Panel
      title="Rates"
      note={`${spanOf(points).words}${asPlayed(session)}`}
      className="live-rates"
      tools={
        <Legend
          items={[
            { name: 'traffic', tone: '1' },
            { name: 'anomalous flows', tone: 'anomaly' },
          ]}
        />
      }
    >
      {points.length === 0 ? (
        <Empty title="No packets yet">The first figures come a second after the start.</Empty>
      ) : (
        <>
          <ChartTitle>Packets / s</ChartTitle>
          <Series points={points} field="packetsPerSecond" axis={false} />
          <ChartTitle>Bits / s</ChartTitle>
          <Series points={points} field="bitsPerSecond" axis />
          <Lane state={state} onOpen={onOpen} />
        </>
      )}
    </Panel>
  );
}

interface SeriesProps {
  points: readonly LivePoint[];
  field: 'packetsPerSecond' | 'bitsPerSecond';
  axis: boolean;
}

interface Datum extends LivePoint {
  time: number;
}

/** Pixels. */
const PLOT_TOP = 4;
const PLOT_HEIGHT = 80;
const AXIS_HEIGHT = 24;

function Series({ points, field, axis }: SeriesProps) {
  const zone = useZone();
  const span = spanOf(points);
  const data: Datum[] = points.map((point) => ({ ...point, time: point.at / 1000 }));
  const marked = data
    .filter(({ anomalousFlows }) => anomalousFlows > 0)
    .map(({ time }) => ({ from: time - 1, to: time }));
  return (
    <Marked stretches={marked} span={span} top={PLOT_TOP} height={PLOT_HEIGHT - PLOT_TOP - 1}>
      <ResponsiveContainer width="100%" height={axis ? PLOT_HEIGHT + AXIS_HEIGHT : PLOT_HEIGHT}>
        <AreaChart
          data={data}
          syncId="live"
          margin={{ top: PLOT_TOP, right: AXIS_RIGHT, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="time"
            type="number"
            domain={[span.from, span.to]}
            ticks={timeTicks(span.from, span.to, 6)}
            tickFormatter={(at: number) => (axis ? axisTime(at, span.seconds, zone) : '')}
            height={axis ? AXIS_HEIGHT : 1}
            tickLine={axis}
          />
          <YAxis
            width={AXIS_LEFT}
            domain={[0, 'auto']}
            tickFormatter={brief}
            tickCount={3}
            axisLine={false}
            tickLine={false}
            allowDecimals={false}
          />
          <Area
            type="step"
            dataKey={field}
            stroke="var(--series-1)"
            fill="var(--series-1)"
            fillOpacity={0.16}
            strokeWidth={1.25}
            isAnimationActive={false}
            dot={false}
          />
          <Tooltip
            isAnimationActive={false}
            content={(props) => (axis ? null : <PointTip point={datumOf(props) as Datum | null} />)}
          />
        </AreaChart>
      </ResponsiveContainer>
    </Marked>
  );
}

/** Seconds by which the packets' clock must differ from the wall's to be worth a line. */
const APART = 5;

function PointTip({ point }: { point: Datum | null }) {
  const zone = useZone();
  if (!point) return null;
  const { time, packetTime, packetsPerSecond, bitsPerSecond, anomalousFlows, dropped } = point;
  const replayed = Math.abs(time - packetTime) > APART;
  return (
    <Tip
      title={dateTime(time, zone)}
      rows={[
        ...(replayed ? [{ name: 'time of the packets', value: dateTime(packetTime, zone) }] : []),
        { name: 'packets / s', value: exact(packetsPerSecond) },
        { name: 'bits / s', value: exact(bitsPerSecond) },
        { name: 'lost', value: dropped === null ? 'not known' : exact(dropped) },
        { name: 'anomalous flows ended', value: exact(anomalousFlows) },
      ]}
    />
  );
}

/** Incidents and remarks under the charts, where they came to be. */
function Lane({ state: { points, incidents, notices }, onOpen }: RatesProps) {
  const span = spanOf(points);
  const within = (at: number): boolean => at / 1000 > span.from && at / 1000 <= span.to;
  const left = (at: number): string => `${shareAt(at / 1000, span) * 100}%`;
  const opened = incidents.filter(({ openedAt }) => within(openedAt));
  const marks = notices.filter(({ code, at }) => code === 'mark' && within(at));
  return (
    <div className="live-lane" style={{ marginLeft: AXIS_LEFT, marginRight: AXIS_RIGHT }}>
      {opened.length === 0 && marks.length === 0 ? <span className="dim">No incidents in this time.</span> : null}
      {marks.map(({ id, at, message, user }) => (
        <span key={`mark ${id}`} className="live-mark" style={{ left: left(at) }} title={`${message} (${user ?? ''})`}>
          <span aria-hidden="true">⚑</span>
          <span className="sr-only">Mark: {message}</span>
        </span>
      ))}
      {opened.map(({ openedAt, incident: { uid, severity, title } }) => (
        <button
          key={uid}
          type="button"
          className="live-lane-mark"
          style={{ left: left(openedAt) }}
          title={title}
          onClick={() => onOpen(uid)}
        >
          <SeverityMark severity={severity} />
          <span className="sr-only">{title}</span>
        </button>
      ))}
    </div>
  );
}
