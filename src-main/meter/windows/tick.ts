/**
 * What every host sent and received in the current second, as columns. This is the only part of the windows stage
 * that runs for every packet; longer windows are sums of seconds. Cost: two sparse-set look-ups and about twenty
 * typed-array updates a packet (measured by test/bench/windows.ts).
 */
import { makeColumns, growColumns, nextCapacity, type Columns } from '../columns.ts';
import { SketchPool } from './sketch.ts';

export const tickSchema = {
  host: 'u32',
  bytesIn: 'f64',
  bytesOut: 'f64',
  udpBytesIn: 'f64',
  packetsIn: 'u32',
  packetsOut: 'u32',
  synIn: 'u32',
  synOut: 'u32',
  synAckIn: 'u32',
  synAckOut: 'u32',
  rstIn: 'u32',
  rstOut: 'u32',
  udpIn: 'u32',
  udpOut: 'u32',
  icmpIn: 'u32',
  icmpOut: 'u32',
  echoRequestIn: 'u32',
  echoReplyIn: 'u32',
  unreachableIn: 'u32',
  unreachableOut: 'u32',
  otherIn: 'u32',
  arpOut: 'u32',
  fragmentsIn: 'u32',
  fragmentBytesIn: 'f64',
  emptyTcpIn: 'u32',
  /** Boyer–Moore majority votes: candidate, lead, packets since it became the candidate. */
  topSender: 'u32',
  topSenderLead: 'u32',
  topSenderPackets: 'u32',
  topSourcePort: 'u16',
  topSourceLead: 'u32',
  topTargetPort: 'u16',
  topTargetLead: 'u32',
  /** The first `INLINE` packets in: sender hash, source and target port; then a sketch (index, -1: none). */
  early: ['u32', 16],
  sketch: 'i32',
} as const;

/** Packets whose sender and ports are kept as they are before a sketch is taken. */
const INLINE = 8;
/** Sketches a second: hosts above the pulse floor at once. Three counters of 256 bytes each: 6 MiB at most. */
const SKETCH_CEILING = 3 * 8192;

export class Tick {
  columns: Columns<typeof tickSchema>;
  count = 0;
  capacity = 1024;
  /** Packets whose host found no row. */
  turnedAway = 0;
  readonly sketches = new SketchPool(SKETCH_CEILING);
  /** Row of each host id; valid only where `columns.host[row]` agrees (a sparse set needs no clearing). */
  private rowOf = new Uint32Array(4096);
  private readonly ceiling: number;

  constructor(ceiling: number) {
    this.ceiling = ceiling;
    this.columns = makeColumns(tickSchema, this.capacity);
  }

  /** Row of `host`, or -1 when there is no room for one more this second. */
  row(host: number): number {
    if (host < this.rowOf.length) {
      const row = this.rowOf[host]!;
      if (row < this.count && this.columns.host[row] === host) return row;
    }
    return this.add(host);
  }

  /** Column by column, because zeroing row by row as rows are taken costs ten times as much in a flood. */
  clear(): void {
    for (const name of COUNTERS) this.columns[name].fill(0, 0, this.count);
    this.count = 0;
    this.sketches.clear();
  }

  /** Distinct senders, source ports and target ports of a row: exact to 8, estimated beyond (6.5 % standard error). */
  distinct(row: number, which: 0 | 1 | 2): number {
    const sketch = this.columns.sketch[row]!;
    if (sketch >= 0) return this.sketches.estimate(sketch + which);
    const seen = Math.min(this.columns.packetsIn[row]!, INLINE);
    const { early } = this.columns;
    const values = new Set<number>();
    for (let i = 0; i < seen; i++) {
      const at = row * 16 + i * 2;
      if (which === 0) values.add(early[at]!);
      else values.add(which === 1 ? early[at + 1]! >>> 16 : early[at + 1]! & 0xffff);
    }
    return values.size;
  }

  /** Notes sender and ports of one packet in; `packetsIn` already counts it. */
  note(row: number, senderHash: number, sourcePort: number, targetPort: number): void {
    const c = this.columns;
    const n = c.packetsIn[row]!;
    if (n <= INLINE) {
      const at = row * 16 + (n - 1) * 2;
      c.early[at] = senderHash;
      c.early[at + 1] = ((sourcePort << 16) | targetPort) >>> 0;
      return;
    }
    let sketch = c.sketch[row]!;
    if (sketch < 0) {
      if (n > INLINE + 1) return;
      sketch = this.sketches.take(3);
      if (sketch < 0) return;
      c.sketch[row] = sketch;
      for (let i = 0; i < INLINE; i++) {
        const at = row * 16 + i * 2;
        this.feed(sketch, c.early[at]!, c.early[at + 1]! >>> 16, c.early[at + 1]! & 0xffff);
      }
    }
    this.feed(sketch, senderHash, sourcePort, targetPort);
  }

  private feed(sketch: number, senderHash: number, sourcePort: number, targetPort: number): void {
    this.sketches.add(sketch, senderHash);
    this.sketches.add(sketch + 1, scatterPort(sourcePort));
    this.sketches.add(sketch + 2, scatterPort(targetPort));
  }

  private add(host: number): number {
    if (this.count >= this.ceiling) {
      this.turnedAway++;
      return -1;
    }
    if (host >= this.rowOf.length) {
      const grown = new Uint32Array(Math.max(this.rowOf.length * 2, host + 1));
      grown.set(this.rowOf);
      this.rowOf = grown;
    }
    if (this.count === this.capacity) {
      this.capacity = nextCapacity(this.capacity, this.ceiling);
      this.columns = growColumns(tickSchema, this.columns, this.capacity);
    }
    const row = this.count++;
    this.rowOf[host] = row;
    this.columns.sketch[row] = -1;
    this.columns.host[row] = host;
    return row;
  }
}

const COUNTERS = (Object.keys(tickSchema) as (keyof typeof tickSchema)[]).filter(
  (name) => name !== 'early' && name !== 'host' && name !== 'sketch',
);

/** Spreads 16 bits over 32: two rounds are enough for ports. */
function scatterPort(port: number): number {
  let h = Math.imul(port + 1, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca6b);
  return h ^ (h >>> 13);
}
