/** The packets of a look, only those in sight; one is chosen with the pointer or the arrow keys. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import type { ListedPacket } from '../../../src-shared/contract/topics/packets.ts';
import { secondsOf, timeOfDay } from '../../lib/clock.ts';
import { exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';

const ROW = 22;

interface PacketListProps {
  packets: readonly ListedPacket[];
  /** Times count from then. */
  since: string;
  chosen: number;
  onChoose(index: number): void;
  /** Of several flows: their numbers are told. */
  flows: boolean;
}

export function PacketList({ packets, since, chosen, onChoose, flows }: PacketListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: packets.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  useEffect(() => {
    if (chosen >= 0) virtual.scrollToIndex(chosen);
  }, [virtual, chosen]);
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 240) / ROW) - 2);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = target(event.key, chosen, packets.length, page);
    if (to === null) return;
    event.preventDefault();
    onChoose(to);
  };
  const titles = ['Packet', 'Time', 'Direction', 'From', 'To', 'Protocol', 'Bytes', 'What it says'];
  return (
    <div
      ref={scroller}
      className="packet-list"
      role="grid"
      tabIndex={0}
      aria-label="Packets"
      aria-rowcount={packets.length + 1}
      aria-activedescendant={chosen >= 0 ? rowId(chosen) : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="packet-row packet-head" role="row" aria-rowindex={1}>
        {titles.map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
      </div>
      <div className="packet-rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <Row
            key={index}
            index={index}
            top={start}
            packet={packets[index]!}
            since={since}
            chosen={index === chosen}
            flows={flows}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

const rowId = (index: number): string => `packet-${index}`;

function target(key: string, now: number, count: number, page: number): number | null {
  const last = count - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: now + 1,
    j: now + 1,
    ArrowUp: now - 1,
    k: now - 1,
    PageDown: now + page,
    PageUp: now - page,
    Home: 0,
    End: last,
  };
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return to === undefined || count === 0 ? null : Math.max(0, Math.min(last, to));
}

interface RowProps {
  index: number;
  top: number;
  packet: ListedPacket;
  since: string;
  chosen: boolean;
  flows: boolean;
  onChoose(index: number): void;
}

function Row({ index, top, packet, since, chosen, flows, onChoose }: RowProps) {
  const zone = useZone();
  const { fromOrig } = packet;
  const time = timeOfDay(secondsOf(packet.ts), zone, 3);
  return (
    <div
      id={rowId(index)}
      className="packet-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onChoose(index)}
    >
      <span role="gridcell" className="number">
        {exact(packet.frame)}
      </span>
      <span role="gridcell" className="number" title={`${packet.ts} (${time})`}>
        {(secondsOf(packet.ts) - secondsOf(since)).toFixed(6)}
      </span>
      <span role="gridcell" title={flows && packet.flow !== null ? `flow ${packet.flow}` : undefined}>
        {fromOrig === null ? '–' : fromOrig ? '→ sent' : '← answer'}
      </span>
      <span role="gridcell" title={packet.source}>
        {packet.source}
      </span>
      <span role="gridcell" title={packet.target}>
        {packet.target}
      </span>
      <span role="gridcell">{packet.protocol}</span>
      <span
        role="gridcell"
        className="number"
        title={packet.captured < packet.length ? `${exact(packet.captured)} captured` : undefined}
      >
        {exact(packet.length)}
        {packet.captured < packet.length ? '*' : ''}
      </span>
      <span role="gridcell" title={packet.summary}>
        {packet.summary}
      </span>
    </div>
  );
}
