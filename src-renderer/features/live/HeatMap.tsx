/** Hosts over the last ten minutes: a cell a second, moving on by one each second. */
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Severity } from '../../../src-shared/domain/incident.ts';
import { Tip } from '../../components/charts/parts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Empty } from '../../components/states.tsx';
import { axisTime, dateTime, timeTicks } from '../../lib/clock.ts';
import { bytes, exact } from '../../lib/numbers.ts';
import { useScheme } from '../../lib/scheme.ts';
import { WORST_FIRST } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import { blend, cellAt, heatOf, parseColour } from '../overview/heat.ts';
import { heatOrder, type HeatRow, type LiveState } from './state.ts';
import { spanOf, type LiveSpan } from './span.ts';

const ROW = 16;
const ROWS = 20;

/** The worst that is open about each host. */
function worstByHost(incidents: LiveState['incidents']): ReadonlyMap<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const severity of [...WORST_FIRST].reverse()) {
    for (const { incident, state } of incidents) {
      if (incident.severity !== severity || state === 'closed') continue;
      for (const address of [...incident.sources, ...incident.targets]) worst.set(address, severity);
    }
  }
  return worst;
}

/** Share of the axis at each end where a time would be cut off. */
const EDGE = 0.05;

export function HeatMap({ state }: { state: LiveState }) {
  const order = useRef<{ session: number | undefined; rows: string[] }>({ session: undefined, rows: [] });
  const session = state.session?.session;
  if (order.current.session !== session) order.current = { session, rows: [] };
  order.current.rows = heatOrder(state.heat, order.current.rows, ROWS);
  const rows = order.current.rows.flatMap((address) => state.heat.get(address) ?? []);
  return (
    <Panel
      title="Hosts over time"
      note={`bytes sent and received each second, the busiest hosts, ${spanOf(state.points).words}`}
      className="live-heat"
    >
      {rows.length === 0 ? (
        <Empty title="No hosts yet">Hosts appear a second after they sent or received something.</Empty>
      ) : (
        <Grid rows={rows} state={state} />
      )}
    </Panel>
  );
}

function Grid({ rows, state }: { rows: readonly HeatRow[]; state: LiveState }) {
  const zone = useZone();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const max = rows.reduce((most, { values }) => Math.max(most, ...values), 0);
  const span = spanOf(state.points);
  const canvas = useCells(rows, max, width, span.seconds);
  const worst = worstByHost(state.incidents);
  const [over, setOver] = useState<{ row: number; column: number; x: number; y: number } | null>(null);
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const cell = cellAt(x, y, { width: box.width, rowHeight: ROW, columns: span.seconds, rows: rows.length });
    setOver(cell ? { ...cell, x, y } : null);
  };
  return (
    <div className="live-heat-grid">
      <ul className="live-heat-labels">
        {rows.map(({ address, sum }) => {
          const severity = worst.get(address);
          return (
            <li key={address} title={`${address}: ${exact(sum)} bytes in this time`}>
              {severity ? <SeverityMark severity={severity} /> : null} {address}
            </li>
          );
        })}
      </ul>
      <div className="live-heat-plot" ref={ref}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Bytes of the ${rows.length} busiest hosts in each second of ${span.words}; most: ${rows[0]?.address ?? ''}`}
          onPointerMove={move}
          onPointerLeave={() => setOver(null)}
        />
        <div className="live-heat-axis" aria-hidden="true">
          {timeTicks(span.from, span.to, 6)
            .map((at) => ({ at, share: (at - span.from) / span.seconds }))
            .filter(({ share }) => share > EDGE && share < 1 - EDGE)
            .map(({ at, share }) => (
              <span key={at} style={{ left: `${share * 100}%` }}>
                {axisTime(at, span.seconds, zone)}
              </span>
            ))}
        </div>
        {over ? <CellTip rows={rows} over={over} width={width} span={span} /> : null}
      </div>
    </div>
  );
}

interface CellTipProps {
  rows: readonly HeatRow[];
  over: { row: number; column: number; x: number; y: number };
  width: number;
  span: LiveSpan;
}

const TIP_WIDTH = 220;

function CellTip({ rows, over, width, span }: CellTipProps) {
  const zone = useZone();
  const row = rows[over.row];
  if (!row) return null;
  const value = row.values[over.column - (span.seconds - row.values.length)];
  const left = Math.min(over.x + 12, Math.max(0, width - TIP_WIDTH));
  return (
    <div className="live-heat-tip" style={{ left, top: over.y + 16 }}>
      <Tip
        title={row.address}
        rows={[
          { name: 'second', value: dateTime(span.from + over.column + 1, zone) },
          { name: 'sent and received', value: value === undefined ? 'not watched yet' : bytes(value) },
        ]}
      />
    </div>
  );
}

function useCells(rows: readonly HeatRow[], max: number, width: number, seconds: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    const height = rows.length * ROW;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
    context.scale(ratio, ratio);
    const style = getComputedStyle(element);
    const ground = parseColour(style.getPropertyValue('--sunken'));
    const full = parseColour(style.getPropertyValue('--series-1'));
    for (const [r, { values }] of rows.entries()) {
      // What was not watched yet is no zero.
      const missing = seconds - values.length;
      const begin = Math.max(0, (missing / seconds) * width);
      context.fillStyle = blend(ground, full, 0);
      context.fillRect(begin, r * ROW, width - begin, ROW - 1);
      for (const [i, value] of values.entries()) {
        if (value <= 0 || missing + i < 0) continue;
        const left = ((missing + i) / seconds) * width;
        const right = ((missing + i + 1) / seconds) * width;
        context.fillStyle = blend(ground, full, heatOf(value, max));
        context.fillRect(Math.floor(left), r * ROW, Math.max(1, Math.ceil(right) - Math.floor(left)), ROW - 1);
      }
    }
  }, [rows, max, width, seconds, scheme]);
  return canvas;
}
