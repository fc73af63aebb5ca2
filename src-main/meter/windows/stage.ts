/**
 * The windows stage: packets to seconds (`Tick`), seconds to pulses and to windows of 60 s and 600 s. Event time only:
 * a second ends when a packet of another second comes. Small steps back (several interfaces, late packets) stay in the
 * current second; a jump of the clock in either direction closes what is open and goes on at the new time, so one
 * packet from the far future costs one extra window and nothing else.
 */
import { closeColumns, growColumns, type ColumnSchema, type Columns } from '../columns.ts';
import { FLOW_EVENT, type FlowEventBatch, type FlowTable } from '../flows/types.ts';
import type { HostTable } from '../hosts.ts';
import { PROTO, SEGMENT, type SegmentBatch } from '../packets/types.ts';
import type { ProtocolMessage } from '../protocols/types.ts';
import { DISTINCT } from './distinct-table.ts';
import { mix, PairMemory } from './sketch.ts';
import { countShare } from './shares.ts';
import { Tick } from './tick.ts';
import {
  makeHostWindowBatch,
  hostWindowSchema,
  makePulseBatch,
  pulseSchema,
  WINDOW_LENGTHS,
  type FlowShare,
  type HostWindowBatch,
  type PulseBatch,
  type WindowStage,
  type WindowStageOptions,
} from './types.ts';
import { WindowTable } from './window-table.ts';

interface Batch<S extends ColumnSchema> {
  count: number;
  capacity: number;
  columns: Columns<S>;
}

const SYN = 2;
const RST = 4;
const ACK = 16;
const CEILING = 200_000;
const PULSE_FLOOR = 20;
/** Steps back up to this many seconds are late packets, not a clock that was set. */
const LATE = 2;

class Stage implements WindowStage {
  readonly statistics = { windows: 0, unwindowed: 0 };
  private readonly hosts: HostTable;
  private readonly pulseFloor: number;
  private readonly onSecond: WindowStageOptions['onSecond'];
  private readonly tick: Tick;
  /** Of records: what lies in other seconds than the current one. */
  private sums: Tick | undefined;
  private readonly ceiling: number;
  private readonly tables: WindowTable[];
  private readonly pairs = new PairMemory();
  private second = Number.NaN;
  private readonly closedWindows = makeHostWindowBatch(256);
  private readonly closedPulses = makePulseBatch(256);

  constructor(options: WindowStageOptions) {
    const ceiling = options.ceiling ?? CEILING;
    this.hosts = options.hosts;
    this.pulseFloor = options.pulseFloor ?? PULSE_FLOOR;
    this.onSecond = options.onSecond;
    this.tick = new Tick(ceiling);
    this.ceiling = ceiling;
    this.tables = WINDOW_LENGTHS.map((length) => new WindowTable(length, ceiling));
  }

  process(segments: SegmentBatch, table: FlowTable, messages: readonly ProtocolMessage[]): void {
    const { sec } = segments.columns;
    let from = 0;
    let event = 0;
    // Stretches of packets of one second; events and the clock move only between them.
    while (from < segments.count) {
      let second = sec[from]!;
      if (second < this.second && second >= this.second - LATE) second = this.second;
      if (second !== this.second) {
        this.turn(second);
      }
      let to = from + 1;
      while (to < segments.count && sec[to]! <= second && sec[to]! >= second - LATE) to++;
      this.countPackets(segments, table, from, to);
      event = this.countEvents(table.events, event, second, to === segments.count);
      from = to;
    }
    this.countNames(messages);
  }

  drain(windows: HostWindowBatch, pulses: PulseBatch): void {
    append(hostWindowSchema, this.closedWindows, windows);
    append(pulseSchema, this.closedPulses, pulses);
  }

  share(share: FlowShare, isSum: boolean): void {
    countShare(isSum ? (this.sums ??= new Tick(this.ceiling)) : this.tick, share);
  }

  opened(events: FlowEventBatch, from: number): void {
    this.countEvents(events, from, this.second, true);
  }

  advance(second: number): void {
    if (second > this.second) this.turn(second);
  }

  moveTo(second: number): void {
    if (!(second <= this.second)) this.turn(second);
  }

  finish(): void {
    if (Number.isNaN(this.second)) return;
    this.closeSecond();
    for (const table of this.tables) this.closeWindow(table);
    this.second = Number.NaN;
  }

  close(): void {
    closeColumns(this.tick.columns);
    for (const table of this.tables) table.close();
    closeColumns(this.closedWindows.columns);
    closeColumns(this.closedPulses.columns);
  }

  /** Ends the current second and, where `second` lies outside them, the open windows. */
  private turn(second: number): void {
    if (!Number.isNaN(this.second)) this.closeSecond();
    this.second = second;
    for (const table of this.tables) {
      if (table.covers(second)) continue;
      if (!Number.isNaN(table.start)) this.closeWindow(table);
      table.open(second);
    }
  }

  private closeSecond(): void {
    for (const table of this.tables) table.addTick(this.tick);
    this.closeSums();
    this.onSecond?.(this.second, this.tick);
    this.writePulses();
    this.tick.clear();
    let turnedAway = this.tick.turnedAway;
    for (const table of this.tables) turnedAway += table.turnedAway;
    this.statistics.unwindowed = turnedAway;
  }

  private closeSums(): void {
    const { sums } = this;
    if (!sums || sums.count === 0) return;
    for (const table of this.tables) table.addTick(sums);
    sums.clear();
  }

  private closeWindow(table: WindowTable): void {
    this.statistics.windows += table.count;
    table.write(this.closedWindows);
    table.open(table.start);
  }

  /** The hot loop: packets from…to all lie in the current second. */
  private countPackets(segments: SegmentBatch, table: FlowTable, from: number, to: number): void {
    const { src, dst, srcPort, dstPort, proto, flags, ipLength, payloadLength, tcpFlags, slot, fromOrig } =
      segments.columns;
    const { origHost, respHost } = table.live;
    const { tick, hosts } = this;
    for (let i = from; i < to; i++) {
      const s = slot[i]!;
      const kind = proto[i]!;
      let sender: number;
      let target: number;
      if (s >= 0) {
        const forward = fromOrig[i]! === 1;
        sender = forward ? origHost[s]! : respHost[s]!;
        target = forward ? respHost[s]! : origHost[s]!;
      } else {
        sender = hosts.intern(src, i * 4);
        target = hosts.intern(dst, i * 4);
      }
      const bytes = ipLength[i]!;
      const bits = flags[i]!;
      const tcp = kind === PROTO.TCP ? tcpFlags[i]! : 0;
      const isSyn = (tcp & (SYN | ACK)) === SYN;
      const isSynAck = (tcp & (SYN | ACK)) === (SYN | ACK);
      const later = (bits & SEGMENT.FRAGMENT_LATER) !== 0;
      const isIcmp = kind === PROTO.ICMP || kind === PROTO.ICMPV6;
      const type = isIcmp ? srcPort[i]! : -1;
      const unreachable = isIcmp && (kind === PROTO.ICMP ? type === 3 : type === 1);

      const o = sender === 0 ? -1 : tick.row(sender);
      const r = target === 0 || kind === PROTO.ARP ? -1 : tick.row(target);
      // Rows may move the columns when they grow: read them after both.
      const c = tick.columns;
      if (o >= 0) {
        c.packetsOut[o] = c.packetsOut[o]! + 1;
        c.bytesOut[o] = c.bytesOut[o]! + bytes;
        if (isSyn) c.synOut[o] = c.synOut[o]! + 1;
        else if (isSynAck) c.synAckOut[o] = c.synAckOut[o]! + 1;
        if ((tcp & RST) !== 0) c.rstOut[o] = c.rstOut[o]! + 1;
        if (kind === PROTO.UDP) c.udpOut[o] = c.udpOut[o]! + 1;
        else if (isIcmp) {
          c.icmpOut[o] = c.icmpOut[o]! + 1;
          if (unreachable) c.unreachableOut[o] = c.unreachableOut[o]! + 1;
        } else if (kind === PROTO.ARP) c.arpOut[o] = c.arpOut[o]! + 1;
      }
      if (r < 0) continue;
      c.packetsIn[r] = c.packetsIn[r]! + 1;
      c.bytesIn[r] = c.bytesIn[r]! + bytes;
      if (kind === PROTO.TCP) {
        if (isSyn) c.synIn[r] = c.synIn[r]! + 1;
        else if (isSynAck) c.synAckIn[r] = c.synAckIn[r]! + 1;
        else if (payloadLength[i] === 0) c.emptyTcpIn[r] = c.emptyTcpIn[r]! + 1;
        if ((tcp & RST) !== 0) c.rstIn[r] = c.rstIn[r]! + 1;
      } else if (kind === PROTO.UDP) {
        c.udpIn[r] = c.udpIn[r]! + 1;
        c.udpBytesIn[r] = c.udpBytesIn[r]! + bytes;
      } else if (isIcmp) {
        c.icmpIn[r] = c.icmpIn[r]! + 1;
        if (type === 8 || type === 128) c.echoRequestIn[r] = c.echoRequestIn[r]! + 1;
        else if (type === 129 || (type === 0 && kind === PROTO.ICMP)) c.echoReplyIn[r] = c.echoReplyIn[r]! + 1;
        else if (unreachable) c.unreachableIn[r] = c.unreachableIn[r]! + 1;
      } else {
        c.otherIn[r] = c.otherIn[r]! + 1;
      }
      if ((bits & (SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER)) !== 0) {
        c.fragmentsIn[r] = c.fragmentsIn[r]! + 1;
        c.fragmentBytesIn[r] = c.fragmentBytesIn[r]! + bytes;
      }
      vote(c.topSender, c.topSenderLead, r, sender, c.topSenderPackets);
      // Later fragments know no ports of their own: they must not vote port 0 in.
      if (!later) {
        vote(c.topSourcePort, c.topSourceLead, r, srcPort[i]!, null);
        vote(c.topTargetPort, c.topTargetLead, r, dstPort[i]!, null);
      }
      const w = i * 4;
      tick.note(
        r,
        mix(src[w + 3]! ^ Math.imul(src[w]! ^ src[w + 1]! ^ src[w + 2]!, 0x9e3779b1)) >>> 0,
        srcPort[i]!,
        dstPort[i]!,
      );
    }
  }

  /** Flow events up to the end of `second`; all that are left when `rest`. Gives the index of the next one. */
  private countEvents(events: FlowEventBatch, from: number, second: number, rest: boolean): number {
    const { kind, sec, origHost, respHost, respPort, proto } = events.columns;
    let i = from;
    for (; i < events.count; i++) {
      if (!rest && sec[i]! > second) break;
      const orig = origHost[i]!;
      const resp = respHost[i]!;
      const what = kind[i]!;
      if (orig === 0 || what === FLOW_EVENT.REFUSED) continue;
      const fresh = what === FLOW_EVENT.OPEN && resp !== 0 && this.pairs.add(orig, resp);
      for (const table of this.tables) {
        if (what === FLOW_EVENT.OPEN) countOpen(table, orig, resp, respPort[i]!, proto[i]!, fresh);
        else countAnswer(table, orig, resp);
      }
    }
    return i;
  }

  private countNames(messages: readonly ProtocolMessage[]): void {
    for (const message of messages) {
      if (message.kind !== 'dns' || message.variant !== 'dns' || message.orig === 0) continue;
      const name = message.response ? 0 : hashName(message.qname);
      for (const table of this.tables) {
        if (Number.isNaN(table.start)) continue;
        const row = table.row(message.orig);
        if (row < 0) continue;
        const c = table.columns;
        if (message.response) {
          if (message.rcode !== 0) c.dnsFailures[row] = c.dnsFailures[row]! + 1;
        } else {
          c.dnsQueries[row] = c.dnsQueries[row]! + 1;
          table.distinct.add(row, DISTINCT.DNS_NAMES, name);
        }
      }
    }
  }

  private writePulses(): void {
    const { tick, pulseFloor } = this;
    const t = tick.columns;
    const into = this.closedPulses;
    for (let row = 0; row < tick.count; row++) {
      if (t.packetsIn[row]! < pulseFloor && t.packetsOut[row]! < pulseFloor) continue;
      if (into.count === into.capacity) {
        into.capacity *= 2;
        into.columns = growColumns(pulseSchema, into.columns, into.capacity);
      }
      const at = into.count++;
      const p = into.columns;
      for (const name of COPIED) p[name][at] = t[name][row]!;
      p.second[at] = this.second;
      p.sendersIn[at] = tick.distinct(row, 0);
      p.sourcePortsIn[at] = tick.distinct(row, 1);
      p.targetPortsIn[at] = tick.distinct(row, 2);
    }
  }
}

/** Pulse columns that are the second's own. */
const COPIED = (Object.keys(pulseSchema) as (keyof typeof pulseSchema)[]).filter(
  (name): name is Exclude<keyof typeof pulseSchema, 'second' | 'sendersIn' | 'sourcePortsIn' | 'targetPortsIn'> =>
    name !== 'second' && name !== 'sendersIn' && name !== 'sourcePortsIn' && name !== 'targetPortsIn',
);

/** One step of the Boyer–Moore majority vote; finds any value that makes up more than half. */
function vote(
  candidates: Uint32Array | Uint16Array,
  leads: Uint32Array,
  row: number,
  value: number,
  packets: Uint32Array | null,
): void {
  const lead = leads[row]!;
  if (lead === 0) {
    if (packets) packets[row] = candidates[row] === value ? packets[row]! + 1 : 1;
    candidates[row] = value;
    leads[row] = 1;
  } else if (candidates[row] === value) {
    leads[row] = lead + 1;
    if (packets) packets[row] = packets[row]! + 1;
  } else {
    leads[row] = lead - 1;
  }
}

function countOpen(table: WindowTable, orig: number, resp: number, port: number, proto: number, fresh: boolean): void {
  const from = table.row(orig);
  const to = resp === 0 ? -1 : table.row(resp);
  const c = table.columns;
  const { distinct } = table;
  if (from >= 0) {
    c.flowsOut[from] = c.flowsOut[from]! + 1;
    if (fresh) c.newPeers[from] = c.newPeers[from]! + 1;
    distinct.add(from, DISTINCT.PEERS_OUT, resp);
    distinct.add(
      from,
      DISTINCT.SERVICES_OUT,
      (Math.imul(resp, 0x9e3779b1) ^ Math.imul(port + (proto << 16), 0x85ebca6b)) >>> 0,
    );
    distinct.add(from, DISTINCT.PORTS_OUT, port + (proto << 16));
  }
  if (to >= 0) {
    c.flowsIn[to] = c.flowsIn[to]! + 1;
    if (fresh) c.newPeers[to] = c.newPeers[to]! + 1;
    distinct.add(to, DISTINCT.PEERS_IN, orig);
    distinct.add(to, DISTINCT.PORTS_IN, port + (proto << 16));
  }
}

function countAnswer(table: WindowTable, orig: number, resp: number): void {
  const from = table.row(orig);
  const to = resp === 0 ? -1 : table.row(resp);
  const c = table.columns;
  if (from >= 0) c.answeredOut[from] = c.answeredOut[from]! + 1;
  if (to >= 0) c.answeredIn[to] = c.answeredIn[to]! + 1;
}

function hashName(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Appends the rows of `from` to `into` and empties `from`. */
function append<const S extends ColumnSchema>(schema: S, from: Batch<S>, into: Batch<S>): void {
  if (into.count === 0) {
    exchange(from, into);
    return;
  }
  const needed = into.count + from.count;
  if (needed > into.capacity) {
    into.capacity = Math.max(needed, into.capacity * 2);
    into.columns = growColumns(schema, into.columns, into.capacity);
  }
  for (const name of Object.keys(schema) as (keyof S)[]) {
    (into.columns[name] as Float64Array).set((from.columns[name] as Float64Array).subarray(0, from.count), into.count);
  }
  into.count = needed;
  from.count = 0;
}

/** Windows and pulses of the hosts in the packets given to it; see `WindowStage`. */
export function makeWindowStage(options: WindowStageOptions): WindowStage {
  return new Stage(options);
}

/** What is handed over to an empty batch need not be copied: both keep room of their own. */
function exchange<S extends ColumnSchema>(from: Batch<S>, into: Batch<S>): void {
  const { count, capacity, columns } = into;
  into.count = from.count;
  into.capacity = from.capacity;
  into.columns = from.columns;
  from.count = count;
  from.capacity = capacity;
  from.columns = columns;
}
