/** Exchanges originator and responder of a live flow, with everything counted so far. */
import { FLOW, type FlowState } from './state.ts';
import type { Slots } from './slots.ts';

const LIVE_PAIRS = [
  ['origPort', 'respPort'],
  ['origHost', 'respHost'],
  ['origPkts', 'respPkts'],
  ['origIpBytes', 'respIpBytes'],
  ['origBytes', 'respBytes'],
  ['origFlags', 'respFlags'],
  ['origDataPkts', 'respDataPkts'],
  ['origPayload', 'respPayload'],
  ['origPayloadSq', 'respPayloadSq'],
  ['origPayloadMax', 'respPayloadMax'],
  ['origIatSum', 'respIatSum'],
  ['origIatSq', 'respIatSq'],
  ['origIatMin', 'respIatMin'],
  ['origIatMax', 'respIatMax'],
  ['origTtl', 'respTtl'],
  ['origWindow', 'respWindow'],
  ['origRetransmits', 'respRetransmits'],
] as const;

const STATE_PAIRS = [
  'directionRel',
  'finSeq',
  'delivered',
  'trimmed',
  'blockTop',
  'startSeq',
  'lastSeq',
  'ackSeq',
  'seqWraps',
  'ackWraps',
  'synAt',
  'finAt',
  'rstAt',
  'zeroWindows',
  'gaps',
  'badChecksums',
  'tag',
  'ranges',
  'tcpState',
  'previousState',
  'endpoint',
] as const satisfies readonly (keyof FlowState)[];

interface Numbers {
  [index: number]: number;
}

function exchange(one: Numbers, i: number, two: Numbers, j: number): void {
  const kept = one[i]!;
  one[i] = two[j]!;
  two[j] = kept;
}

/** The caller writes the history's mark. */
export function exchangeEnds(slots: Slots, slot: number): void {
  const { live, state } = slots;
  for (const [one, two] of LIVE_PAIRS) exchange(live[one], slot, live[two], slot);
  for (let i = slot * 4; i < slot * 4 + 4; i++) {
    exchange(live.orig, i, live.resp, i);
    live.firstSizes[i] = -live.firstSizes[i]!;
  }
  for (const name of STATE_PAIRS) exchange(state[name], slot * 2, state[name], slot * 2 + 1);
  state.seen[slot] = (state.seen[slot]! >>> 16) | (state.seen[slot]! << 16);
  const bits = state.bits[slot]!;
  const seenOrig = (bits & FLOW.SEEN_RESP) !== 0 ? FLOW.SEEN_ORIG : 0;
  const seenResp = (bits & FLOW.SEEN_ORIG) !== 0 ? FLOW.SEEN_RESP : 0;
  state.bits[slot] = (bits & ~(FLOW.SEEN_ORIG | FLOW.SEEN_RESP)) | seenOrig | seenResp;
  live.flipped[slot] = 1;
}
