import { memo, type MouseEvent } from 'react';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { useZone } from '../../lib/zone.tsx';
import type { FlowColumn } from './columns.ts';
import { cellId } from './FlowTable.tsx';

interface RowProps {
  index: number;
  flow: FlowRow | undefined;
  columns: readonly FlowColumn[];
  top: number;
  /** Column of the active cell, -1 where it is in another row. */
  active: number;
  onActive(row: number, column: number): void;
  onMenu(row: number, column: number, at: { x: number; y: number }): void;
  onOpen(id: number): void;
}

export const Row = memo(function Row({ index, flow, columns, top, active, onActive, onMenu, onOpen }: RowProps) {
  const zone = useZone();
  const menu = (event: MouseEvent, column: number): void => {
    event.preventDefault();
    onActive(index, column);
    onMenu(index, column, { x: event.clientX, y: event.clientY });
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active >= 0}
      className={`flow-row ${flow?.anomalous ? 'flow-anomalous' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onDoubleClick={() => flow && onOpen(flow.id)}
    >
      {columns.map((column, c) => (
        <div
          key={column.id}
          id={cellId(index, c)}
          role="gridcell"
          data-column={column.id}
          className={`flow-cell ${column.numeric ? 'number' : ''} ${active === c ? 'flow-cell-active' : ''}`}
          style={{ width: column.width }}
          title={flow && (column.full?.(flow) ?? column.text(flow, zone))}
          onClick={() => onActive(index, c)}
          onContextMenu={(event) => menu(event, c)}
        >
          {flow ? column.text(flow, zone) : <span className="flow-blank" />}
        </div>
      ))}
    </div>
  );
}, same);

/** The handlers are made anew at every render and do the same. */
function same(a: RowProps, b: RowProps): boolean {
  return (
    a.index === b.index &&
    a.flow === b.flow &&
    a.top === b.top &&
    a.active === b.active &&
    sameColumns(a.columns, b.columns)
  );
}

function sameColumns(a: readonly FlowColumn[], b: readonly FlowColumn[]): boolean {
  return a.length === b.length && a.every((column, i) => column === b[i]);
}
