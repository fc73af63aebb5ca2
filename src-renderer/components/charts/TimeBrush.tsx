/** Lets a time be chosen on a chart, by dragging over it or with the arrow keys. */
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { TimeRange } from '../../lib/address-bar.ts';
import { panned, timeAt, widthOf, zoomed } from './brush.ts';
import './charts.css';

interface TimeBrushProps {
  /** What the chart shows. */
  span: TimeRange;
  /** Pixels between the element and the plot. */
  left: number;
  right: number;
  label: string;
  /** The least a drag chooses, seconds. */
  least: number;
  onChoose(range: TimeRange | null): void;
  children: ReactNode;
}

/** Pixels below which a drag is a click. */
const CLICK = 4;

export function TimeBrush({ span, left, right, label, least, onChoose, children }: TimeBrushProps) {
  const element = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const plot = (): { left: number; width: number } => {
    const box = element.current?.getBoundingClientRect();
    return { left: (box?.left ?? 0) + left, width: Math.max(1, (box?.width ?? 0) - left - right) };
  };
  const within = (event: PointerEvent): number => {
    const { left: start, width } = plot();
    return Math.max(0, Math.min(width, event.clientX - start));
  };
  const begin = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at = within(event);
    setDrag({ from: at, to: at });
  };
  const move = (event: PointerEvent): void => {
    if (!drag) return;
    element.current?.setPointerCapture(event.pointerId);
    setDrag({ ...drag, to: within(event) });
  };
  const end = (): void => {
    if (!drag) return;
    setDrag(null);
    if (Math.abs(drag.to - drag.from) < CLICK) return;
    const { width } = plot();
    const times = [timeAt(drag.from, width, span), timeAt(drag.to, width, span)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    onChoose(widthOf({ from: times[0], to: times[1] }, least));
  };
  const press = (event: KeyboardEvent): void => {
    const next = byKey(event, span, least);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(next);
  };
  return (
    <div
      ref={element}
      className="time-brush"
      role="group"
      tabIndex={0}
      aria-label={`${label}. Drag to choose a time; plus and minus zoom, arrows move, Escape shows all.`}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onChoose(null)}
      onKeyDown={press}
    >
      {children}
      {drag ? (
        <div
          className="brush-area"
          style={{ left: left + Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      ) : null}
    </div>
  );
}

function byKey(event: KeyboardEvent, span: TimeRange, least: number): TimeRange | null | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  switch (event.key) {
    case '+':
    case '=':
      return widthOf(zoomed(span, 0.5), least);
    case '-':
      return zoomed(span, 2);
    case 'ArrowLeft':
      return panned(span, -0.25);
    case 'ArrowRight':
      return panned(span, 0.25);
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}
