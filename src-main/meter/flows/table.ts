/**
 * Segments to bidirectional flows. One pass over the columns of a batch; no allocation per packet or flow. What decides
 * identity, direction, states and ends is told in `docs/flow-fidelity.md`.
 *
 * What it costs is measured by `test/bench/flows.ts`.
 */
import {
  FLOW_EVENT,
  FLOW_END,
  type FlowBatch,
  type FlowMeta,
  type FlowTable,
  type FlowTableOptions,
  type FlowTimeouts,
} from './types.ts';
import { PROTO, SEGMENT, type PacketBatch, type SegmentBatch } from '../packets/types.ts';
import type { HostTable } from '../hosts.ts';
import { countPacket, countTcp } from './accounts.ts';
import { PacketClock } from './clock.ts';
import { closeColumns } from '../columns.ts';
import { datagramConnState, tcpConnState } from './conn-state.ts';
import { deadline, DEFAULT_TIMEOUTS, firstInactivity } from './deadlines.ts';
import { appendFlows } from './drain.ts';
import { FlowEvents } from './events.ts';
import { HalfOpenList } from './half-open.ts';
import { addFlip, addLetter, isMilestone, LETTER } from './history.ts';
import { icmpCounterpart } from './icmp.ts';
import { FlowIndex } from './lookup.ts';
import { isLikelyServerPort, isNameServicePort } from './ports.ts';
import { isUnreachable, refusedFlow } from './refusals.ts';
import { Slots } from './slots.ts';
import { DATAGRAM_ACTIVE, FLOW } from './state.ts';
import { endpointSize } from './tcp-size.ts';
import { TCP_FLAG, TcpMachine } from './tcp.ts';
import { TimerWheel } from './timers.ts';
import { flowUid } from './uid.ts';
import { HISTORY_MAX } from './types.ts';

const DEFAULT_CEILING = 1 << 20;
/** IPv6 "no next header": nothing to make a flow of. */
const NO_NEXT_HEADER = 59;
/** A flow that nobody answers and that has more packets than this is no mere attempt. */
const ATTEMPT_PACKETS = 3;
/** A flow this far (seconds) ahead of the clock belongs to a time that was given up. */
const FAR_AHEAD = 7200;
const UDP_HEADER = 8;
/** Segmentation is left to the network card for larger packets only (an Ethernet's usual MTU). */
const LARGEST_UNSEGMENTED = 1500;
/** `seen` bits of UDP. */
const SEEN_DATA = 1;

type SegmentColumns = SegmentBatch['columns'];

class ColumnFlowTable implements FlowTable {
  readonly statistics = { active: 0, peak: 0, flows: 0, cutShort: 0 };
  private readonly hosts: HostTable;
  private readonly timeouts: FlowTimeouts;
  private readonly ceiling: number;
  private readonly slots: Slots;
  private readonly index: FlowIndex;
  private readonly wheel: TimerWheel;
  private readonly half: HalfOpenList;
  private readonly tcp: TcpMachine;
  private readonly clock = new PacketClock();
  private readonly eventLog = new FlowEvents();
  private readonly visit = (slot: number): number => this.lookAt(slot);
  private ended = new Int32Array(1024);
  private endedCount = 0;
  private data = new Uint8Array(0);
  private hashes = new Int32Array(0);
  private lastSecond = NaN;

  constructor(options: FlowTableOptions) {
    this.hosts = options.hosts;
    this.ceiling = Math.max(1, options.ceiling ?? DEFAULT_CEILING);
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.slots = new Slots(this.ceiling);
    this.index = new FlowIndex(this.slots);
    this.wheel = new TimerWheel(this.slots);
    this.half = new HalfOpenList(this.slots);
    this.tcp = new TcpMachine(this.slots, this.timeouts);
  }

  get events() {
    return this.eventLog.batch;
  }

  get live() {
    return this.slots.live;
  }

  process(packets: PacketBatch, segments: SegmentBatch): void {
    this.eventLog.batch.count = 0;
    this.data = packets.data as Uint8Array<ArrayBuffer>;
    const columns = segments.columns;
    const { sec } = columns;
    const count = segments.count;
    this.hashes = this.index.hashes(columns, count, this.hosts);
    for (let i = 0; i < count; i++) {
      if (sec[i] !== this.lastSecond) this.tick(sec[i]!);
      this.segment(packets, columns, i);
    }
  }

  drain(into: FlowBatch, finishing: (slot: number) => FlowMeta | undefined): void {
    if (this.endedCount === 0) return;
    appendFlows(this.slots.live, this.ended, this.endedCount, into, finishing);
    this.slots.release(this.ended, this.endedCount);
    this.endedCount = 0;
  }

  finish(): void {
    this.eventLog.batch.count = 0;
    const bits = this.slots.state.bits;
    for (let slot = 0; slot < this.slots.high; slot++) {
      if ((bits[slot]! & (FLOW.IN_USE | FLOW.ENDED)) !== FLOW.IN_USE) continue;
      this.wheel.remove(slot);
      this.end(slot, FLOW_END.END_OF_CAPTURE);
    }
  }

  close(): void {
    closeColumns(this.slots.live);
    closeColumns(this.slots.state);
  }

  advance(second: number): void {
    if (second > this.lastSecond) this.tick(second);
  }

  /** Moves the clock; idle flows end. */
  private tick(second: number): void {
    this.lastSecond = second;
    const before = this.clock.now;
    const now = this.clock.observe(second);
    if (before !== before || this.clock.setBack) this.wheel.setTo(now);
    else if (now > before) this.wheel.advance(now, this.visit);
  }

  /** The wheel asks: is the flow's time over? */
  private lookAt(slot: number): number {
    const { live, state } = this.slots;
    const start = live.sec[slot]! + live.nano[slot]! / 1e9;
    const due = start + deadline(state, slot, live.proto[slot] === PROTO.TCP, this.timeouts);
    if (due > this.clock.now && due < this.clock.now + FAR_AHEAD) return due;
    this.end(slot, FLOW_END.ORDINARY);
    return NaN;
  }

  private segment(packets: PacketBatch, c: SegmentColumns, i: number): void {
    const proto = c.proto[i]!;
    const flags = c.flags[i]!;
    c.slot[i] = -1;
    c.fromOrig[i] = 0;
    if (proto >= PROTO.ARP || proto === NO_NEXT_HEADER) return;
    let sport = c.srcPort[i]!;
    let dport = c.dstPort[i]!;
    let hash = this.hashes[i]!;
    let oneWay = false;
    switch (proto) {
      case PROTO.TCP:
      case PROTO.UDP:
      case PROTO.SCTP:
        break;
      case PROTO.ICMP:
      case PROTO.ICMPV6: {
        const counterpart = icmpCounterpart(proto, sport);
        if (counterpart < 0) oneWay = true;
        else dport = counterpart;
        hash = this.index.hash(c.src, i * 4, sport, c.dst, i * 4, dport, proto);
        break;
      }
      default:
        sport = 0;
        dport = 0;
        hash = this.index.hash(c.src, i * 4, sport, c.dst, i * 4, dport, proto);
    }
    const at = i * 4;
    const tag = (((c.vlan[i]! & 0xffffff) | (c.tunnel[i]! << 24)) & 0xffffffff) >>> 0;
    let slot = this.index.find(hash, c.src, at, sport, c.dst, at, dport, proto, tag, oneWay);
    let side = this.index.side;
    let rel = 0;
    let twin = 0;
    if (slot >= 0) {
      const { live, state } = this.slots;
      rel = c.sec[i]! - live.sec[slot]! + (c.nano[i]! - live.nano[slot]!) / 1e9;
      const over =
        rel >= deadline(state, slot, proto === PROTO.TCP, this.timeouts) ||
        (proto === PROTO.TCP &&
          (c.tcpFlags[i]! & TCP_FLAG.SYN) !== 0 &&
          (flags & SEGMENT.MALFORMED) === 0 &&
          this.tcp.isReuse(slot, c.tcpFlags[i]!, c.tcpSeq[i]!));
      if (over) {
        if (rel === 0) twin = live.twin[slot]! + 1;
        this.wheel.remove(slot);
        this.end(slot, FLOW_END.ORDINARY);
        slot = -1;
      }
    }
    if (slot < 0) {
      slot = this.open(c, i, proto, sport, dport, tag, hash);
      side = this.slots.live.flipped[slot]!;
      this.slots.live.twin[slot] = twin;
      rel = 0;
    } else if (this.slots.state.tag[slot * 2 + side] !== tag) this.slots.state.tag[slot * 2 + side] = tag;
    c.slot[i] = slot;
    side = this.account(c, i, proto, flags, slot, side, rel);
    c.fromOrig[i] = side === 0 ? 1 : 0;
    if ((proto === PROTO.ICMP || proto === PROTO.ICMPV6) && isUnreachable(proto, sport)) {
      this.noteRefusal(packets, c, i, tag);
    }
  }

  /** A new flow with the ends of segment `i`; who began it is guessed from the ports where its start was not seen. */
  private open(
    c: SegmentColumns,
    i: number,
    proto: number,
    sport: number,
    dport: number,
    tag: number,
    hash: number,
  ): number {
    if (this.statistics.active >= this.ceiling) this.cutShort();
    const slot = this.slots.take();
    const { live, state } = this.slots;
    const at = i * 4;
    const w = slot * 4;
    const flip = this.wouldFlip(c, i, proto, sport, dport);
    for (let k = 0; k < 4; k++) {
      live.orig[w + k] = flip ? c.dst[at + k]! : c.src[at + k]!;
      live.resp[w + k] = flip ? c.src[at + k]! : c.dst[at + k]!;
    }
    live.origPort[slot] = flip ? dport : sport;
    live.respPort[slot] = flip ? sport : dport;
    const source = this.hosts.intern(c.src, at);
    const target = this.hosts.intern(c.dst, at);
    live.origHost[slot] = flip ? target : source;
    live.respHost[slot] = flip ? source : target;
    live.proto[slot] = proto;
    live.id[slot] = this.statistics.flows++;
    live.sec[slot] = c.sec[i]!;
    live.nano[slot] = c.nano[i]!;
    live.lastSec[slot] = c.sec[i]!;
    live.lastNano[slot] = c.nano[i]!;
    live.vlan[slot] = c.vlan[i]!;
    live.tunnel[slot] = c.tunnel[i]!;
    live.ipv6[slot] = c.flags[i]! & SEGMENT.IPV6;
    live.flipped[slot] = flip ? 1 : 0;
    if (flip) addFlip(live, slot);
    const outer = c.outer[i]!;
    if (outer >= 0 && c.slot[outer]! >= 0) this.nest(slot, c.slot[outer]!);
    state.tag[slot * 2 + (flip ? 1 : 0)] = tag;
    state.inactivity[slot] = firstInactivity(proto, this.timeouts);
    state.bits[slot] =
      proto === PROTO.UDP && isNameServicePort(live.respPort[slot]!)
        ? FLOW.IN_USE | FLOW.ACTIVE | FLOW.NAME_SERVICE
        : FLOW.IN_USE | FLOW.ACTIVE;
    this.index.insert(slot, hash);
    this.half.add(slot);
    this.wheel.add(slot, c.sec[i]! + Math.min(state.inactivity[slot]!, this.timeouts.tcpAttempt));
    if (++this.statistics.active > this.statistics.peak) this.statistics.peak = this.statistics.active;
    this.event(FLOW_EVENT.OPEN, slot, c, i);
    return slot;
  }

  private nest(slot: number, outer: number): void {
    const live = this.slots.live;
    live.parent[slot] = live.id[outer]!;
    flowUid(live, outer, live.parentUid, slot * 3);
  }

  private wouldFlip(c: SegmentColumns, i: number, proto: number, sport: number, dport: number): boolean {
    if (proto === PROTO.TCP) {
      const opening = c.tcpFlags[i]! & (TCP_FLAG.SYN | TCP_FLAG.ACK);
      if (opening === TCP_FLAG.SYN || !isLikelyServerPort(proto, sport)) return false;
      if (isLikelyServerPort(proto, dport)) return (opening & TCP_FLAG.SYN) === 0 && sport < dport;
    } else if (proto !== PROTO.UDP || !isLikelyServerPort(proto, sport) || isLikelyServerPort(proto, dport)) {
      return false;
    }
    // Nobody asks from the broadcast address.
    return !(c.dst[i * 4 + 3] === 0xffffffff && c.dst[i * 4 + 2] === 0xffff && c.dst[i * 4] === 0);
  }

  /** Counts segment `i` for its flow; returns the sender's side, which TCP may have corrected. */
  private account(
    c: SegmentColumns,
    i: number,
    proto: number,
    flags: number,
    slot: number,
    side: number,
    rel: number,
  ): number {
    const { live, state } = this.slots;
    if ((flags & (SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER | SEGMENT.BAD_CHECKSUM)) !== 0) {
      if (!this.countsWhole(c, i, proto, flags, slot, side, rel)) return side;
    }
    let from = side;
    const payload = c.payloadLength[i]!;
    if (proto === PROTO.TCP && (flags & SEGMENT.MALFORMED) === 0 && c.payload[i] !== c.transport[i]) {
      const tcpFlags = c.tcpFlags[i]!;
      const whole = c.payloadCaptured[i]! >= payload;
      from = this.tcp.segment(slot, side, rel, tcpFlags, c.tcpSeq[i]!, c.tcpAck[i]!, payload, whole, c.tcpWindow[i]!);
      countPacket(live, state, slot, from, rel, this.statedLength(c, i, flags), payload, c.ttl[i]!);
      countTcp(live, slot, from, tcpFlags, c.tcpWindow[i]!);
      if (state.lastRel[slot] === rel) this.touch(c, i, slot);
      this.settle(slot);
    } else {
      if (proto !== PROTO.TCP) this.datagram(slot, side, proto, this.datagramBytes(c, i, proto, flags, payload));
      countPacket(live, state, slot, side, rel, c.ipLength[i]!, payload, c.ttl[i]!);
      state.lastRel[slot] = rel;
      this.touch(c, i, slot);
    }
    this.noteAnswer(c, i, slot, from, rel);
    return from;
  }

  /**
   * IP length as Zeek counts it: by the header's field, which is zero where the capturing host leaves segmentation to
   * its network card.
   */
  private statedLength(c: SegmentColumns, i: number, flags: number): number {
    const length = c.ipLength[i]!;
    if (length <= LARGEST_UNSEGMENTED) return length;
    const at = c.network[i]!;
    const offloaded =
      (flags & SEGMENT.IPV6) === 0 && this.data[at + 2] === 0 && this.data[at + 3] === 0 && this.data[at]! >> 4 === 4;
    return offloaded ? 0 : length;
  }

  private touch(c: SegmentColumns, i: number, slot: number): void {
    const live = this.slots.live;
    live.lastSec[slot] = c.sec[i]!;
    live.lastNano[slot] = c.nano[i]!;
  }

  /** A close or reset brings the end nearer than the wheel expects. */
  private settle(slot: number): void {
    const { live, state } = this.slots;
    const close = state.closeAt[slot]!;
    if (close === Infinity) return;
    this.wheel.hasten(slot, live.sec[slot]! + live.nano[slot]! / 1e9 + close);
  }

  /** Zeek believes the UDP header's length even where the packet is shorter or longer. */
  private datagramBytes(c: SegmentColumns, i: number, proto: number, flags: number, payload: number): number {
    if (proto !== PROTO.UDP || (flags & SEGMENT.MALFORMED) === 0 || c.payload[i] === c.transport[i]) return payload;
    const at = c.transport[i]! + 4;
    return Math.max(0, ((this.data[at]! << 8) | this.data[at + 1]!) - UDP_HEADER);
  }

  private datagram(slot: number, side: number, proto: number, payload: number): void {
    const { live, state } = this.slots;
    state.tcpState[slot * 2 + side] = DATAGRAM_ACTIVE;
    if (proto === PROTO.UDP) {
      const bit = side === 0 ? SEEN_DATA : SEEN_DATA << 16;
      if ((state.seen[slot]! & bit) === 0) {
        state.seen[slot] = state.seen[slot]! | bit;
        addLetter(live, slot, LETTER.DATA, side);
      }
    } else if (proto !== PROTO.ICMP && proto !== PROTO.ICMPV6) return;
    if (side === 0) live.origBytes[slot] = live.origBytes[slot]! + payload;
    else live.respBytes[slot] = live.respBytes[slot]! + payload;
  }

  /**
   * Fragments and damaged segments. A fragmented datagram is one packet with the bytes of all its fragments; a segment
   * with a wrong checksum is a letter and nothing else. False: all was said about this segment.
   */
  private countsWhole(
    c: SegmentColumns,
    i: number,
    proto: number,
    flags: number,
    slot: number,
    side: number,
    rel: number,
  ): boolean {
    const { live, state } = this.slots;
    if ((flags & SEGMENT.BAD_CHECKSUM) !== 0) {
      if (proto !== PROTO.TCP && proto !== PROTO.UDP) return false;
      const count = state.badChecksums[slot * 2 + side]! + 1;
      state.badChecksums[slot * 2 + side] = count;
      if (isMilestone(count)) addLetter(live, slot, LETTER.CHECKSUM, side);
      return false;
    }
    live.fragments[slot] = live.fragments[slot]! + 1;
    if ((flags & SEGMENT.FRAGMENT_OVERLAP) !== 0) live.fragmentOverlaps[slot] = live.fragmentOverlaps[slot]! + 1;
    if ((flags & SEGMENT.FRAGMENT_LATER) === 0) return true;
    const bytes = Math.max(0, c.ipLength[i]! - (c.transport[i]! - c.network[i]!));
    if (side === 0) live.origIpBytes[slot] = live.origIpBytes[slot]! + bytes;
    else live.respIpBytes[slot] = live.respIpBytes[slot]! + bytes;
    if (proto === PROTO.TCP) this.tcp.continuation(slot, side, c.payloadLength[i]!);
    else if (state.tcpState[slot * 2 + side] === DATAGRAM_ACTIVE) this.datagram(slot, side, proto, c.payloadLength[i]!);
    state.lastRel[slot] = rel;
    this.touch(c, i, slot);
    return false;
  }

  private noteAnswer(c: SegmentColumns, i: number, slot: number, side: number, rel: number): void {
    const { live, state } = this.slots;
    let bits = state.bits[slot]!;
    if ((bits & FLOW.HALF_OPEN) !== 0) {
      const orig = live.origPkts[slot]!;
      const resp = live.respPkts[slot]!;
      if ((orig > 0 && resp > 0) || orig + resp > ATTEMPT_PACKETS) {
        this.half.remove(slot);
        bits = state.bits[slot]!;
      }
    }
    if (side === 0 || (bits & FLOW.ANSWERED) !== 0) return;
    if ((c.tcpFlags[i]! & TCP_FLAG.RST) !== 0 && live.proto[slot] === PROTO.TCP) {
      if ((bits & FLOW.REFUSED) !== 0) return;
      state.bits[slot] = bits | FLOW.REFUSED;
      if (live.origPkts[slot]! > 0) this.event(FLOW_EVENT.REFUSED, slot, c, i);
      return;
    }
    state.bits[slot] = bits | FLOW.ANSWERED;
    if (live.origPkts[slot] === 0) return;
    live.responseTime[slot] = rel > 0 ? rel : 0;
    this.event(FLOW_EVENT.ANSWERED, slot, c, i);
  }

  private noteRefusal(packets: PacketBatch, c: SegmentColumns, i: number, tag: number): void {
    const row = c.packet[i]!;
    const end = packets.columns.offset[row]! + packets.columns.captured[row]!;
    const slot = refusedFlow(this.index, packets, c.transport[i]!, end, tag);
    if (slot < 0) return;
    const state = this.slots.state;
    if ((state.bits[slot]! & (FLOW.ANSWERED | FLOW.REFUSED)) !== 0) return;
    state.bits[slot] = state.bits[slot]! | FLOW.REFUSED;
    this.event(FLOW_EVENT.REFUSED, slot, c, i);
  }

  private event(kind: number, slot: number, c: SegmentColumns, i: number): void {
    this.eventLog.add(
      kind,
      this.slots.live,
      slot,
      c.sec[i]!,
      c.nano[i]!,
      c.tcpFlags[i]!,
      c.payloadLength[i]!,
      c.ttl[i]!,
    );
  }

  /** Makes room: the oldest flow that nobody answered, else the one that would end soonest. */
  private cutShort(): void {
    const oldest = this.half.oldest;
    const slot = oldest >= 0 ? oldest : this.wheel.soonest();
    if (slot < 0) return;
    this.wheel.remove(slot);
    this.end(slot, FLOW_END.CUT_SHORT);
    this.statistics.cutShort++;
  }

  /** The flow is complete; its slot is kept until the next drain. It is in the wheel no more. */
  private end(slot: number, reason: number): void {
    const { live, state } = this.slots;
    this.index.remove(slot);
    if ((state.bits[slot]! & FLOW.HALF_OPEN) !== 0) this.half.remove(slot);
    state.bits[slot] = state.bits[slot]! | FLOW.ENDED;
    live.end[slot] = reason;
    live.hasBytes[slot] = state.lastRel[slot]! > 0 ? 1 : 0;
    const pair = slot * 2;
    const orig = state.tcpState[pair]!;
    const resp = state.tcpState[pair + 1]!;
    if (live.proto[slot] === PROTO.TCP) {
      live.origBytes[slot] = endpointSize(state, pair);
      live.respBytes[slot] = endpointSize(state, pair + 1);
      const bytes = live.origBytes[slot]! + live.respBytes[slot]!;
      const base = slot * HISTORY_MAX;
      live.connState[slot] = tcpConnState(orig, resp, bytes, live.history, base, live.historyLength[slot]!);
      this.tcp.delivery.release(slot);
    } else live.connState[slot] = datagramConnState(live.proto[slot]!, orig, resp);
    if (this.endedCount >= this.ended.length) {
      const grown = new Int32Array(this.ended.length * 2);
      grown.set(this.ended);
      this.ended = grown;
    }
    this.ended[this.endedCount++] = slot;
    this.statistics.active--;
  }
}

export function makeFlowTable(options: FlowTableOptions): FlowTable {
  return new ColumnFlowTable(options);
}
