/** The open windows of one length: a row a host, filled second by second, written out when packet time passes the end. */
import { closeColumns, growColumns, makeColumns, nextCapacity, type Columns } from '../columns.ts';
import { DISTINCT, DistinctTable } from './distinct-table.ts';
import type { Tick } from './tick.ts';
import { hostWindowSchema, type HostWindowBatch } from './types.ts';

const openSchema = { ...hostWindowSchema, answeredOut: 'u32', answeredIn: 'u32' } as const;
const NAMES = Object.keys(openSchema) as (keyof typeof openSchema)[];
const WRITTEN = Object.keys(hostWindowSchema) as (keyof typeof hostWindowSchema)[];

export class WindowTable {
  readonly length: number;
  /** Start of the open window in seconds; NaN before the first packet. */
  start = Number.NaN;
  count = 0;
  /** Hosts that found no row. */
  turnedAway = 0;
  columns: Columns<typeof openSchema>;
  readonly distinct: DistinctTable;
  private capacity = 256;
  private rowOf = new Uint32Array(4096);
  private readonly ceiling: number;

  constructor(length: number, ceiling: number) {
    this.length = length;
    this.ceiling = ceiling;
    this.distinct = new DistinctTable(ceiling);
    this.columns = makeColumns(openSchema, this.capacity);
  }

  close(): void {
    closeColumns(this.columns);
    this.distinct.close();
  }

  /** Whether `second` lies in the open window. */
  covers(second: number): boolean {
    return second >= this.start && second < this.start + this.length;
  }

  /** Opens the window that `second` lies in; the old one must have been written. */
  open(second: number): void {
    this.distinct.clear(this.count);
    for (const name of NAMES) this.columns[name].fill(0, 0, this.count);
    this.count = 0;
    this.start = Math.floor(second / this.length) * this.length;
  }

  /** Row of `host`, made when there is none; -1 when the table is full. */
  row(host: number): number {
    if (host < this.rowOf.length) {
      const row = this.rowOf[host]!;
      if (row < this.count && this.columns.host[row] === host) return row;
    }
    return this.add(host);
  }

  /** Adds one second. */
  addTick(tick: Tick): void {
    const t = tick.columns;
    for (let i = 0; i < tick.count; i++) {
      const row = this.row(t.host[i]!);
      if (row < 0) continue;
      const c = this.columns;
      c.packetsIn[row] = c.packetsIn[row]! + t.packetsIn[i]!;
      c.packetsOut[row] = c.packetsOut[row]! + t.packetsOut[i]!;
      c.bytesIn[row] = c.bytesIn[row]! + t.bytesIn[i]!;
      c.bytesOut[row] = c.bytesOut[row]! + t.bytesOut[i]!;
      c.synIn[row] = c.synIn[row]! + t.synIn[i]!;
      c.synOut[row] = c.synOut[row]! + t.synOut[i]!;
      c.synAckIn[row] = c.synAckIn[row]! + t.synAckIn[i]!;
      c.synAckOut[row] = c.synAckOut[row]! + t.synAckOut[i]!;
      c.rstIn[row] = c.rstIn[row]! + t.rstIn[i]!;
      c.rstOut[row] = c.rstOut[row]! + t.rstOut[i]!;
      c.icmpIn[row] = c.icmpIn[row]! + t.icmpIn[i]!;
      c.icmpOut[row] = c.icmpOut[row]! + t.icmpOut[i]!;
      c.arpOut[row] = c.arpOut[row]! + t.arpOut[i]!;
      c.udpOut[row] = c.udpOut[row]! + t.udpOut[i]!;
    }
  }

  /** Appends the open window's rows to `into`, by first sight, growing it as needed. */
  write(into: HostWindowBatch): void {
    const needed = into.count + this.count;
    if (needed > into.capacity) {
      const capacity = Math.max(needed, into.capacity * 2);
      into.columns = growColumns(hostWindowSchema, into.columns, capacity);
      into.capacity = capacity;
    }
    for (let row = 0; row < this.count; row++) this.settle(row);
    for (const name of WRITTEN) {
      (into.columns[name] as Float64Array).set(
        (this.columns[name] as Float64Array).subarray(0, this.count),
        into.count,
      );
    }
    into.count = needed;
  }

  private settle(row: number): void {
    const c = this.columns;
    const d = this.distinct;
    c.start[row] = this.start;
    c.length[row] = this.length;
    c.failedOut[row] = Math.max(0, c.flowsOut[row]! - c.answeredOut[row]!);
    c.failedIn[row] = Math.max(0, c.flowsIn[row]! - c.answeredIn[row]!);
    c.peersOut[row] = d.count(row, DISTINCT.PEERS_OUT);
    c.servicesOut[row] = d.count(row, DISTINCT.SERVICES_OUT);
    c.portsOut[row] = d.count(row, DISTINCT.PORTS_OUT);
    c.peersIn[row] = d.count(row, DISTINCT.PEERS_IN);
    c.portsIn[row] = d.count(row, DISTINCT.PORTS_IN);
    c.dnsNames[row] = d.count(row, DISTINCT.DNS_NAMES);
    c.portEntropy[row] = d.entropy(row, DISTINCT.PORTS_OUT);
    c.peerEntropy[row] = d.entropy(row, DISTINCT.PEERS_OUT);
  }

  private add(host: number): number {
    if (this.count >= this.ceiling) {
      this.turnedAway++;
      return -1;
    }
    if (host >= this.rowOf.length) {
      const rows = new Uint32Array(Math.max(this.rowOf.length * 2, host + 1));
      rows.set(this.rowOf);
      this.rowOf = rows;
    }
    if (this.count === this.capacity) {
      this.capacity = nextCapacity(this.capacity, this.ceiling);
      this.columns = growColumns(openSchema, this.columns, this.capacity);
    }
    const row = this.count++;
    this.rowOf[host] = row;
    this.columns.host[row] = host;
    return row;
  }
}
