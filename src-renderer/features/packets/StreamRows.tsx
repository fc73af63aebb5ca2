/** The rows of a stream, only those in sight. What was found or matched is a mark with its name. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { exact } from '../../lib/numbers.ts';
import { escaped, hexByte, letterOf } from './bytes.ts';
import { stretchesOf, type Marked, type StreamRow } from './stream-rows.ts';

const ROW = 20;

interface StreamRowsProps {
  rows: readonly StreamRow[];
  as: 'text' | 'hex';
  marks: readonly Marked[];
  found: readonly Marked[];
  /** A row that is to be seen. */
  goal: number | null;
}

export function StreamRows({ rows, as, marks, found, goal }: StreamRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  useEffect(() => {
    if (goal !== null && goal >= 0) virtual.scrollToIndex(goal, { align: 'center' });
  }, [virtual, goal]);
  const all = [...marks, ...found];
  return (
    <div ref={scroller} className="stream-rows" role="group" tabIndex={0} aria-label="Stream">
      <div className="packet-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <Row key={index} row={rows[index]!} top={start} as={as} marks={all} />
        ))}
      </div>
    </div>
  );
}

function Row({ row, top, as, marks }: { row: StreamRow; top: number; as: 'text' | 'hex'; marks: readonly Marked[] }) {
  const { fromOrig, first, from, frame, missing } = row;
  return (
    <div
      className={`stream-row ${fromOrig ? 'stream-sent' : 'stream-answer'}`}
      style={{ transform: `translateY(${top}px)` }}
      title={`${fromOrig ? 'Sent' : 'Answer'}, byte ${exact(from)}, from packet ${exact(frame)} on`}
    >
      <span className="stream-side">{first ? (fromOrig ? '→ ' : '← ') : ''}</span>
      {missing > 0 ? <span className="stream-gap">[{exact(missing)} bytes are missing] </span> : null}
      {as === 'text' ? <Letters row={row} marks={marks} write={escaped} /> : <Hex row={row} marks={marks} />}
    </div>
  );
}

function Letters({ row, marks, write }: { row: StreamRow; marks: readonly Marked[]; write(byte: number): string }) {
  return stretchesOf(row, marks).map(({ bytes, from, labels }) => (
    <Stretch key={from} labels={labels}>
      {Array.from(bytes, write).join('')}
    </Stretch>
  ));
}

function Hex({ row, marks }: { row: StreamRow; marks: readonly Marked[] }) {
  return (
    <>
      <span className="hex-offset">{row.from.toString(16).padStart(6, '0')}</span>
      <span className="stream-hex">
        <Letters row={row} marks={marks} write={(byte) => `${hexByte(byte)} `} />
      </span>
      <span>
        <Letters row={row} marks={marks} write={letterOf} />
      </span>
    </>
  );
}

function Stretch({ labels, children }: { labels: readonly string[]; children: ReactNode }) {
  if (labels.length === 0) return <span>{children}</span>;
  const isFound = labels.includes('found');
  return (
    <mark className={isFound ? 'stream-found' : 'stream-matched'} title={labels.join('; ')}>
      {children}
    </mark>
  );
}
