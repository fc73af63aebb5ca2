/** Arithmetic on TCP's 32-bit sequence space, and where an endpoint stands in it. */
import type { FlowState } from './state.ts';

export const WRAP = 4294967296;

/** Jumps larger than this (bytes) are not believed when SYN or RST packets claim them. */
export const TOO_LARGE = 1048576;

/** Signed distance from `b` to `a`. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/**
 * Position of `seq` relative to the endpoint's start, counting the times the space wrapped; negative when it lies
 * before the start. `last` and `wraps` say where the endpoint stood.
 */
export function relative(start: number, seq: number, last: number, wraps: number): number {
  const delta = distance(seq, last);
  let turns = wraps;
  if (delta < 0) {
    if (turns > 0 && seq > last) turns--;
  } else if (delta > 0 && seq < last) turns++;
  return turns === 0 ? distance(seq, start) : seq + turns * WRAP - start;
}

export function startAt(state: FlowState, end: number, start: number, last: number): void {
  state.startSeq[end] = start;
  state.ackSeq[end] = start;
  state.lastSeq[end] = last;
}

export function advanceLast(state: FlowState, end: number, seq: number): void {
  if (seq < state.lastSeq[end]!) state.seqWraps[end] = state.seqWraps[end]! + 1;
  state.lastSeq[end] = seq;
}

export function advanceAck(state: FlowState, end: number, seq: number): void {
  if (seq < state.ackSeq[end]!) state.ackWraps[end] = state.ackWraps[end]! + 1;
  state.ackSeq[end] = seq;
}

/** Acknowledged position in the wire's space, unwrapped. */
function fullAck(state: FlowState, end: number): number {
  return state.ackSeq[end]! + state.ackWraps[end]! * WRAP;
}

export function fullLast(state: FlowState, end: number): number {
  return state.lastSeq[end]! + state.seqWraps[end]! * WRAP;
}

export function relativeAck(state: FlowState, end: number): number {
  return fullAck(state, end) - state.startSeq[end]!;
}

/** None of the endpoint's data was acknowledged (its SYN may have been). */
export function nothingAcknowledged(state: FlowState, end: number): boolean {
  const ack = relativeAck(state, end);
  return ack === 0 || ack === 1;
}
