/**
 * Datagrams in fragments, put together again for rules. Where fragments overlap, the bytes that came first count.
 * Bounded: so many datagrams at once, each as large as one may be; the oldest gives way.
 */
import { makeDecoder } from '../../../meter/packets/decoder.ts';
import {
  makePacketBatch,
  makeSegmentBatch,
  SEGMENT,
  type PacketBatch,
  type SegmentBatch,
} from '../../../meter/packets/types.ts';
import type { Scene } from '../flow/scene.ts';

/** Datagrams that are waited for at once; seconds that each is. */
const MOST = 256;
const WAIT = 60;
const LARGEST = 65_535;
const RAW_IP = 101;
const FRAGMENTS = 1024;

interface Datagram {
  since: number;
  /** The header before the fragmented part, of the first fragment. */
  header: Uint8Array | null;
  bytes: Uint8Array;
  /** Parts that are there: [from, to). */
  parts: [number, number][];
  /** -1: the last fragment was not seen. */
  length: number;
  next: number;
}

/** A fragment, as its header says. */
export interface Fragment {
  /** Of the fragmented part. */
  from: number;
  to: number;
  more: boolean;
  id: number;
  /** Where its bytes stand in the data. */
  at: number;
  end: number;
  /** Protocol of the fragmented part. */
  next: number;
  /** Where the header ends that the datagram has without fragmentation, and where the protocol of what follows is said. */
  headerEnd: number;
  nextAt: number;
}

export interface Arrival {
  overlaps: boolean;
  tooLarge: boolean;
  /** The datagram, whole. */
  whole: { packets: PacketBatch; segments: SegmentBatch } | null;
}

export class Fragments {
  private readonly datagrams = new Map<string, Datagram>();
  private readonly decoder = makeDecoder();
  private readonly segments = makeSegmentBatch(16);

  arrive(s: Scene, fragment: Fragment): Arrival {
    const { from, to } = fragment;
    if (to > LARGEST) return { overlaps: false, tooLarge: true, whole: null };
    const datagram = this.find(s, fragment);
    const overlaps = datagram.parts.some(([low, high]) => from < high && low < to);
    if (from < to) cover(datagram, s.data, fragment);
    if (!fragment.more) datagram.length = to;
    if (from === 0) datagram.header = s.data.slice(s.columns.network[s.row]!, fragment.headerEnd);
    const isWhole = datagram.length >= 0 && datagram.header !== null && isCovered(datagram);
    if (!isWhole) return { overlaps, tooLarge: false, whole: null };
    this.datagrams.delete(keyOf(s, fragment));
    return { overlaps, tooLarge: false, whole: this.decode(s, datagram, fragment) };
  }

  private find(s: Scene, fragment: Fragment): Datagram {
    const key = keyOf(s, fragment);
    let datagram = this.datagrams.get(key);
    if (datagram && s.now - datagram.since <= WAIT) return datagram;
    this.datagrams.delete(key);
    if (this.datagrams.size >= MOST) {
      const [oldest] = this.datagrams.keys();
      if (oldest !== undefined) this.datagrams.delete(oldest);
    }
    datagram = { since: s.now, header: null, bytes: new Uint8Array(2048), parts: [], length: -1, next: fragment.next };
    this.datagrams.set(key, datagram);
    return datagram;
  }

  /** The packet without fragmentation, taken apart like one of the capture. */
  private decode(s: Scene, { header, bytes, length, next }: Datagram, fragment: Fragment): Arrival['whole'] {
    const front = header!;
    const packet = new Uint8Array(front.length + length);
    packet.set(front);
    packet.set(bytes.subarray(0, length), front.length);
    const view = new DataView(packet.buffer);
    if (front[0]! >>> 4 === 4) {
      view.setUint16(2, Math.min(LARGEST, packet.length));
      view.setUint16(6, 0);
    } else {
      view.setUint16(4, Math.min(LARGEST, packet.length - 40));
      packet[Math.min(packet.length - 1, fragment.nextAt - s.columns.network[s.row]!)] = next;
    }
    const batch = makePacketBatch(packet, 1);
    const c = batch.columns;
    c.captured[0] = c.wire[0] = packet.length;
    c.sec[0] = s.columns.sec[s.row]!;
    c.nano[0] = s.columns.nano[s.row]!;
    c.link[0] = RAW_IP;
    batch.count = 1;
    this.decoder.decode(batch, this.segments);
    return { packets: batch, segments: this.segments };
  }
}

function keyOf(s: Scene, { id, next }: Fragment): string {
  const { srcAt, dstAt } = s;
  return `${s.src.subarray(srcAt, srcAt + 4).join()} ${s.dst.subarray(dstAt, dstAt + 4).join()} ${id} ${next}`;
}

/** Adds the bytes that are not there yet. */
function cover(datagram: Datagram, data: Uint8Array, { from, to, at, end }: Fragment): void {
  if (datagram.parts.length >= FRAGMENTS) return;
  const captured = Math.min(to, from + (end - at));
  if (datagram.bytes.length < to) {
    const larger = new Uint8Array(Math.min(LARGEST, Math.max(to, 2 * datagram.bytes.length)));
    larger.set(datagram.bytes);
    datagram.bytes = larger;
  }
  let place = from;
  for (const [low, high] of [...datagram.parts].sort((a, b) => a[0] - b[0])) {
    if (low > place && place < captured) copy(datagram.bytes, data, at - from, place, Math.min(low, captured));
    place = Math.max(place, high);
  }
  if (place < captured) copy(datagram.bytes, data, at - from, place, captured);
  datagram.parts.push([from, captured]);
}

function copy(to: Uint8Array, data: Uint8Array, shift: number, from: number, end: number): void {
  to.set(data.subarray(shift + from, shift + end), from);
}

function isCovered({ parts, length }: Datagram): boolean {
  let reach = 0;
  for (const [low, high] of [...parts].sort((a, b) => a[0] - b[0])) {
    if (low > reach) return false;
    reach = Math.max(reach, high);
  }
  return reach >= length;
}

/** The fragment that the packet at hand is; null: it is none. */
export function fragmentOf(s: Scene): Fragment | null {
  const { columns: c, row, data, view, packetEnd } = s;
  const at = c.network[row]!;
  if (c.proto[row]! >= 256 || at + 20 > packetEnd) return null;
  const end = Math.min(packetEnd, at + c.ipLength[row]!);
  if ((c.flags[row]! & SEGMENT.IPV6) !== 0) return fragmentOfSix(s, at, end);
  const word = view.getUint16(at + 6);
  const from = (word & 0x1fff) * 8;
  const more = (word & 0x2000) !== 0;
  if (from === 0 && !more) return null;
  const headerEnd = at + (data[at]! & 15) * 4;
  const to = from + Math.max(0, at + c.ipLength[row]! - headerEnd);
  const id = view.getUint16(at + 4);
  return {
    from,
    to,
    more,
    id,
    at: headerEnd,
    end: Math.max(headerEnd, end),
    next: data[at + 9]!,
    headerEnd,
    nextAt: at + 9,
  };
}

const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT_HEADER = 44;

function fragmentOfSix(s: Scene, at: number, end: number): Fragment | null {
  const { data, view } = s;
  let nextAt = at + 6;
  let place = at + 40;
  for (let i = 0; i < 16 && place + 8 <= end; i++) {
    const next = data[nextAt]!;
    if (next === FRAGMENT_HEADER) {
      const word = view.getUint16(place + 2);
      const from = word & 0xfff8;
      const more = (word & 1) !== 0;
      if (from === 0 && !more) return null;
      const to = from + Math.max(0, at + s.columns.ipLength[s.row]! - place - 8);
      return {
        from,
        to,
        more,
        id: view.getUint32(place + 4),
        at: place + 8,
        end,
        next: data[place]!,
        headerEnd: place,
        nextAt,
      };
    }
    if (!EXTENSIONS.has(next)) return null;
    nextAt = place;
    place += (data[place + 1]! + 1) * 8;
  }
  return null;
}
