/** ROC and precision-recall curves of a detector beside the baselines; the band is what the seeds reach. */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import type { FigureKey } from './figure-file.ts';
import { Figure } from './Figure.tsx';
import { bandOf, curveGrid, type BandPoint, type CurveKind, type DetectorRow } from './numbers.ts';
import { detectorName, fixed } from './words.ts';

export interface CurveSeries {
  name: string;
  colour: string;
  dash?: string;
  row: DetectorRow;
}

/** The detector that is looked at, and the baselines where they are others. */
export function seriesOf(shown: DetectorRow, rows: readonly DetectorRow[]): CurveSeries[] {
  const dashes = ['6 4', '2 3'];
  const baselines = rows.filter((row) => row.baseline && row.detector !== shown.detector);
  return [
    { name: detectorName(shown.detector), colour: 'var(--series-1)', row: shown },
    ...baselines.map((row, i) => ({
      name: `${detectorName(row.detector)} (baseline)`,
      colour: 'var(--dim)',
      dash: dashes[i % dashes.length]!,
      row,
    })),
  ];
}

interface Point {
  x: number;
  bands: BandPoint[];
}

const PERCENT = [0, 0.2, 0.4, 0.6, 0.8, 1];
const MAGNITUDES = [1e-4, 1e-3, 1e-2, 0.1, 1];

const shareText = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;

interface CurvesProps {
  kind: CurveKind;
  series: readonly CurveSeries[];
  name: string;
}

export function Curves({ kind, series, name }: CurvesProps) {
  const [logarithmic, setLogarithmic] = useState(false);
  const roc = kind === 'roc';
  const log = roc && logarithmic;
  const grid = curveGrid(log);
  const bands = series.map(({ row }) => bandOf(row.runs, kind, grid));
  const points: Point[] = grid.map((x, i) => ({ x, bands: bands.map((band) => band[i]!) }));
  const keys: FigureKey[] = series.map(({ name: own, colour, dash }) => ({
    name: own,
    colour,
    ...(dash === undefined ? {} : { dash }),
  }));
  const [fewest, seeds] = [Math.min, Math.max].map((of) => of(...series.map(({ row }) => row.runs.length))) as [
    number,
    number,
  ];
  const [across, up] = roc ? ['false-positive rate', 'recall'] : ['recall', 'precision'];
  return (
    <Figure
      title={roc ? 'ROC' : 'Precision and recall'}
      note={seeds > 1 ? `${up}: mean and range of ${seeds > fewest ? `${fewest} to ` : ''}${seeds} seeds` : up!}
      name={`${name}-${kind}`}
      className="lab-half"
      keys={keys}
      tools={
        roc ? (
          <SegmentedControl
            size="xs"
            aria-label="Axis of the false-positive rate"
            value={logarithmic ? 'log' : 'linear'}
            onChange={(value) => setLogarithmic(value === 'log')}
            data={[
              { value: 'linear', label: 'Linear' },
              { value: 'log', label: 'Logarithmic' },
            ]}
          />
        ) : null
      }
      csv={() => ({
        head: [across, ...series.flatMap(({ name: own }) => [`${own} mean`, `${own} least`, `${own} most`])],
        rows: points.map(({ x, bands: own }) => [x, ...own.flatMap(({ mean, low, high }) => [mean, low, high])]),
      })}
    >
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
            scale={log ? 'log' : 'linear'}
            domain={log ? [1e-4, 1] : [0, 1]}
            ticks={log ? MAGNITUDES : PERCENT}
            tickFormatter={shareText}
            height={32}
            label={{ value: across, position: 'insideBottom', offset: -2, className: 'lab-axis' }}
          />
          <YAxis domain={[0, 1]} ticks={PERCENT} tickFormatter={shareText} width={48} />
          {series.map(({ name: own, colour, dash, row }, i) =>
            row.runs.length > 1 && dash === undefined ? (
              <Area
                key={own}
                dataKey={({ bands: all }: Point) => [all[i]!.low, all[i]!.high]}
                fill={colour}
                fillOpacity={0.2}
                stroke="none"
                isAnimationActive={false}
                activeDot={false}
              />
            ) : null,
          )}
          {series.map(({ name: own, colour, dash }, i) => (
            <Line
              key={own}
              dataKey={({ bands: all }: Point) => all[i]!.mean}
              stroke={colour}
              strokeWidth={i === 0 ? 2 : 1.5}
              {...(dash === undefined ? {} : { strokeDasharray: dash })}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
          ))}
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--line-strong)' }}
            content={(props) => {
              const point = datumOf(props) as Point | null;
              return point ? (
                <Tip
                  title={`${across} ${shareText(point.x)}`}
                  rows={series.map(({ name: own }, i) => ({ name: own, value: rangeText(point.bands[i]!) }))}
                />
              ) : null;
            }}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </Figure>
  );
}

function rangeText({ mean, low, high }: BandPoint): string {
  return high - low < 0.0005 ? fixed(mean) : `${fixed(mean)} (${fixed(low)} to ${fixed(high)})`;
}
