/** The rows of a scored file, only those in sight; each opens with all of its columns. */
import { Modal, SegmentedControl } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { RowList, ScoredFile, ScoredRow } from '../../../../src-shared/contract/topics/scoring.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote } from '../../../components/states.tsx';
import { exact } from '../../../lib/numbers.ts';
import { scoreDigits } from '../record/score-words.ts';
import { useRows } from './use-rows.ts';
import { VERDICT_WORDS } from './words.ts';

const ROW = 28;
/** Columns of the file that stand in the table; a row opens with all. */
const COLUMNS = 6;

const LISTS: readonly { value: RowList; label: string }[] = [
  { value: 'unusual', label: 'Most anomalous first' },
  { value: 'all', label: 'As in the file' },
  { value: 'anomalous', label: 'Anomalous' },
  { value: 'unreadable', label: 'Unreadable' },
];

export function Rows({ scored }: { scored: ScoredFile }) {
  const { id, header, lists, rows } = scored;
  const [list, setList] = useState<RowList>('unusual');
  const [open, setOpen] = useState<ScoredRow | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const count = lists[list];
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const seen = useRows(id, list, items[0]?.index ?? 0, items.at(-1)?.index ?? -1);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [list]);
  const shown = header.slice(0, COLUMNS);
  const isCut = list === 'unusual' ? count < rows && count >= 10_000 : list !== 'all' && count >= 10_000;
  return (
    <Panel
      title="Rows"
      note={`${exact(count)}${isCut ? ', the first of them; all are in the predictions' : ''}`}
      tools={
        <SegmentedControl
          size="xs"
          aria-label="Which rows"
          value={list}
          onChange={(next) => setList(next as RowList)}
          data={[...LISTS]}
        />
      }
    >
      {seen.error ? <ErrorNote error={seen.error} /> : null}
      {count === 0 ? (
        <Empty title={list === 'unreadable' ? 'Every row could be read' : 'No row is anomalous'}>
          {list === 'unreadable' ? 'Nothing was left out.' : 'No score reaches the threshold of the model.'}
        </Empty>
      ) : (
        <div
          ref={scroller}
          className="bulk-table"
          role="table"
          aria-label="Rows"
          aria-rowcount={count + 1}
          tabIndex={0}
        >
          <div className="bulk-row bulk-head" role="row" aria-rowindex={1}>
            {['Row', 'Score', 'Verdict', 'Reasons', ...shown].map((title, i) => (
              <span key={`${title} ${i}`} role="columnheader" className={i < 2 ? 'number' : ''}>
                {title}
              </span>
            ))}
          </div>
          <div className="bulk-rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index, start }) => (
              <Row
                key={index}
                index={index}
                top={start}
                row={seen.row(index)}
                columns={shown.length}
                onOpen={setOpen}
              />
            ))}
          </div>
        </div>
      )}
      <Modal opened={open !== null} onClose={() => setOpen(null)} title={`Row ${exact(open?.row ?? 0)}`} size="xl">
        {open ? <Detail row={open} header={header} /> : null}
      </Modal>
    </Panel>
  );
}

interface RowProps {
  index: number;
  top: number;
  row: ScoredRow | undefined;
  columns: number;
  onOpen(row: ScoredRow): void;
}

function Row({ index, top, row, columns, onOpen }: RowProps) {
  const place = { transform: `translateY(${top}px)` };
  if (!row) {
    return (
      <div className="bulk-row" role="row" aria-rowindex={index + 2} style={place}>
        <span role="cell" className="dim">
          …
        </span>
      </div>
    );
  }
  const reasons = row.reasons.join('; ');
  return (
    <div className="bulk-row" role="row" aria-rowindex={index + 2} style={place}>
      <span role="cell" className="number">
        <button type="button" className="text-button" aria-label={`Row ${exact(row.row)}`} onClick={() => onOpen(row)}>
          {exact(row.row)}
        </button>
      </span>
      <span role="cell" className="number" title={row.score === null ? '' : String(row.score)}>
        {row.score === null ? '–' : scoreDigits(row.score)}
      </span>
      <span role="cell" className={row.verdict === 'anomalous' ? 'record-anomalous' : ''}>
        {VERDICT_WORDS[row.verdict]}
      </span>
      <span role="cell" title={reasons}>
        {reasons === '' ? '–' : reasons}
      </span>
      {row.cells.slice(0, columns).map((cell, i) => (
        <span key={i} role="cell" title={cell}>
          {cell}
        </span>
      ))}
    </div>
  );
}

function Detail({ row, header }: { row: ScoredRow; header: readonly string[] }) {
  return (
    <>
      <p>
        <strong className={row.verdict === 'anomalous' ? 'record-anomalous' : ''}>{VERDICT_WORDS[row.verdict]}</strong>
        {row.score === null ? '' : `, score ${scoreDigits(row.score)}`}
      </p>
      {row.reasons.length > 0 ? (
        <ol className="record-reasons">
          {row.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ol>
      ) : null}
      <dl className="facts flow-facts">
        {header.map((name, i) => (
          <Fact key={`${name} ${i}`} name={name} value={row.cells[i] ?? ''} />
        ))}
      </dl>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value === '' ? '–' : value}</dd>
    </>
  );
}
