/** The flows of packets, as rules know them: found by the slot that the flow table gave. */
import { AgeList } from '../../../meter/age-list.ts';
import { PROTO, SEGMENT } from '../../../meter/packets/types.ts';
import type { Direction } from '../app/types.ts';
import { RuleFlow } from './flow.ts';
import { Greetings, isGreeting, type Greeting } from './greetings.ts';
import type { Scene } from './scene.ts';
import { SideWindow } from './window.ts';

const SYN = 2;
const RST = 4;
const FIN = 1;
const ACK = 16;
const FRAGMENT = SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER;
/** Ends of SIP listen on the port that they send from: who speaks first asks, whatever the port. */
const SIP = 5060;

/** Flows followed at once: some kilobytes each. */
const MOST = 65_536;
/** Flows passed over at most for one that is given up. */
const SPARED = 16;

/** Of the flow table: the id of the flow that has a slot. */
export interface SlotIds {
  readonly live: { readonly id: ArrayLike<number> };
}

export class FlowTracker {
  private readonly bySlot: (RuleFlow | undefined)[] = [];
  private readonly byId = new Map<number, number>();
  private readonly ages = new AgeList<RuleFlow>();
  private readonly greetings = new Greetings();
  private readonly ended: (flow: RuleFlow) => void;

  /** `ended`: nothing more of a flow will come. */
  constructor(ended: (flow: RuleFlow) => void) {
    this.ended = ended;
  }

  /** The flow of the packet; made when it is the first. */
  find(scene: Scene, table: SlotIds): RuleFlow | null {
    const { columns: c, row } = scene;
    const slot = c.slot[row]!;
    if (slot < 0) return null;
    const id = table.live.id[slot]!;
    let flow = this.bySlot[slot];
    if (flow?.id === id) return flow;
    if (flow) this.end(flow);
    this.makeRoom();
    const greeting = this.greetings.take(slot, id);
    flow = greeting ? greeted(greeting, id) : newFlow(scene, id);
    this.bySlot[slot] = flow;
    this.byId.set(id, slot);
    this.ages.append(flow);
    return flow;
  }

  /**
   * Whether a packet need not be looked at by rules that are about none without bytes; then it is counted here. Either it only says that
   * others came, and nothing waits to be looked at (nearly every second packet of TCP), or it is a flow's first and says nothing but that
   * it begins: then it is kept until another comes.
   */
  passesOver(c: Scene['columns'], row: number, table: SlotIds): boolean {
    if (c.proto[row] !== PROTO.TCP || c.payloadLength[row] !== 0 || c.payloadCaptured[row] !== 0) return false;
    const slot = c.slot[row]!;
    if (slot < 0 || (c.flags[row]! & FRAGMENT) !== 0) return false;
    const id = table.live.id[slot]!;
    const flow = this.bySlot[slot];
    const flags = c.tcpFlags[row]!;
    if (flow?.id !== id) {
      if (!isGreeting(flags) || (c.flags[row]! & SEGMENT.MALFORMED) !== 0 || this.greetings.has(slot, id)) return false;
      this.greetings.keep(slot, id, c, row);
      return true;
    }
    if (!isMiddle(flags) || !flow.sides || flow.sides[0].fresh > 0 || flow.sides[1].fresh > 0) return false;
    follow(flow, c, row, c.sec[row]! + c.nano[row]! / 1e9, flow.directionOf(c.src, row * 4, c.srcPort[row]!));
    return true;
  }

  /** The flow table says that the flow is over. */
  over(id: number): void {
    const slot = this.byId.get(id);
    const flow = slot === undefined ? undefined : this.bySlot[slot];
    if (flow?.id === id) this.endAt(slot!, flow);
  }

  /** Those that are followed now. */
  *flows(): Generator<RuleFlow> {
    for (const slot of this.byId.values()) {
      const flow = this.bySlot[slot];
      if (flow) yield flow;
    }
  }

  finish(): void {
    for (const slot of this.byId.values()) {
      const flow = this.bySlot[slot];
      if (flow) this.end(flow);
    }
  }

  /** A flood of flows costs those that began first, but that one which talks, and goes on to, is passed over. */
  private makeRoom(): void {
    if (this.byId.size < MOST) return;
    const { ages } = this;
    for (let tries = 0; tries < SPARED && ages.oldest?.app && ages.oldest.last > ages.oldest.sparedAt; tries++) {
      ages.oldest.sparedAt = ages.oldest.last;
      ages.renew(ages.oldest);
    }
    if (ages.oldest) this.end(ages.oldest);
  }

  private end(flow: RuleFlow): void {
    this.endAt(this.byId.get(flow.id), flow);
  }

  private endAt(slot: number | undefined, flow: RuleFlow): void {
    this.byId.delete(flow.id);
    this.ages.remove(flow);
    if (slot !== undefined && this.bySlot[slot] === flow) this.bySlot[slot] = undefined;
    this.ended(flow);
  }
}

/** Of the flow that is being made. */
const ends = new Uint32Array(8);

function newFlow({ columns: c, row, now }: Scene, id: number): RuleFlow {
  const proto = c.proto[row]!;
  const at = row * 4;
  // An answer whose question was not captured: a greeting's, or from a port that only servers have.
  const flags = c.tcpFlags[row]!;
  const greeting = proto === PROTO.TCP && (flags & SYN) !== 0;
  const [from, to] = [c.srcPort[row]!, c.dstPort[row]!];
  const service = proto !== PROTO.TCP ? c.fromOrig[row] === 0 && from !== SIP : from < 1024 && to >= 1024;
  const answers = greeting ? (flags & ACK) !== 0 : service;
  const addresses = ends;
  const { src, dst } = c;
  for (let i = 0; i < 4; i++) {
    addresses[answers ? i + 4 : i] = src[at + i]!;
    addresses[answers ? i : i + 4] = dst[at + i]!;
  }
  const flow = new RuleFlow(id, proto, addresses, answers ? to : from, answers ? from : to, now);
  if (proto === PROTO.TCP) flow.sides = [new SideWindow(), new SideWindow()];
  return flow;
}

/** A flow after its greeting. */
function greeted({ addresses, clientPort, serverPort, now, seq, flags, bytes }: Greeting, id: number): RuleFlow {
  const flow = new RuleFlow(id, PROTO.TCP, addresses, clientPort, serverPort, now);
  flow.sides = [new SideWindow(), new SideWindow()];
  flow.packets[0] = 1;
  flow.bytes[0] = bytes;
  segment(flow, flags, seq, 0, 0);
  return flow;
}

/** Counts the packet, and follows how far the two sides came. */
export function follow(flow: RuleFlow, c: Scene['columns'], row: number, now: number, direction: Direction): void {
  flow.last = now;
  flow.packets[direction]++;
  flow.bytes[direction] += c.ipLength[row]!;
  if (flow.proto === PROTO.TCP) segment(flow, c.tcpFlags[row]!, c.tcpSeq[row]!, c.payloadLength[row]!, direction);
  else if (direction === 1) flow.established = true;
}

function segment(flow: RuleFlow, flags: number, seq: number, length: number, direction: Direction): void {
  if (!flow.established || (flags & SYN) !== 0) greet(flow, flags, length, direction);
  const side = flow.sides![direction];
  if ((flags & SYN) !== 0) {
    const next = (seq + 1) >>> 0;
    if (side.start < 0) side.start = next;
    side.note(next, length);
  } else side.note(seq, length);
}

function greet(flow: RuleFlow, flags: number, payload: number, direction: Direction): void {
  const first = flow.packets[0] + flow.packets[1] === 1;
  if ((flags & SYN) !== 0) {
    if ((flags & ACK) !== 0) flow.synAck = true;
    else flow.syn = true;
  } else if (first && (flags & RST) === 0) flow.midstream = true;
  if (flow.established) return;
  const both = flow.packets[0] > 0 && flow.packets[1] > 0;
  if ((flags & RST) !== 0) flow.closed = true;
  // Picked up in the middle: what both say, or one goes on to say, shows that they agreed before.
  if (flow.midstream) flow.established = !flow.closed && (both || (payload > 0 && flow.packets[direction] > 1));
  else if (flow.synAck && direction === 0 && (flags & (SYN | RST)) === 0 && (flags & ACK) !== 0)
    flow.established = true;
  // The client's own confirmation was not captured.
  else if (flow.synAck && direction === 1 && (flags & SYN) === 0 && payload > 0) flow.established = true;
}

export const isReset = (flags: number): boolean => (flags & RST) !== 0;
/** It begins or ends nothing. */
const isMiddle = (flags: number): boolean => (flags & (SYN | RST | FIN)) === 0;
export const isLast = (flags: number): boolean => (flags & FIN) !== 0;
