import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import type { FlowColumn } from './columns.ts';
import type { FlowOrder } from './Flows.tsx';
import { LEAST_WIDTH, MOST_WIDTH } from './use-widths.ts';

interface HeaderCellProps {
  column: FlowColumn;
  order: FlowOrder;
  onOrder(order: FlowOrder): void;
  /** null: as usual again. */
  onWidth(width: number | null): void;
}

export function HeaderCell({ column, order, onOrder, onWidth }: HeaderCellProps) {
  const { sort, title, width, id, numeric } = column;
  const sorted = sort !== undefined && order.sort === sort;
  const next = { sort: sort ?? order.sort, descending: sorted ? !order.descending : numeric };
  return (
    <div
      role="columnheader"
      className={numeric ? 'number' : ''}
      style={{ width }}
      title={id}
      aria-sort={sorted ? (order.descending ? 'descending' : 'ascending') : undefined}
    >
      {sort === undefined ? (
        <span className="flow-head-title">{title}</span>
      ) : (
        <button type="button" onClick={() => onOrder(next)}>
          {title}
          {sorted ? <span aria-hidden="true"> {order.descending ? '↓' : '↑'}</span> : null}
        </button>
      )}
      <Grip title={title} width={width} onWidth={onWidth} />
    </div>
  );
}

const STEP = 8;

/** The right edge of a column: drawn with the pointer or moved by arrow keys; a double click sets it back. */
function Grip({ title, width, onWidth }: { title: string; width: number; onWidth(width: number | null): void }) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const begin = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, width };
  };
  const move = (event: PointerEvent): void => {
    if (drag.current) onWidth(drag.current.width + event.clientX - drag.current.x);
  };
  const end = (): void => {
    drag.current = null;
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft') onWidth(width - STEP);
    else if (event.key === 'ArrowRight') onWidth(width + STEP);
    else if (event.key === 'Home') onWidth(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      className="flow-grip"
      title="Drag, or press the left and right arrow keys; a double click or Home sets it back"
      aria-label={`Width of ${title}`}
      aria-orientation="vertical"
      aria-valuenow={width}
      aria-valuemin={LEAST_WIDTH}
      aria-valuemax={MOST_WIDTH}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onDoubleClick={() => onWidth(null)}
      onKeyDown={press}
    />
  );
}
