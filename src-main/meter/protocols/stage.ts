/**
 * The protocol stage: looks at the payloads of a batch once the flow table has said which flow each belongs to.
 *
 * Cost: a packet without payload, or of a flow that is done with, costs one byte read from `phase`; flows with payload
 * borrow a `FlowContext` until they end or nobody wants to read on. See `test/bench/protocols.ts`.
 */
import type { FlowTable, FlowMeta } from '../flows/types.ts';
import type { HostTable } from '../hosts.ts';
import { PROTO, SEGMENT, type PacketBatch, type SegmentBatch } from '../packets/types.ts';
import { Budget } from '../streams/budget.ts';
import { arpMessage } from './arp.ts';
import { FlowContext, MessageSink, namedMeta } from './context.ts';
import { YES } from './inspector.ts';
import { Expected } from './expected.ts';
import { AWAITS, Misplaced } from './misplaced.ts';
import { IcmpWatch, isIcmp } from './icmp.ts';
import { PacketRules } from './packet-rules.ts';
import { open, StreamReader } from './reader.ts';
import { Recogniser } from './recognise.ts';
import { inspectors } from './registry.ts';
import { plain } from './row-head.ts';
import { transportApp, tunnelName } from './transports.ts';
import type { ProtocolMessage, ProtocolStage, ProtocolStageOptions } from './types.ts';

/** `phase` by slot: bits. */
const SEEN = 1;
const ORIG_SYN = 2;
const RESP_SYN = 4;
const BOTH_SYN = ORIG_SYN | RESP_SYN;
/** Of datagrams, which have no SYN: the capture lacks the end of one that nobody knew. */
const CUT = ORIG_SYN;
/** Of datagrams: nobody knew the first ones, and only the inspectors of the port are still asked. */
const LATER = RESP_SYN;
const TUNNEL_NAMED = 8;
/** Nothing more to do: all other packets of the flow are passed over. */
const DONE = 128;

const DEFAULT_CEILING = 64 * 1024 * 1024;
const FIRST_SLOTS = 4096;
/**
 * Datagrams of a UDP flow that are shown to all inspectors. After them only those of its port are asked: a few bytes of
 * nonsense, which servers pass over, would hide what follows. On a port of nobody's the flow is given up.
 */
const DATAGRAM_TRIES = 6;
const POOL_MAX = 16384;
/** Flows read at the same time; when there are more, the latest are not read. With session and facts 1 to 3 KiB each. */
const CONTEXTS_MAX = 131_072;
/** Datagrams a direction shows to the behaviours while nobody knows it. */
const UNKNOWN_SHOWN = 2;

class Stage implements ProtocolStage {
  inspectNew = true;
  private inspected = 0;
  private readonly hosts: HostTable;
  private readonly budget: Budget;
  private readonly recogniser = new Recogniser(inspectors);
  private readonly reader: StreamReader;
  private readonly expected = new Expected();
  /** Slots of flows that were announced, until their first payload shows whether they are that. */
  private readonly announced = new Set<number>();
  private readonly rules = new PacketRules();
  private readonly misplaced = new Misplaced(this.recogniser);
  private readonly icmp = new IcmpWatch();

  private phase = new Uint8Array(FIRST_SLOTS);
  /** Sequence number after the SYN, two a slot. */
  private starts = new Uint32Array(FIRST_SLOTS * 2);
  /** Payloads of a datagram flow that nobody knew: from the originator in the low four bits, from the responder above. */
  private unknowns = new Uint8Array(FIRST_SLOTS);
  private readonly contexts: (FlowContext | undefined)[] = [];
  private contextCount = 0;
  /** By slot: what was learned of flows that are done with. */
  private readonly metas: (FlowMeta | undefined)[] = [];
  /** By slot: bytes of the budget that those facts hold. */
  private factBytes = new Uint16Array(FIRST_SLOTS);
  /** Contexts to be used again: of streams, and of datagrams. */
  private readonly streamPool: FlowContext[] = [];
  private readonly datagramPool: FlowContext[] = [];
  private readonly sink = new MessageSink();

  constructor(options: ProtocolStageOptions) {
    this.hosts = options.hosts;
    this.budget = new Budget(options.bufferCeiling ?? DEFAULT_CEILING);
    this.reader = new StreamReader(this.budget, this.recogniser);
  }

  process(packets: PacketBatch, segments: SegmentBatch, table: FlowTable, messages: ProtocolMessage[]): void {
    const c = segments.columns;
    const data = packets.data;
    this.grow(table.live.id.length);
    this.rules.begin(this.hosts, table, messages);
    const { slot: slots, proto: protos, outer, payloadCaptured, flags, tcpFlags } = c;
    for (let row = 0, count = segments.count; row < count; row++) {
      const slot = slots[row]!;
      if (outer[row]! >= 0) this.nameTunnel(segments, row);
      if (slot < 0) {
        if (protos[row] === PROTO.ARP) arpMessage(packets, segments, row, this.hosts, messages);
        continue;
      }
      let phase = this.phase[slot]!;
      if (phase & AWAITS && c.payloadLength[row]! > 0)
        phase = this.goesOn(packets, segments, row, slot, table, messages);
      if (phase & DONE) continue;
      const proto = protos[row]!;
      if (phase === 0) {
        phase = this.first(segments, row, slot, table);
        if (phase & DONE) continue;
      }
      if (flags[row] !== 0) this.rules.flagged(data, segments, row, slot);
      if (proto === PROTO.TCP) {
        const tcp = tcpFlags[row]!;
        if (this.rules.oddFlags[tcp & 63]) this.rules.tcp(segments, row, slot);
        if (tcp & 2) phase = this.syn(segments, row, slot, phase);
        if (payloadCaptured[row]! > 0) this.tcpPayload(data, segments, row, slot, phase, table, messages);
      } else if (payloadCaptured[row]! > 0) {
        if (proto === PROTO.UDP) this.datagram(data, segments, row, slot, table, messages);
        else if (isIcmp(proto)) {
          this.rules.icmp(segments, row, slot);
          if (this.icmp.message(data, segments, row, slot, table, messages)) this.phase[slot]! |= DONE;
        } else this.phase[slot]! |= DONE;
      }
    }
  }

  get statistics(): ProtocolStage['statistics'] {
    const { used: held, refused } = this.budget;
    return { inspected: this.inspected, abandoned: this.reader.abandoned, refused, held };
  }

  finish(slot: number, table: FlowTable, messages: ProtocolMessage[]): FlowMeta | undefined {
    if (slot >= this.phase.length) return undefined;
    const flow = this.contexts[slot];
    if (flow) {
      flow.begin(messages);
      if (flow.tcp && !flow.finished) this.reader.drain(flow);
      this.done(flow, slot);
    }
    const meta = this.metas[slot] ?? transportApp(table.live.proto[slot] ?? 0);
    this.metas[slot] = undefined;
    if (this.factBytes[slot]! > 0) {
      this.budget.release(this.factBytes[slot]!);
      this.factBytes[slot] = 0;
    }
    this.phase[slot] = 0;
    this.unknowns[slot] = 0;
    this.announced.delete(slot);
    this.rules.forget(slot);
    this.icmp.forget(slot);
    return meta;
  }

  learned(slot: number, table: FlowTable): FlowMeta | undefined {
    return this.contexts[slot]?.meta() ?? this.metas[slot] ?? transportApp(table.live.proto[slot] ?? 0);
  }

  private grow(capacity: number): void {
    if (this.phase.length >= capacity) return;
    const phase = new Uint8Array(capacity);
    phase.set(this.phase);
    this.phase = phase;
    const starts = new Uint32Array(capacity * 2);
    starts.set(this.starts);
    this.starts = starts;
    const unknowns = new Uint8Array(capacity);
    unknowns.set(this.unknowns);
    this.unknowns = unknowns;
    const factBytes = new Uint16Array(capacity);
    factBytes.set(this.factBytes);
    this.factBytes = factBytes;
    this.rules.grow(capacity);
    this.icmp.grow(capacity);
  }

  /** The first packet of a flow. */
  private first(segments: SegmentBatch, row: number, slot: number, table: FlowTable): number {
    const c = segments.columns;
    const phase = this.inspectNew ? SEEN : SEEN | DONE;
    this.rules.first(segments, row, slot);
    if (this.expected.size > 0 && c.proto[row] === PROTO.TCP) {
      const found = this.expected.take(table.live.resp, slot * 4, table.live.respPort[slot]!, c.sec[row]!);
      if (found && this.inspectNew) {
        this.metas[slot] = namedMeta(found.service, found.app);
        this.announced.add(slot);
      }
    }
    this.phase[slot] = phase;
    return phase;
  }

  private syn(segments: SegmentBatch, row: number, slot: number, phase: number): number {
    const c = segments.columns;
    const orig = c.fromOrig[row] === 1;
    const seen = phase | (orig ? ORIG_SYN : RESP_SYN);
    this.starts[slot * 2 + (orig ? 0 : 1)] = c.tcpSeq[row]! + 1;
    this.phase[slot] = seen;
    return seen;
  }

  private tcpPayload(
    data: Uint8Array,
    segments: SegmentBatch,
    row: number,
    slot: number,
    phase: number,
    table: FlowTable,
    messages: ProtocolMessage[],
  ): void {
    const c = segments.columns;
    const dir = c.fromOrig[row] === 1 ? 0 : 1;
    let flow = this.contexts[slot];
    if (!flow) {
      flow = this.borrow(slot, table, true);
      if (!flow) return;
      if (this.announced.delete(slot) && this.isAnnounced(flow, data, segments, row, phase)) {
        this.phase[slot]! |= DONE;
        this.giveBack(flow, slot);
        return;
      }
      this.inspected++;
      flow.firstStream = dir;
    } else if (flow.stream(dir).stopped) return;
    const length = c.payloadLength[row]!;
    const stream = flow.stream(dir);
    // As a signed number: beyond 2^31 each would be an object on its way from function to function.
    const seq = (c.tcpFlags[row]! & 2 ? c.tcpSeq[row]! + 1 : c.tcpSeq[row]!) | 0;
    const next = stream.next === seq;
    if (next && stream.skip >= length && stream.pass(length)) {
      flow.sec = plain(c.sec[row]!);
      flow.nano = c.nano[row]!;
      flow.fromOrig = dir === 0;
      return;
    }
    const captured = c.payloadCaptured[row]!;
    this.at(flow, segments, row, messages);
    flow.opened = (phase & BOTH_SYN) === BOTH_SYN;
    if (next && flow.session && captured >= length && stream.plain) {
      this.reader.inOrder(flow, dir, data, c.payload[row]!, length);
      if (flow.finished) this.done(flow, slot);
      return;
    }
    const known = !stream.begun && phase & (dir === 0 ? ORIG_SYN : RESP_SYN);
    const start = known ? this.starts[slot * 2 + dir]! : -1;
    this.reader.segment(flow, dir, seq, start, data, c.payload[row]!, Math.min(captured, length), length);
    if (flow.settled) this.phase[slot] = this.misplaced.begin(flow, this.phase[slot]!);
    if (flow.finished) this.done(flow, slot);
  }

  /** Whether an announced connection is what was announced: its first payload is of no protocol. */
  private isAnnounced(
    flow: FlowContext,
    data: Uint8Array,
    segments: SegmentBatch,
    row: number,
    phase: number,
  ): boolean {
    const { payload, payloadCaptured, payloadLength, fromOrig } = segments.columns;
    const probe = this.recogniser.probe;
    probe.data = data;
    probe.at = payload[row]!;
    probe.end = probe.at + Math.min(payloadCaptured[row]!, payloadLength[row]!);
    probe.tcp = true;
    probe.fromOrig = fromOrig[row] === 1;
    probe.origPort = flow.origPort;
    probe.respPort = flow.respPort;
    probe.partial = payloadCaptured[row]! < payloadLength[row]!;
    probe.fromStart = (phase & (probe.fromOrig ? ORIG_SYN : RESP_SYN)) !== 0;
    probe.tries = 0;
    const other = this.recogniser.ask(flow) === YES;
    flow.inspector = null;
    return !other;
  }

  private datagram(
    data: Uint8Array,
    segments: SegmentBatch,
    row: number,
    slot: number,
    table: FlowTable,
    messages: ProtocolMessage[],
  ): void {
    const c = segments.columns;
    if (c.flags[row]! & (SEGMENT.FRAGMENT_LATER | SEGMENT.HAS_INNER)) return;
    const flow = this.contexts[slot] ?? this.borrow(slot, table, false);
    if (!flow) return;
    this.at(flow, segments, row, messages);
    const at = c.payload[row]!;
    const end = at + Math.min(c.payloadCaptured[row]!, c.payloadLength[row]!);
    if (!flow.session && !this.recognised(flow, data, at, end)) return;
    if (!flow.finished) flow.session?.datagram?.(flow, flow.fromOrig, data, at, end);
    if (flow.finished) this.done(flow, slot);
  }

  /** Probes a datagram. A flow that nobody knows (yet) gives its context back and keeps a count. */
  private recognised(flow: FlowContext, data: Uint8Array, at: number, end: number): boolean {
    const { slot, fromOrig } = flow;
    const counts = this.unknowns[slot]!;
    const later = (this.phase[slot]! & LATER) !== 0;
    const probe = this.recogniser.probe;
    probe.data = data;
    probe.at = at;
    probe.end = end;
    probe.tcp = false;
    probe.fromOrig = fromOrig;
    probe.origPort = flow.origPort;
    probe.respPort = flow.respPort;
    probe.partial = flow.partial;
    probe.fromStart = true;
    probe.tries = (counts & 15) + (counts >>> 4);
    if (counts === 0) this.inspected++;
    if ((later ? this.recogniser.askUsual(flow) : this.recogniser.ask(flow)) === YES) {
      this.phase[slot]! &= ~LATER;
      open(flow);
      if (flow.settled) this.phase[slot] = this.misplaced.begin(flow, this.phase[slot]!);
      if (flow.finished) this.done(flow, slot);
      return !flow.finished;
    }
    if (later) {
      this.giveBack(flow, slot);
      return false;
    }
    if ((fromOrig ? counts & 15 : counts >>> 4) < UNKNOWN_SHOWN) flow.unknown(data, at, end);
    const known = (this.unknowns[slot] = counts + (fromOrig ? 1 : 16));
    if (flow.partial) this.phase[slot]! |= CUT;
    if (probe.tries + 1 >= DATAGRAM_TRIES) {
      this.reader.abandoned++;
      const both = (known & 15) > 0 && known >>> 4 > 0;
      if (both && !(this.phase[slot]! & CUT)) this.phase[slot] = this.misplaced.begin(flow, this.phase[slot]!);
      this.phase[slot]! |= this.recogniser.hasUsual(flow) ? LATER : DONE;
    }
    this.giveBack(flow, slot);
    return false;
  }

  /** A payload of a flow that does not go with its port. */
  private goesOn(
    packets: PacketBatch,
    segments: SegmentBatch,
    row: number,
    slot: number,
    table: FlowTable,
    messages: ProtocolMessage[],
  ): number {
    const app = this.contexts[slot]?.app ?? this.metas[slot]?.app ?? '';
    const phase = this.phase[slot]!;
    return (this.phase[slot] = this.misplaced.next(packets, segments, row, table, phase, app, messages));
  }

  /** Sets what the flow knows of the packet at hand. */
  private at(flow: FlowContext, segments: SegmentBatch, row: number, messages: ProtocolMessage[]): void {
    const c = segments.columns;
    flow.sec = plain(c.sec[row]!);
    flow.nano = c.nano[row]!;
    flow.fromOrig = c.fromOrig[row] === 1;
    flow.partial =
      (c.flags[row]! & (SEGMENT.TRUNCATED | SEGMENT.FRAGMENT_FIRST)) !== 0 ||
      c.payloadCaptured[row]! < c.payloadLength[row]!;
    flow.wire = c.payloadLength[row]!;
    flow.begin(messages);
  }

  /** A context for the flow; none when there are too many: then the flow is not read. */
  private borrow(slot: number, table: FlowTable, tcp: boolean): FlowContext | undefined {
    if (this.contextCount >= CONTEXTS_MAX) {
      this.reader.abandoned++;
      this.phase[slot]! |= DONE;
      return undefined;
    }
    const flow = (tcp ? this.streamPool : this.datagramPool).pop() ?? new FlowContext(tcp, this.sink);
    flow.reset(this.expected, this.budget);
    flow.enter(table, slot);
    this.contexts[slot] = flow;
    this.contextCount++;
    return flow;
  }

  /** Nothing more to read: what was learned waits for the flow's end, the context serves another flow. */
  private done(flow: FlowContext, slot: number): void {
    this.phase[slot]! |= DONE;
    flow.session?.end?.(flow);
    const meta = flow.meta();
    if (meta) this.metas[slot] = meta;
    this.giveBack(flow, slot);
  }

  private giveBack(flow: FlowContext, slot: number): void {
    const { tcp, streams } = flow;
    if (tcp) {
      streams[0].reset(this.budget);
      streams[1].reset(this.budget);
    }
    this.factBytes[slot] = flow.leave();
    this.contexts[slot] = undefined;
    this.contextCount--;
    const pool = tcp ? this.streamPool : this.datagramPool;
    if (pool.length < POOL_MAX) pool.push(flow);
  }

  /** A tunnel's outer flow is named after what it carries. */
  private nameTunnel(segments: SegmentBatch, row: number): void {
    const c = segments.columns;
    const slot = c.slot[c.outer[row]!] ?? -1;
    if (slot < 0 || this.phase[slot]! & TUNNEL_NAMED) return;
    const name = tunnelName(c.tunnel[row]!);
    if (!name) return;
    const flow = this.contexts[slot];
    if (flow) flow.name(name.service, name.app);
    else this.metas[slot] ??= namedMeta(name.service, name.app);
    this.phase[slot]! |= TUNNEL_NAMED;
  }
}

/** See `ProtocolStage`. The stage reads the payloads it is shown and keeps at most `bufferCeiling` bytes of them. */
export function makeProtocolStage(options: ProtocolStageOptions): ProtocolStage {
  return new Stage(options);
}
