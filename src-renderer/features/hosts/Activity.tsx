/** What a host did, window by window. */
import { Select } from '@mantine/core';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { AXIS_LEFT, AXIS_RIGHT, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { TimeBrush } from '../../components/charts/TimeBrush.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { brief, counted, exact } from '../../lib/numbers.ts';
import { useParams, useRange } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import type { HostAnswer } from './HostPage.tsx';

type Window = HostAnswer['windows'][number];
type Measure = Exclude<keyof Window, 'start'>;

const MEASURES: Record<Measure, string> = {
  bytesOut: 'Bytes sent',
  bytesIn: 'Bytes received',
  flowsOut: 'Flows begun',
  flowsIn: 'Flows accepted',
  failedOut: 'Flows failed',
  peersOut: 'Hosts contacted',
  portsOut: 'Ports contacted',
};
const LEAST_WINDOWS = 3;

function measureOf(text: string | undefined): Measure {
  return (Object.keys(MEASURES) as Measure[]).find((measure) => measure === text) ?? 'flowsOut';
}

export function Activity({ answer: { windows, windowLength } }: { answer: HostAnswer }) {
  const [params, setParams] = useParams();
  const measure = measureOf(params['activity']);
  return (
    <Panel
      title="Activity"
      note={`per ${formatDuration(windowLength)} · drag to narrow the desk to a time`}
      tools={
        <>
          <Legend items={[{ name: MEASURES[measure].toLowerCase(), tone: '1' }]} />
          <Select
            size="xs"
            w={160}
            aria-label="What is shown"
            allowDeselect={false}
            value={measure}
            onChange={(activity) => setParams({ activity: activity ?? '' }, true)}
            data={Object.entries(MEASURES).map(([value, label]) => ({ value, label }))}
          />
        </>
      }
    >
      {windows.length < LEAST_WINDOWS ? (
        <Empty title="Not enough data">
          It was seen in {counted(windows.length, 'window')}; a picture over time needs {LEAST_WINDOWS}.
        </Empty>
      ) : (
        <Chart windows={windows} length={windowLength} measure={measure} />
      )}
    </Panel>
  );
}

function Chart({ windows, length, measure }: { windows: readonly Window[]; length: number; measure: Measure }) {
  const zone = useZone();
  const [, setRange] = useRange();
  const span = { from: windows[0]!.start, to: windows.at(-1)!.start + length };
  const data = windows.map((window) => ({ ...window, middle: window.start + length / 2 }));
  return (
    <TimeBrush span={span} left={AXIS_LEFT} right={AXIS_RIGHT} label={MEASURES[measure]} least={1} onChoose={setRange}>
      <ResponsiveContainer width="100%" height={160}>
        <BarChart data={data} margin={{ top: 4, right: AXIS_RIGHT, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="middle"
            type="number"
            domain={[span.from, span.to]}
            ticks={timeTicks(span.from, span.to, 8)}
            tickFormatter={(at: number) => axisTime(at, span.to - span.from, zone)}
            height={24}
          />
          <YAxis
            width={AXIS_LEFT}
            tickFormatter={brief}
            axisLine={false}
            tickLine={false}
            tickCount={4}
            allowDecimals={false}
          />
          <Bar dataKey={measure} fill="var(--series-1)" isAnimationActive={false} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--sunken)' }}
            content={(props) => <WindowTip window={datumOf(props) as Window | null} />}
          />
        </BarChart>
      </ResponsiveContainer>
    </TimeBrush>
  );
}

function WindowTip({ window }: { window: Window | null }) {
  const zone = useZone();
  if (!window) return null;
  const rows = (Object.entries(MEASURES) as [Measure, string][]).map(([measure, name]) => ({
    name: name.toLowerCase(),
    value: exact(window[measure]),
  }));
  return <Tip title={`from ${dateTime(window.start, zone)}`} rows={rows} />;
}
