/** Rows of flows, only those in sight; a cell can be reached with the arrow keys and has a menu. */
import {
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { Empty, ErrorNote } from '../../components/states.tsx';
import { useLine } from '../../lib/desk.tsx';
import { CellMenu, type CellAt } from './CellMenu.tsx';
import { ColumnChooser } from './ColumnChooser.tsx';
import { FLOW_COLUMNS } from './columns.ts';
import { FlowDetail } from './FlowDetail.tsx';
import type { FlowOrder, FlowSelection } from './Flows.tsx';
import { HeaderCell } from './HeaderCell.tsx';
import { Row } from './Row.tsx';
import { Totals, useTotals } from './Totals.tsx';
import { useActiveCell } from './use-active-cell.ts';
import { useColumns } from './use-columns.ts';
import { PAGE } from './pages.ts';
import { useFlowPages } from './use-pages.ts';
import { useWidths } from './use-widths.ts';
import { Wait } from './Wait.tsx';

export const ROW = 24;

/** A place in the table, whether its row is there yet or not. */
interface Line {
  index: number;
  flow: FlowRow | undefined;
}

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature });
const helper = createColumnHelper<typeof features, Line>();
const columns = helper.columns(
  FLOW_COLUMNS.map(({ id, title, width }) => helper.accessor(({ index }) => index, { id, header: title, size: width })),
);

interface FlowTableProps {
  selection: FlowSelection;
  order: FlowOrder;
  onOrder(order: FlowOrder): void;
  onFilter(filter: string): void;
  onDropIncident(): void;
}

export function FlowTable({ selection, order, onOrder, onFilter, onDropIncident }: FlowTableProps) {
  const { generation } = useLine();
  const pages = useFlowPages(selection, order, generation);
  const total = useTotals(selection).data?.flows;
  const count = pages.state.complete ? Math.max(pages.state.known, total ?? 0) : (total ?? pages.state.known);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  // A page more on either side: it is there before the rows come into sight.
  const [from, to] = [Math.max(0, first - PAGE), Math.max(last, Math.min(count - 1, last + PAGE))];
  useEffect(() => pages.want(from, to, total), [pages, from, to, total, pages.state.error]);
  // A row may be chosen by key before it has come.
  const [awaited, setAwaited] = useState<number | null>(null);
  useEffect(() => {
    setAwaited(null);
    scroller.current?.scrollTo({ top: 0 });
  }, [pages]);

  const [visible, setVisible] = useColumns();
  const [byId, setWidth] = useWidths();
  const data = useMemo(
    () => items.map(({ index }) => ({ index, flow: pages.row(index) })),
    [items, pages, pages.state],
  );
  const table = useTable({
    features,
    columns,
    data,
    state: { columnVisibility: visible },
    getRowId: ({ index }) => String(index),
  });
  const shown = table.getVisibleLeafColumns().flatMap(({ id }) => byId.get(id) ?? []);
  const [menu, setMenu] = useState<CellAt | null>(null);
  const [detail, setDetail] = useState<number | null>(null);
  const cell = useActiveCell({
    rows: count,
    columns: shown.length,
    page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 480) / ROW) - 2),
    onMove: (row) => {
      setAwaited(null);
      virtual.scrollToIndex(row);
    },
    onOpen: setAwaited,
    onMenu: (row, column) => openMenu(row, column),
  });

  const openMenu = (row: number, column: number, at?: { x: number; y: number }): void => {
    const flow = pages.row(row);
    const of = shown[column];
    if (!flow || !of) return;
    const box = document.getElementById(cellId(row, column))?.getBoundingClientRect();
    setMenu({ flow, column: of, x: at?.x ?? box?.left ?? 0, y: at?.y ?? box?.bottom ?? 0 });
  };
  const awaitedId = awaited === null ? undefined : pages.row(awaited)?.id;
  useEffect(() => {
    if (awaitedId === undefined) return;
    setDetail(awaitedId);
    setAwaited(null);
  }, [awaitedId]);
  const { error, loading } = pages.state;
  return (
    <>
      {error ? <ErrorNote error={error} retry={() => pages.again()} /> : null}
      <Totals
        selection={selection}
        onDropIncident={onDropIncident}
        tools={
          <>
            <Wait capture={selection.capture} waiting={loading} onCancel={() => pages.cancel()} />
            <ColumnChooser visible={visible} onChange={setVisible} />
          </>
        }
      />
      <div
        ref={scroller}
        className="flow-table"
        role="grid"
        tabIndex={0}
        aria-label="Flows"
        aria-rowcount={count + 1}
        aria-colcount={shown.length}
        aria-activedescendant={cell.active ? cellId(cell.active.row, cell.active.column) : undefined}
        onKeyDown={cell.onKeyDown}
        onFocus={cell.onFocus}
      >
        <div className="flow-head" role="row" aria-rowindex={1}>
          {shown.map((column) => (
            <HeaderCell
              key={column.id}
              column={column}
              order={order}
              onOrder={onOrder}
              onWidth={(width) => setWidth(column.id, width)}
            />
          ))}
        </div>
        <div className="flow-rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {table.getRowModel().rows.map(({ id, original: { index, flow } }) => (
            <Row
              key={id}
              index={index}
              flow={flow}
              columns={shown}
              top={index * ROW}
              active={cell.active?.row === index ? cell.active.column : -1}
              onActive={cell.setActive}
              onMenu={openMenu}
              onOpen={setDetail}
            />
          ))}
        </div>
        {count === 0 && pages.state.complete ? (
          <None filtered={selection.filter !== '' || selection.range !== undefined} />
        ) : null}
      </div>
      <CellMenu at={menu} filter={selection.filter} onFilter={onFilter} onClose={() => setMenu(null)} />
      <FlowDetail capture={selection.capture} id={detail} onClose={() => setDetail(null)} />
    </>
  );
}

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

function None({ filtered }: { filtered: boolean }) {
  return (
    <div className="panel-body">
      <Empty title={filtered ? 'No flow fits' : 'This capture has no flows'}>
        {filtered
          ? 'Clear the filter, or press x to show the whole time again.'
          : 'It holds no IP packets, or none that could be decoded.'}
      </Empty>
    </div>
  );
}
