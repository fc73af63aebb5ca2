/** Whether promises are kept: the false-positive rate that was asked for, or the probability that was stated. */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import { Empty } from '../../components/states.tsx';
import { exact } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';

interface Point {
  x: number;
  y: number;
  low: number;
  high: number;
  records: number | null;
}

type Shown = 'rates' | 'probability';

const KEYS = [
  { name: 'test data, 95 % interval', colour: 'var(--series-1)' },
  { name: 'as promised', colour: 'var(--dim)', dash: '4 4' },
];

const shareText = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;

function pointsOf({ falsePositives, probability }: ResultDetails['calibration'], shown: Shown): Point[] {
  if (shown === 'probability') {
    return (probability?.bins ?? []).map(({ stated, observed, records, interval: [low, high] }) => {
      return { x: stated, y: observed, low, high, records };
    });
  }
  return falsePositives.map(({ asked, got, interval: [low, high] }) => ({
    x: asked,
    y: got,
    low,
    high,
    records: null,
  }));
}

export function Calibration({ calibration, name }: { calibration: ResultDetails['calibration']; name: string }) {
  const [wanted, setWanted] = useState<Shown>('rates');
  const shown = calibration.probability === null ? 'rates' : wanted;
  const rates = shown === 'rates';
  const points = pointsOf(calibration, shown);
  const [across, up] = rates
    ? ['false positives that validation data promised', 'on test data']
    : ['stated probability of an attack', 'share of attacks'];
  return (
    <Figure
      title="Calibration"
      note={
        rates
          ? 'false-positive rates, promised and kept'
          : `probabilities; mean distance ${(calibration.probability?.error ?? 0).toFixed(3)}`
      }
      name={`${name}-calibration`}
      className="lab-third"
      keys={KEYS}
      tools={
        calibration.probability === null ? null : (
          <SegmentedControl
            size="xs"
            aria-label="What is calibrated"
            value={shown}
            onChange={(value) => setWanted(value as Shown)}
            data={[
              { value: 'rates', label: 'False positives' },
              { value: 'probability', label: 'Probability' },
            ]}
          />
        )
      }
      csv={() => ({
        head: [across, up, 'interval from', 'interval to', 'records'],
        rows: points.map(({ x, y, low, high, records }) => [x, y, low, high, records]),
      })}
    >
      {points.length < 2 ? (
        <Empty title="Not enough data">There are too few validation records to set thresholds by.</Empty>
      ) : (
        <ResponsiveContainer width="100%" height={280}>
          <ComposedChart
            data={points}
            margin={{ top: 8, right: AXIS_RIGHT, bottom: 16, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid />
            <XAxis
              dataKey="x"
              type="number"
              scale={rates ? 'log' : 'linear'}
              domain={rates ? [points[0]!.x, 0.5] : [0, 1]}
              ticks={
                rates
                  ? [0.001, 0.01, 0.05, 0.1, 0.5].filter((tick) => tick >= points[0]!.x)
                  : [0, 0.2, 0.4, 0.6, 0.8, 1]
              }
              tickFormatter={shareText}
              height={32}
              label={{ value: across, position: 'insideBottom', offset: -2, className: 'lab-axis' }}
            />
            <YAxis
              scale={rates ? 'log' : 'linear'}
              domain={rates ? [points[0]!.x / 10, 1] : [0, 1]}
              ticks={
                rates
                  ? [1e-4, 1e-3, 1e-2, 0.1, 1].filter((tick) => tick >= points[0]!.x / 10)
                  : [0, 0.2, 0.4, 0.6, 0.8, 1]
              }
              allowDataOverflow
              tickFormatter={shareText}
              width={52}
            />
            <Area
              dataKey={({ low, high }: Point) => (rates ? [Math.max(low, 1e-5), high] : [low, high])}
              fill="var(--series-1)"
              fillOpacity={0.2}
              stroke="none"
              isAnimationActive={false}
              activeDot={false}
            />
            <Line
              dataKey={({ x }: Point) => x}
              stroke="var(--dim)"
              strokeDasharray="4 4"
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
            <Line
              dataKey={({ y }: Point) => (rates ? Math.max(y, 1e-5) : y)}
              stroke="var(--series-1)"
              strokeWidth={2}
              dot={{ r: 3, fill: 'var(--series-1)' }}
              activeDot={false}
              isAnimationActive={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: 'var(--line-strong)' }}
              content={(props) => {
                const point = datumOf(props) as Point | null;
                return point ? (
                  <Tip
                    title={`${rates ? 'promised' : 'stated'} ${shareText(point.x)}`}
                    rows={[
                      { name: up, value: shareText(point.y) },
                      { name: '95 % interval', value: `${shareText(point.low)} to ${shareText(point.high)}` },
                      ...(point.records === null ? [] : [{ name: 'records', value: exact(point.records) }]),
                    ]}
                  />
                ) : null;
              }}
            />
          </ComposedChart>
        </ResponsiveContainer>
      )}
    </Figure>
  );
}
