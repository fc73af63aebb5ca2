/** The cells of the heat map on a canvas; labels beside it are links. */
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { Tip } from '../../components/charts/parts.tsx';
import { TimeBrush } from '../../components/charts/TimeBrush.tsx';
import type { TimeRange } from '../../lib/address-bar.ts';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { riskLevel } from '../../lib/severity.ts';
import { useScheme } from '../../lib/scheme.ts';
import { useZone } from '../../lib/zone.tsx';
import { blend, cellAt, heatOf, parseColour } from './heat.ts';
import type { Measure } from './HeatMap.tsx';

export type HeatData = Output<(typeof contract)['overview']['heatmap']>;

const ROW = 16;
const LEAST_SECONDS = 0.01;

interface HeatGridProps {
  map: HeatData;
  measure: Measure;
  onChoose(range: TimeRange | null): void;
  onNetwork(network: string): void;
}

export function HeatGrid({ map, measure, onChoose, onNetwork }: HeatGridProps) {
  const zone = useZone();
  const columns = map.rows[0]?.values.length ?? 1;
  const span = { from: map.start, to: map.start + map.width * columns };
  const { ref, width } = useElementSize<HTMLDivElement>();
  const canvas = useCells(map, measure, width);
  const [over, setOver] = useState<{ row: number; column: number; x: number; y: number } | null>(null);
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const cell = cellAt(x, y, { width: box.width, rowHeight: ROW, columns, rows: map.rows.length });
    setOver(cell ? { ...cell, x, y } : null);
  };
  return (
    <div className="heat-scroll">
      <div className="heat-grid">
        <ul className="heat-labels">
          {map.rows.map(({ label, hosts, risk }) => (
            <li key={label}>
              {label.includes('/') ? (
                <button
                  type="button"
                  className="text-button"
                  title={`${counted(hosts, 'host')}; show them`}
                  onClick={() => onNetwork(label)}
                >
                  {label} <span className="dim">{exact(hosts)}</span>
                </button>
              ) : (
                <Link
                  to={viewAddress('hosts', [label])}
                  title={`${label}, risk ${risk.toFixed(2)}`}
                  className={`heat-${riskLevel(risk)}`}
                >
                  {label}
                </Link>
              )}
            </li>
          ))}
        </ul>
        <div className="heat-plot" ref={ref}>
          <TimeBrush span={span} left={0} right={0} label="Heat map" least={LEAST_SECONDS} onChoose={onChoose}>
            <canvas
              ref={canvas}
              className="heat-canvas"
              role="img"
              aria-label={describe(map, measure)}
              onPointerMove={move}
              onPointerLeave={() => setOver(null)}
            />
          </TimeBrush>
          {over ? <CellTip map={map} measure={measure} {...over} width={width} /> : null}
        </div>
      </div>
      <div className="heat-foot" aria-hidden="true">
        <div className="heat-axis">
          {timeTicks(span.from, span.to, 8).map((at) => (
            <span
              key={at}
              className={edgeOf(at, span)}
              style={{ left: `${((at - span.from) / (span.to - span.from)) * 100}%` }}
            >
              {axisTime(at, span.to - span.from, zone)}
            </span>
          ))}
        </div>
      </div>
      <Scale measure={measure} max={map.max} />
    </div>
  );
}

/** Labels at the ends stay within the picture. */
function edgeOf(at: number, { from, to }: TimeRange): string {
  const share = (at - from) / (to - from);
  return share < 0.03 ? 'heat-first' : share > 0.97 ? 'heat-last' : '';
}

function describe(map: HeatData, measure: Measure): string {
  const first = map.rows.slice(0, 3).map(({ label, total }) => `${label} ${exact(total)}`);
  return `Heat map of ${measure} for ${map.rows.length} rows over time. Most: ${first.join(', ')}.`;
}

function CellTip({
  map,
  measure,
  row,
  column,
  x,
  y,
  width,
}: {
  map: HeatData;
  measure: Measure;
  row: number;
  column: number;
  x: number;
  y: number;
  width: number;
}) {
  const zone = useZone();
  const line = map.rows[row];
  if (!line) return null;
  const value = line.values[column] ?? 0;
  const from = map.start + column * map.width;
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  const shown = (n: number): string => (measure === 'bytes' ? `${exact(n)} (${bytes(n)})` : exact(n));
  return (
    <div className="heat-tip" style={{ ...side, top: y + 12 }}>
      <Tip
        title={line.label}
        rows={[
          { name: 'from', value: dateTime(from, zone) },
          { name: 'to', value: dateTime(from + map.width, zone) },
          { name: measure, value: shown(value) },
          { name: 'whole row', value: shown(line.total) },
          { name: 'risk', value: line.risk.toFixed(2) },
        ]}
      />
    </div>
  );
}

function Scale({ measure, max }: { measure: Measure; max: number }) {
  return (
    <p className="heat-scale dim">
      0
      <span className={`heat-ramp ${measure === 'anomaly' ? 'heat-ramp-anomaly' : ''}`} />
      {measure === 'bytes' ? bytes(max) : exact(max)} in one cell, logarithmic
    </p>
  );
}

/** Paints when the data, the width or the colours change. Rows × columns fills, at most 100,000: below 10 ms. */
function useCells(map: HeatData, measure: Measure, width: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    const height = map.rows.length * ROW;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    element.style.height = `${height}px`;
    context.scale(ratio, ratio);
    const style = getComputedStyle(element);
    const ground = parseColour(style.getPropertyValue('--sunken'));
    const full = parseColour(style.getPropertyValue(measure === 'anomaly' ? '--anomaly' : '--series-1'));
    for (const [r, { values }] of map.rows.entries()) {
      for (const [c, value] of values.entries()) {
        const left = Math.round((c / values.length) * width);
        const right = Math.round(((c + 1) / values.length) * width);
        context.fillStyle = blend(ground, full, heatOf(value, map.max));
        context.fillRect(left, r * ROW, right - left, ROW - 1);
      }
    }
  }, [map, measure, width, scheme]);
  return canvas;
}
