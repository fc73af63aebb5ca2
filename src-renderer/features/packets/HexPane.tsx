/** A packet's bytes as hex and letters; a byte that is pointed at or reached with the arrow keys marks its field. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { hexByte, letterOf } from './bytes.ts';
import type { Reach } from './LayerTree.tsx';

const ROW = 20;
const WIDTH = 16;

interface HexPaneProps {
  bytes: Uint8Array;
  marked: Reach | null;
  hovered: Reach | null;
  /** What is at the byte, in words, for those who hear it. */
  wordsAt(byte: number): string;
  onByte(byte: number): void;
  onHoverByte(byte: number | null): void;
}

const byteOf = (event: MouseEvent): number | null => {
  const at = event.target instanceof HTMLElement ? event.target.dataset['at'] : undefined;
  return at === undefined ? null : Number(at);
};

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WIDTH, ArrowDown: WIDTH };

export function HexPane({ bytes, marked, hovered, wordsAt, onByte, onHoverByte }: HexPaneProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const virtual = useVirtualizer({
    count: Math.ceil(bytes.length / WIDTH),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const first = marked?.from;
  useEffect(() => {
    if (first !== undefined && first < bytes.length) virtual.scrollToIndex(Math.floor(first / WIDTH));
  }, [virtual, first, bytes]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = Object.hasOwn(STEPS, event.key) ? STEPS[event.key]! : undefined;
    const to =
      event.key === 'Home' ? 0 : event.key === 'End' ? bytes.length - 1 : step === undefined ? null : at + step;
    if (to === null || to < 0 || to >= bytes.length) return;
    event.preventDefault();
    setAt(to);
    onByte(to);
    virtual.scrollToIndex(Math.floor(to / WIDTH));
  };
  return (
    <div
      ref={scroller}
      className="packet-hex"
      role="group"
      tabIndex={0}
      aria-label={`Bytes. ${bytes.length === 0 ? 'None' : wordsAt(Math.min(at, bytes.length - 1))}`}
      onKeyDown={onKeyDown}
      onMouseOver={(event) => onHoverByte(byteOf(event))}
      onMouseLeave={() => onHoverByte(null)}
      onClick={(event) => {
        const byte = byteOf(event);
        if (byte === null) return;
        setAt(byte);
        onByte(byte);
      }}
    >
      <div className="packet-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <HexRow
            key={index}
            from={index * WIDTH}
            top={start}
            bytes={bytes}
            marked={marked}
            hovered={hovered}
            at={at}
          />
        ))}
      </div>
    </div>
  );
}

interface HexRowProps {
  from: number;
  top: number;
  bytes: Uint8Array;
  marked: Reach | null;
  hovered: Reach | null;
  at: number;
}

const within = (reach: Reach | null, byte: number): boolean => reach !== null && byte >= reach.from && byte < reach.to;

function HexRow({ from, top, bytes, marked, hovered, at }: HexRowProps) {
  const row = Array.from(bytes.subarray(from, from + WIDTH));
  const kind = (byte: number): string =>
    [
      within(marked, byte) ? 'hex-marked' : '',
      within(hovered, byte) ? 'hex-hovered' : '',
      byte === at ? 'hex-at' : '',
    ].join(' ');
  return (
    <div className="hex-row" style={{ transform: `translateY(${top}px)` }}>
      <span className="hex-offset">{from.toString(16).padStart(4, '0')}</span>
      <span className="hex-bytes">
        {row.map((byte, i) => (
          <span key={i} data-at={from + i} className={kind(from + i)}>
            {hexByte(byte)}
          </span>
        ))}
      </span>
      <span className="hex-letters">
        {row.map((byte, i) => (
          <span key={i} data-at={from + i} className={kind(from + i)}>
            {letterOf(byte)}
          </span>
        ))}
      </span>
    </div>
  );
}
