/**
 * The TCP side of a flow: one segment in, endpoint states, history letters, sequence numbers and closing out.
 * Semantics are those of Zeek's conn.log; where they look odd (repeated SYNs, RSTs, half connections) that is why.
 */
import { addFlip, addLetter, isMilestone, LETTER } from './history.ts';
import { isLikelyServerPort, isPatientPort } from './ports.ts';
import { PROTO } from '../packets/types.ts';
import type { Slots } from './slots.ts';
import { ENDPOINT, FLOW, TCP_STATE } from './state.ts';
import { finPosition, TcpDelivery } from './tcp-delivery.ts';
import { advanceAck, advanceLast, distance, relative, startAt, TOO_LARGE } from './tcp-sequence.ts';
import { exchangeEnds } from './flip.ts';
import type { FlowTimeouts } from './types.ts';

export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;

/** Bits of `state.seen` by kind of packet; the responder's stand 16 higher. */
const SEEN = { SYN: 1, FIN: 2, RST: 4, FIN_RST: 8, DATA: 16, ACK: 32, MULTI: 64 } as const;

const CONTROL = TCP_FLAG.SYN | TCP_FLAG.FIN | TCP_FLAG.RST;
const { INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET } = TCP_STATE;
const PATIENT_SECONDS = 3600;

export class TcpMachine {
  readonly delivery: TcpDelivery;
  private readonly slots: Slots;
  private readonly timeouts: FlowTimeouts;
  // The segment at hand.
  private slot = 0;
  private end = 0;
  private peer = 0;
  private flags = 0;
  private seq = 0;
  private ack = 0;
  private length = 0;
  private rel = 0;
  private finishes = false;
  private reports = false;

  constructor(slots: Slots, timeouts: FlowTimeouts) {
    this.slots = slots;
    this.timeouts = timeouts;
    this.delivery = new TcpDelivery(slots);
  }

  /**
   * True when a SYN (or, for a half connection, a SYN+ACK) on the flow's ends begins a new connection rather than
   * repeating what opened this one.
   */
  isReuse(slot: number, flags: number, seq: number): boolean {
    if ((flags & TCP_FLAG.SYN) === 0) return false;
    const state = this.slots.state;
    const orig = slot * 2;
    let opener = orig;
    if ((flags & TCP_FLAG.ACK) !== 0) {
      if (state.tcpState[orig] !== INACTIVE) return false;
      opener = orig + 1;
    }
    if ((state.endpoint[orig]! & state.endpoint[orig + 1]! & ENDPOINT.CLOSED) !== 0) return true;
    if (seq === state.startSeq[opener]) return false;
    return !(
      (flags & TCP_FLAG.ACK) === 0 &&
      state.tcpState[orig] === SYN_ACK_SENT &&
      state.tcpState[orig + 1] === INACTIVE &&
      seq === state.startSeq[orig + 1]
    );
  }

  /**
   * One segment of side `side` (0 originator) at `rel` seconds after the flow's start; `whole`: all of its payload was
   * captured. Returns the sender's side, which changes when the segment shows that the ends were mistaken.
   */
  segment(
    slot: number,
    side: number,
    rel: number,
    flags: number,
    seq: number,
    ack: number,
    length: number,
    whole: boolean,
    window: number,
  ): number {
    const state = this.slots.state;
    let from = side;
    if (
      (flags & CONTROL) === 0 &&
      ((flags & TCP_FLAG.ACK) !== 0 || length > 0) &&
      state.tcpState[slot * 2] === SYN_ACK_SENT &&
      state.tcpState[slot * 2 + 1] === INACTIVE
    ) {
      this.flipHandshake(slot);
      from = 1 - side;
    }
    this.slot = slot;
    this.end = slot * 2 + from;
    this.peer = this.end ^ 1;
    this.flags = flags;
    this.seq = seq;
    this.ack = ack;
    this.length = length;
    this.rel = rel;
    this.run(whole, window);
    return this.end & 1;
  }

  /** The rest of a fragmented segment, whose first fragment went through `segment`. */
  continuation(slot: number, side: number, length: number): void {
    const state = this.slots.state;
    const end = slot * 2 + side;
    if (state.tcpState[end] === INACTIVE || length === 0) return;
    const from = relative(state.startSeq[end]!, state.lastSeq[end]!, state.lastSeq[end]!, state.seqWraps[end]!);
    advanceLast(state, end, (state.lastSeq[end]! + length) >>> 0);
    this.delivery.sent(end, from, length);
  }

  private run(whole: boolean, window: number): void {
    const { state } = this.slots;
    const { slot, end, flags, seq, length } = this;
    this.notePartial();
    const segmentLength =
      ((flags & TCP_FLAG.RST) !== 0 ? 0 : length) +
      ((flags & TCP_FLAG.SYN) !== 0 ? 1 : 0) +
      ((flags & TCP_FLAG.FIN) !== 0 ? 1 : 0);
    const past = (seq + segmentLength) >>> 0;
    this.begin(past);
    const position = relative(state.startSeq[end]!, seq, state.lastSeq[end]!, state.seqWraps[end]!);
    const underflow = position < 0;
    this.writeHistory(position);
    this.checkWindow(window);
    if ((state.endpoint[slot * 2]! & state.endpoint[slot * 2 + 1]! & ENDPOINT.CLOSED) === 0) {
      state.lastRel[slot] = this.rel;
    }
    if ((flags & TCP_FLAG.FIN) !== 0) {
      state.endpoint[end] = state.endpoint[end]! | ENDPOINT.FIN;
      state.finSeq[end] = finPosition(position + segmentLength);
    }
    const acknowledged = (flags & TCP_FLAG.ACK) !== 0 ? this.takeAck() : 0;
    this.takeLast(past);
    this.advanceState();
    if ((flags & TCP_FLAG.ACK) !== 0) this.acknowledgePeer(acknowledged);
    state.bits[slot] = state.bits[slot]! | ((this.end & 1) === 0 ? FLOW.SEEN_ORIG : FLOW.SEEN_RESP);
    if (length > 0 && whole && (flags & TCP_FLAG.RST) === 0 && !underflow) {
      this.delivery.sent(this.end, (flags & TCP_FLAG.SYN) !== 0 ? position + 1 : position, length);
    }
    this.checkDrained(this.end);
    if (this.finishes) this.close(this.end, this.reports);
  }

  /** A connection whose first packet of a side is no SYN has begun before the capture. */
  private notePartial(): void {
    const state = this.slots.state;
    const bits = state.bits[this.slot]!;
    if ((this.end & 1) === 0) {
      if ((bits & FLOW.SEEN_ORIG) !== 0) return;
      const opens = (this.flags & (TCP_FLAG.SYN | TCP_FLAG.ACK)) === TCP_FLAG.SYN;
      state.bits[this.slot] = opens ? bits & ~FLOW.PARTIAL : bits | FLOW.PARTIAL;
    } else if ((bits & (FLOW.SEEN_RESP | FLOW.PARTIAL)) === 0 && (this.flags & TCP_FLAG.SYN) === 0) {
      state.bits[this.slot] = bits | FLOW.PARTIAL;
    }
  }

  private begin(past: number): void {
    const state = this.slots.state;
    const { end, seq } = this;
    const now = state.tcpState[end];
    if (now === INACTIVE) {
      if ((this.flags & TCP_FLAG.SYN) !== 0) startAt(state, end, seq, past);
      // Numbered as if a SYN had been seen, so that data begins at 1 in any case.
      else startAt(state, end, (seq - 1) >>> 0, seq);
      return;
    }
    if ((this.flags & TCP_FLAG.SYN) === 0 || now === CLOSED) return;
    if (now === RESET && state.previousState[end] !== INACTIVE) return;
    if ((now === SYN_SENT || now === SYN_ACK_SENT) && seq === state.startSeq[end]) return;
    startAt(state, end, seq, past);
  }

  private writeHistory(position: number): void {
    const state = this.slots.state;
    const { flags, end } = this;
    const mark = position >>> 0;
    switch (flags & CONTROL) {
      case 0:
        if (this.length > 0) this.once(SEEN.DATA, LETTER.DATA);
        else if ((flags & TCP_FLAG.ACK) !== 0) this.once(SEEN.ACK, LETTER.ACK);
        return;
      case TCP_FLAG.SYN: {
        const letter = (flags & TCP_FLAG.ACK) !== 0 ? LETTER.HANDSHAKE : LETTER.SYN;
        if (this.once(SEEN.SYN, letter) && mark !== state.synAt[end]) this.letter(letter);
        state.synAt[end] = mark;
        return;
      }
      case TCP_FLAG.FIN: {
        const after = (position + this.length) >>> 0;
        if (this.once(SEEN.FIN, LETTER.FIN) && after !== state.finAt[end]) this.letter(LETTER.FIN);
        state.finAt[end] = after;
        return;
      }
      case TCP_FLAG.RST:
        if (this.once(SEEN.RST, LETTER.RST) && mark !== state.rstAt[end]) this.letter(LETTER.RST);
        state.rstAt[end] = mark;
        return;
      default:
        if ((flags & (TCP_FLAG.FIN | TCP_FLAG.RST)) === (TCP_FLAG.FIN | TCP_FLAG.RST)) {
          this.once(SEEN.FIN_RST, LETTER.INCONSISTENT);
        } else this.once(SEEN.MULTI, LETTER.MULTI_FLAG);
    }
  }

  /** Writes a letter the first time; true when it was there before. */
  private once(kind: number, letter: number): boolean {
    const state = this.slots.state;
    const bit = (this.end & 1) === 0 ? kind : kind << 16;
    if ((state.seen[this.slot]! & bit) !== 0) return true;
    state.seen[this.slot] = state.seen[this.slot]! | bit;
    this.letter(letter);
    return false;
  }

  private letter(letter: number): void {
    addLetter(this.slots.live, this.slot, letter, this.end & 1);
  }

  private checkWindow(window: number): void {
    if (window !== 0 || (this.flags & TCP_FLAG.RST) !== 0) return;
    const state = this.slots.state;
    if (state.tcpState[this.peer] === CLOSED || state.tcpState[this.end] === RESET) return;
    const count = state.zeroWindows[this.end]! + 1;
    state.zeroWindows[this.end] = count;
    if (isMilestone(count)) this.letter(LETTER.ZERO_WINDOW);
  }

  /** Relative position that the segment acknowledges. */
  private takeAck(): number {
    const state = this.slots.state;
    const { peer, ack } = this;
    if (state.tcpState[peer] === INACTIVE) {
      const start = (ack - 1) >>> 0;
      startAt(state, peer, start, start);
      return 1;
    }
    const position = relative(state.startSeq[peer]!, ack, state.ackSeq[peer]!, state.ackWraps[peer]!);
    if (position < 0) return 0;
    if ((this.flags & TCP_FLAG.RST) === 0) {
      const ahead = distance(ack, state.ackSeq[peer]!);
      if (ahead > 0 && !(ack === 0 && ahead > TOO_LARGE)) advanceAck(state, peer, ack);
    }
    return position;
  }

  private takeLast(past: number): void {
    const { state, live } = this.slots;
    const { end, flags, slot } = this;
    const ahead = distance(past, state.lastSeq[end]!);
    if ((flags & (TCP_FLAG.SYN | TCP_FLAG.RST)) !== 0 && (ahead > TOO_LARGE || ahead < -TOO_LARGE)) return;
    if ((flags & TCP_FLAG.FIN) !== 0 && state.lastSeq[end] === (state.startSeq[end]! + 1) >>> 0) {
      advanceLast(state, end, past);
      return;
    }
    if (state.tcpState[end] === RESET) return;
    if (ahead > 0) {
      advanceLast(state, end, past);
      return;
    }
    if (this.length === 0) return;
    const counts = (end & 1) === 0 ? live.origRetransmits : live.respRetransmits;
    const count = counts[slot]! + 1;
    counts[slot] = count;
    if (isMilestone(count)) this.letter(LETTER.RETRANSMIT);
  }

  private advanceState(): void {
    this.finishes = false;
    this.reports = false;
    switch (this.slots.state.tcpState[this.end]) {
      case INACTIVE:
        this.fromInactive();
        return;
      case SYN_SENT:
      case SYN_ACK_SENT:
        this.fromSyn();
        return;
      case ESTABLISHED:
      case PARTIAL:
        this.fromEstablished();
        return;
      case CLOSED:
        this.fromClosed();
        return;
      default:
    }
  }

  private fromInactive(): void {
    const state = this.slots.state;
    const { flags } = this;
    const fromOrig = (this.end & 1) === 0;
    if ((flags & TCP_FLAG.SYN) !== 0) {
      if (fromOrig) this.attempt();
      else this.answer();
    }
    if ((flags & TCP_FLAG.FIN) !== 0) {
      this.setState(this.end, CLOSED);
      this.finishes = true;
      this.reports = true;
    }
    if ((flags & TCP_FLAG.RST) !== 0) {
      this.setState(this.end, RESET);
      const other = state.tcpState[this.peer];
      const rejects = (this.end & 1) === 0 ? other === ESTABLISHED : other === SYN_SENT || other === SYN_ACK_SENT;
      this.finishes = true;
      this.reports = !rejects;
    }
    if (state.tcpState[this.end] !== INACTIVE) return;
    const other = state.tcpState[this.peer];
    // Some systems acknowledge a SYN before they answer it.
    if (!fromOrig && this.length === 0 && other === SYN_SENT) return;
    if ((flags & TCP_FLAG.ACK) !== 0 && other === ESTABLISHED) {
      this.setState(this.end, ESTABLISHED);
      state.bits[this.slot] = (state.bits[this.slot]! & ~FLOW.PARTIAL) | (fromOrig ? FLOW.SEEN_ORIG : FLOW.SEEN_RESP);
    } else this.setState(this.end, PARTIAL);
  }

  /** The originator's first packet is a SYN, or a SYN+ACK whose SYN was not seen. */
  private attempt(): void {
    this.setState(this.end, (this.flags & TCP_FLAG.ACK) !== 0 ? SYN_ACK_SENT : SYN_SENT);
    this.slots.state.attemptAt[this.slot] = this.rel + this.timeouts.tcpAttempt;
  }

  /** The responder's first packet has a SYN. */
  private answer(): void {
    const state = this.slots.state;
    if (
      (this.flags & TCP_FLAG.ACK) === 0 &&
      state.tcpState[this.peer] === SYN_ACK_SENT &&
      this.seq === state.startSeq[this.end]
    ) {
      // SYN and SYN+ACK were captured in the wrong order.
      this.exchange();
      state.bits[this.slot] = (state.bits[this.slot]! & ~FLOW.PARTIAL) | FLOW.SEEN_ORIG;
      this.setState(this.peer, ESTABLISHED);
    }
    if (state.tcpState[this.peer] === SYN_SENT) this.setState(this.peer, ESTABLISHED);
    this.setState(this.end, ESTABLISHED);
    if (state.tcpState[this.peer] !== PARTIAL) this.established();
  }

  private fromSyn(): void {
    if ((this.flags & TCP_FLAG.FIN) !== 0) {
      this.setState(this.end, CLOSED);
      this.finishes = true;
      this.reports = true;
    }
    if ((this.flags & TCP_FLAG.RST) !== 0) {
      this.setState(this.end, RESET);
      this.silence();
      this.finishes = true;
    }
  }

  private fromEstablished(): void {
    const state = this.slots.state;
    const { flags, end, peer } = this;
    if (
      (flags & (TCP_FLAG.SYN | TCP_FLAG.ACK)) === TCP_FLAG.SYN &&
      state.tcpState[end] === PARTIAL &&
      state.tcpState[peer] === INACTIVE
    ) {
      this.setState(end, SYN_SENT);
    }
    if ((flags & TCP_FLAG.FIN) !== 0 && (flags & TCP_FLAG.RST) === 0) {
      this.setState(end, CLOSED);
      // A FIN and then a RST was an orderly end after all.
      if (state.tcpState[peer] === RESET && state.previousState[peer] === CLOSED) this.setState(peer, CLOSED);
      this.finishes = true;
      this.reports = true;
    }
    if ((flags & TCP_FLAG.RST) !== 0) {
      this.setState(end, RESET);
      this.finishes = true;
      if (state.tcpState[peer] !== RESET || state.previousState[peer] !== ESTABLISHED) this.silence();
    }
  }

  private fromClosed(): void {
    const state = this.slots.state;
    if ((this.flags & TCP_FLAG.RST) === 0 || state.tcpState[this.peer] === CLOSED) return;
    this.setState(this.end, RESET);
    if ((state.endpoint[this.end]! & ENDPOINT.CLOSED) === 0) this.finishes = true;
  }

  private setState(end: number, next: number): void {
    const state = this.slots.state;
    const before = state.tcpState[end]!;
    if (before === next) return;
    if (next > SYN_ACK_SENT && before <= SYN_ACK_SENT && state.tcpState[end ^ 1]! <= SYN_ACK_SENT) {
      state.inactivity[end >> 1] = this.timeouts.tcpInactivity;
    }
    state.previousState[end] = before;
    state.tcpState[end] = next;
  }

  private established(): void {
    const { live, state } = this.slots;
    const slot = this.slot;
    let port = live.respPort[slot]!;
    if (state.tcpState[slot * 2] === INACTIVE && !isLikelyServerPort(PROTO.TCP, port)) {
      const other = live.origPort[slot]!;
      if (isLikelyServerPort(PROTO.TCP, other)) port = other;
    }
    if (isPatientPort(port)) state.inactivity[slot] = Math.max(PATIENT_SECONDS, this.timeouts.tcpInactivity);
  }

  /** The connection was reported as reset: timers that wait for more no longer count. */
  private silence(): void {
    const state = this.slots.state;
    state.bits[this.slot] = state.bits[this.slot]! & ~FLOW.ACTIVE;
  }

  private acknowledgePeer(upTo: number): void {
    const state = this.slots.state;
    const before = state.trimmed[this.peer]!;
    this.delivery.acknowledged(this.slot, this.peer, upTo);
    if (state.trimmed[this.peer] !== before) this.checkDrained(this.peer);
  }

  /** After the end of a stream: once all of it was delivered, a deferred close is made up for. */
  private checkDrained(end: number): void {
    const state = this.slots.state;
    const bits = state.endpoint[end]!;
    if ((bits & ENDPOINT.DRAINED) !== 0) return;
    if ((bits & ENDPOINT.FIN) === 0 && state.tcpState[end]! < CLOSED) return;
    if (this.delivery.pending(end)) return;
    state.endpoint[end] = bits | ENDPOINT.DRAINED;
    if ((state.bits[this.slot]! & FLOW.CLOSE_DEFERRED) === 0) return;
    this.close(end, true);
    state.bits[this.slot] = state.bits[this.slot]! & ~FLOW.CLOSE_DEFERRED;
  }

  private close(end: number, reports: boolean): void {
    const state = this.slots.state;
    const slot = this.slot;
    if (this.delivery.pending(end)) {
      state.bits[slot] = state.bits[slot]! | FLOW.CLOSE_DEFERRED;
      return;
    }
    state.bits[slot] = state.bits[slot]! & ~FLOW.CLOSE_DEFERRED;
    if ((state.endpoint[end]! & ENDPOINT.CLOSED) !== 0) return;
    state.endpoint[end] = state.endpoint[end]! | ENDPOINT.CLOSED;
    const peer = end ^ 1;
    const complete =
      state.tcpState[end] === RESET ||
      (state.endpoint[peer]! & ENDPOINT.CLOSED) !== 0 ||
      state.tcpState[peer] === INACTIVE;
    if (!complete) {
      if (state.previousState[end] !== INACTIVE) state.halfClosedAt[slot] = state.lastRel[slot]!;
      return;
    }
    if (reports && (state.previousState[end] !== INACTIVE || state.tcpState[peer] !== INACTIVE)) this.silence();
    state.bits[slot] = state.bits[slot]! | FLOW.CLOSING;
    const delay = state.tcpState[end] === RESET ? this.timeouts.tcpReset : this.timeouts.tcpClose;
    state.closeAt[slot] = Math.min(state.closeAt[slot]!, state.lastRel[slot]! + delay);
  }

  /** A SYN+ACK without a SYN and now an ordinary packet: no scan, but a server whose client was not seen to ask. */
  private flipHandshake(slot: number): void {
    const state = this.slots.state;
    this.slot = slot;
    exchangeEnds(this.slots, slot);
    addFlip(this.slots.live, slot);
    state.bits[slot] = (state.bits[slot]! & ~FLOW.PARTIAL) | FLOW.SEEN_ORIG;
    this.setState(slot * 2 + 1, ESTABLISHED);
  }

  private exchange(): void {
    exchangeEnds(this.slots, this.slot);
    addFlip(this.slots.live, this.slot);
    this.end ^= 1;
    this.peer ^= 1;
  }
}
