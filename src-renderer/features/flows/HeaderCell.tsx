import type { FlowColumn } from './columns.ts';
import type { FlowOrder } from './Flows.tsx';

interface HeaderCellProps {
  column: FlowColumn;
  order: FlowOrder;
  onOrder(order: FlowOrder): void;
}

export function HeaderCell({ column, order, onOrder }: HeaderCellProps) {
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
        <span>{title}</span>
      ) : (
        <button type="button" onClick={() => onOrder(next)}>
          {title}
          {sorted ? <span aria-hidden="true"> {order.descending ? '↓' : '↑'}</span> : null}
        </button>
      )}
    </div>
  );
}
