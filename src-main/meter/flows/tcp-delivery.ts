/**
 * What of a TCP stream was seen, what is missing, and whether anything is still outstanding: the bookkeeping of a
 * reassembler without its bytes. Decides `missed_bytes`, the letter g, and when a close is complete.
 */
import { addLetter, isMilestone, LETTER } from './history.ts';
import { RangePool } from './ranges.ts';
import type { Slots } from './slots.ts';
import { ENDPOINT, FLOW, TCP_STATE } from './state.ts';
import { fullLast, nothingAcknowledged, relativeAck, WRAP } from './tcp-sequence.ts';
import { endpointSize } from './tcp-size.ts';

const NONE = -1;

/** Zeek's `tcp_max_initial_window`, `tcp_max_above_hole_without_any_acks`, `tcp_excessive_data_without_further_acks`. */
const INITIAL_WINDOW = 16384;
const ABOVE_HOLE_UNACKED = 16384;
const EXCESSIVE_UNACKED = 10 * 1024 * 1024;

export class TcpDelivery {
  private readonly slots: Slots;
  private readonly pool: RangePool;

  constructor(slots: Slots, pool: RangePool = new RangePool()) {
    this.slots = slots;
    this.pool = pool;
  }

  /** Payload [from, from + length) of `end` was captured whole. */
  sent(end: number, from: number, length: number): void {
    const state = this.slots.state;
    if ((state.endpoint[end]! & ENDPOINT.GIVEN_UP) !== 0) return;
    const to = from + length;
    let begin = from;
    const ack = relativeAck(state, end);
    if (begin < ack) {
      if (to <= ack) return;
      begin = ack;
    }
    if (to <= state.trimmed[end]!) return;
    if (begin < state.trimmed[end]!) begin = state.trimmed[end]!;
    if (to > state.blockTop[end]!) state.blockTop[end] = to;
    if (begin > state.delivered[end]!) {
      state.ranges[end] = this.pool.add(state.ranges[end]!, begin, to);
    } else if (to > state.delivered[end]!) {
      state.delivered[end] = to;
      this.absorb(end);
    }
    this.limit(end);
  }

  /** Bytes of `end` up to `upTo` were acknowledged by its peer. */
  acknowledged(slot: number, end: number, upTo: number): void {
    const state = this.slots.state;
    let to = upTo;
    if ((state.endpoint[end]! & ENDPOINT.FIN) !== 0 && to >= state.finSeq[end]!) to = state.finSeq[end]! - 1;
    if (to <= state.trimmed[end]!) return;
    if (to > state.delivered[end]!) this.missing(slot, end, to);
    let head = state.ranges[end]!;
    while (head !== NONE && this.pool.end[head]! <= to) head = this.pool.drop(head);
    state.ranges[end] = head;
    this.absorb(end);
    state.trimmed[end] = to;
  }

  /** True while data of `end` is missing, or what its peer sent is not acknowledged yet. */
  pending(end: number): boolean {
    const state = this.slots.state;
    if ((state.endpoint[end]! & ENDPOINT.GIVEN_UP) !== 0) return false;
    const delivered = state.startSeq[end]! + state.delivered[end]!;
    const last = fullLast(state, end);
    if (last < delivered) return false;
    if (delivered !== last - 1 && delivered !== last) return true;
    const peer = end ^ 1;
    return state.tcpState[end] !== TCP_STATE.RESET && state.blockTop[peer]! > state.trimmed[peer]!;
  }

  /** Forgets the stretches of a flow that ends. */
  release(slot: number): void {
    const ranges = this.slots.state.ranges;
    for (let end = slot * 2; end < slot * 2 + 2; end++) {
      this.pool.clear(ranges[end]!);
      ranges[end] = NONE;
    }
  }

  /** What lies beyond the delivered part and touches it is delivered too. */
  private absorb(end: number): void {
    const state = this.slots.state;
    let head = state.ranges[end]!;
    while (head !== NONE && this.pool.start[head]! <= state.delivered[end]!) {
      if (this.pool.end[head]! > state.delivered[end]!) state.delivered[end] = this.pool.end[head]!;
      head = this.pool.drop(head);
    }
    state.ranges[end] = head;
  }

  /** The peer acknowledges bytes that were never seen: each hole below `upTo` is a gap. */
  private missing(slot: number, end: number, upTo: number): void {
    const state = this.slots.state;
    if (upTo <= 2 && (state.bits[slot]! & FLOW.PARTIAL) !== 0) return;
    if ((state.endpoint[end]! & ENDPOINT.GIVEN_UP) === 0) {
      for (let head = state.ranges[end]!; head !== NONE && this.pool.start[head]! < upTo; head = state.ranges[end]!) {
        this.gap(slot, end, this.pool.start[head]! - state.delivered[end]!);
        state.delivered[end] = this.pool.start[head]!;
        this.absorb(end);
      }
      if (upTo > state.delivered[end]!) this.gap(slot, end, upTo - state.delivered[end]!);
    }
    if (upTo > state.delivered[end]!) state.delivered[end] = upTo;
  }

  /** Only in orderly connections is a hole believed to be loss. */
  private gap(slot: number, end: number, length: number): void {
    if (!this.orderly(end) || !this.orderly(end ^ 1)) return;
    const { live, state } = this.slots;
    const count = state.gaps[end]! + 1;
    state.gaps[end] = count;
    if (isMilestone(count)) addLetter(live, slot, LETTER.GAP, end & 1);
    live.missedBytes[slot] = live.missedBytes[slot]! + length;
  }

  private orderly(end: number): boolean {
    const state = this.slots.state;
    const now = state.tcpState[end];
    return (
      now === TCP_STATE.ESTABLISHED || (now === TCP_STATE.CLOSED && state.previousState[end] === TCP_STATE.ESTABLISHED)
    );
  }

  /** One-sided captures acknowledge nothing: what would be held for ever is let go. */
  private limit(end: number): void {
    const state = this.slots.state;
    const head = state.ranges[end]!;
    if (nothingAcknowledged(state, end)) {
      if (endpointSize(state, end) > INITIAL_WINDOW && state.delivered[end]! > state.trimmed[end]!) {
        state.trimmed[end] = state.delivered[end]!;
      }
      if (head !== NONE && state.blockTop[end]! - state.delivered[end]! > ABOVE_HOLE_UNACKED) this.giveUp(end);
    }
    if (state.blockTop[end]! - state.trimmed[end]! > EXCESSIVE_UNACKED && this.held(end) > EXCESSIVE_UNACKED) {
      this.giveUp(end);
    }
  }

  /** Bytes that a reassembler would hold: not acknowledged yet, or beyond a hole. */
  private held(end: number): number {
    const state = this.slots.state;
    let bytes = Math.max(0, state.delivered[end]! - state.trimmed[end]!);
    for (let at = state.ranges[end]!; at !== NONE; at = this.pool.next[at]!) {
      bytes += this.pool.end[at]! - this.pool.start[at]!;
    }
    return bytes;
  }

  private giveUp(end: number): void {
    const state = this.slots.state;
    this.pool.clear(state.ranges[end]!);
    state.ranges[end] = NONE;
    state.blockTop[end] = 0;
    state.endpoint[end] = state.endpoint[end]! | ENDPOINT.GIVEN_UP;
  }
}

/** A FIN's position as an unsigned number: one before the start of a stream is far beyond its end. */
export function finPosition(position: number): number {
  return position < 0 ? position + WRAP * WRAP : position;
}
