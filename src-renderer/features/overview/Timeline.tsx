/** Packets and bytes per second over time, what was anomalous in it, and the brush that narrows the whole desk. */
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useMemo } from 'react';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { AXIS_LEFT, AXIS_RIGHT, ChartTitle, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { Marked } from '../../components/charts/Marked.tsx';
import { TimeBrush } from '../../components/charts/TimeBrush.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { Empty, Shown } from '../../components/states.tsx';
import type { TimeRange } from '../../lib/address-bar.ts';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { brief, bytes, exact } from '../../lib/numbers.ts';
import { useRange } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { IncidentLane } from './IncidentLane.tsx';
import { pointsOf, type Point } from './points.ts';

export type TimelineData = Output<(typeof contract)['overview']['timeline']>;

const BUCKETS = 300;
const LEAST_SECONDS = 0.01;

export function useTimeline(capture: number, range: TimeRange | null) {
  return useAsk(
    `timeline ${capture} ${JSON.stringify(range)}`,
    (client, signal) =>
      client.overview.timeline({ capture, buckets: BUCKETS, ...(range ? { range } : {}) }, { signal }),
    { topics: ['captures', 'incidents', 'suppressions'], keep: true },
  );
}

export function Timeline({ capture }: { capture: number }) {
  const [range, setRange] = useRange();
  const asked = useTimeline(capture, range);
  return (
    <Panel
      title="Timeline"
      note={`${(asked.data?.width ?? 1) > 1 ? `mean per second of every ${formatDuration(asked.data?.width ?? 1)}` : 'per second'} · drag to narrow the whole desk to a time`}
      className="timeline"
      tools={
        <Legend
          items={[
            { name: 'traffic', tone: '1' },
            { name: 'anomalous flows begin', tone: 'anomaly' },
          ]}
        />
      }
    >
      <Shown asked={asked} what="the timeline" lines={8}>
        {(data) =>
          data.packets.every((n) => n === 0) ? (
            <NoTraffic narrowed={range !== null} />
          ) : (
            <Charts data={data} onChoose={setRange} />
          )
        }
      </Shown>
    </Panel>
  );
}

function NoTraffic({ narrowed }: { narrowed: boolean }) {
  return (
    <Empty title="No packets in this time">
      {narrowed
        ? 'Press x to show the whole capture again.'
        : 'None of its packets could be placed in time, or the capture is not complete yet: this is drawn at its end.'}
    </Empty>
  );
}

export function spanOf(data: { start: number; width: number; packets: readonly number[] }): TimeRange {
  return { from: data.start, to: data.start + data.width * data.packets.length };
}

function Charts({ data, onChoose }: { data: TimelineData; onChoose(range: TimeRange | null): void }) {
  const span = useMemo(() => spanOf(data), [data]);
  const points = useMemo(() => pointsOf(data), [data]);
  return (
    <TimeBrush
      span={span}
      left={AXIS_LEFT}
      right={AXIS_RIGHT}
      label="Timeline"
      least={LEAST_SECONDS}
      onChoose={onChoose}
    >
      <ChartTitle>Packets / s</ChartTitle>
      <Series points={points} span={span} field="packetRate" format={brief} axis={false} />
      <ChartTitle>Bytes / s</ChartTitle>
      <Series points={points} span={span} field="byteRate" format={brief} axis />
      <IncidentLane incidents={data.incidents} span={span} />
    </TimeBrush>
  );
}

/** Pixels. */
const PLOT_TOP = 4;
const PLOT_HEIGHT = 88;
const AXIS_HEIGHT = 24;

interface SeriesProps {
  points: Point[];
  span: TimeRange;
  field: 'packetRate' | 'byteRate';
  format(value: number): string;
  axis: boolean;
}

function Series({ points, span, field, format, axis }: SeriesProps) {
  const zone = useZone();
  const ticks = timeTicks(span.from, span.to, 8);
  return (
    <Marked
      stretches={points.filter(({ anomalous }) => anomalous > 0)}
      span={span}
      top={PLOT_TOP}
      height={PLOT_HEIGHT - PLOT_TOP - 1}
    >
      <ResponsiveContainer width="100%" height={axis ? AXIS_HEIGHT + PLOT_HEIGHT : PLOT_HEIGHT}>
        <AreaChart
          data={points}
          syncId="timeline"
          margin={{ top: PLOT_TOP, right: AXIS_RIGHT, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="time"
            type="number"
            domain={[span.from, span.to]}
            ticks={ticks}
            tickFormatter={(at: number) => (axis ? axisTime(at, span.to - span.from, zone) : '')}
            height={axis ? AXIS_HEIGHT : 1}
            tickLine={axis}
          />
          <YAxis width={AXIS_LEFT} tickFormatter={format} tickCount={3} axisLine={false} tickLine={false} />
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
            content={(props) => (axis ? null : <PointTip point={datumOf(props) as Point | null} />)}
          />
        </AreaChart>
      </ResponsiveContainer>
    </Marked>
  );
}

function PointTip({ point }: { point: Point | null }) {
  const zone = useZone();
  if (!point) return null;
  return (
    <Tip
      title={dateTime(point.from, zone)}
      rows={[
        { name: 'packets', value: exact(point.packets) },
        { name: 'packets / s', value: brief(point.packetRate) },
        { name: 'bytes', value: exact(point.bytes) },
        { name: 'bytes / s', value: `${bytes(point.byteRate)}/s` },
        { name: 'flows begun', value: exact(point.flows) },
        { name: 'of them anomalous', value: exact(point.anomalous) },
      ]}
    />
  );
}
