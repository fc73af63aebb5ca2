/** A chart with stretches of time marked behind its plot. */
import type { ReactNode } from 'react';
import { marksOf } from './marks.ts';
import { AXIS_LEFT, AXIS_RIGHT } from './parts.tsx';

interface MarkedProps {
  /** In order of time, seconds since 1970. */
  stretches: readonly { from: number; to: number }[];
  span: { from: number; to: number };
  /** Of the plot within the chart, pixels. */
  top: number;
  height: number;
  children: ReactNode;
}

export function Marked({ stretches, span, top, height, children }: MarkedProps) {
  const place = { left: AXIS_LEFT, top, width: `calc(100% - ${AXIS_LEFT + AXIS_RIGHT}px)`, height };
  return (
    <div className="marked-chart">
      <svg className="chart-marks" style={place} viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        <path d={marksOf(stretches, span)} />
      </svg>
      {children}
    </div>
  );
}
