/** What the charts share: tooltip, legend, axes. */
import type { ReactNode } from 'react';
import './charts.css';

export interface TipRow {
  name: string;
  value: string;
}

export function Tip({ title, rows }: { title: string; rows: readonly TipRow[] }) {
  return (
    <div className="tooltip">
      <p className="tooltip-title">{title}</p>
      <dl className="tooltip-rows">
        {rows.map(({ name, value }) => (
          <TipLine key={name} name={name} value={value} />
        ))}
      </dl>
    </div>
  );
}

function TipLine({ name, value }: TipRow) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

export function Legend({
  items,
}: {
  items: readonly { name: string; tone: '1' | '2' | 'anomaly' | 'high' | 'raised' }[];
}) {
  return (
    <p className="legend">
      {items.map(({ name, tone }) => (
        <span key={name} className="legend-item">
          <span className={`swatch swatch-${tone}`} />
          {name}
        </span>
      ))}
    </p>
  );
}

/** Left of every plot, so that charts above each other share their time axis. */
export const AXIS_LEFT = 48;
export const AXIS_RIGHT = 12;

/** Recharts hands the tooltip a payload it does not type; the first entry carries the datum. */
export function datumOf(props: {
  active?: boolean | undefined;
  payload?: readonly { payload?: unknown }[] | undefined;
}): unknown {
  return props.active ? (props.payload?.[0]?.payload ?? null) : null;
}

export function ChartTitle({ children }: { children: ReactNode }) {
  return <p className="chart-title">{children}</p>;
}
