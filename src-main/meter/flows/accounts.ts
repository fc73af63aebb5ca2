/** The counters that features are made of. Called once a packet: flat, without allocation. */
import type { FlowState } from './state.ts';
import { TCP_FLAG } from './tcp.ts';
import type { FlowTable } from './types.ts';

type Live = FlowTable['live'];

const FIRST_SIZES = 4;

/** Packet of `side` at `rel` seconds after the flow's start. */
export function countPacket(
  live: Live,
  state: FlowState,
  slot: number,
  side: number,
  rel: number,
  ipLength: number,
  payload: number,
  ttl: number,
): void {
  const before = state.directionRel[slot * 2 + side]!;
  state.directionRel[slot * 2 + side] = rel;
  if (side === 0) {
    live.origPkts[slot] = live.origPkts[slot]! + 1;
    live.origIpBytes[slot] = live.origIpBytes[slot]! + ipLength;
    if (before !== before) live.origTtl[slot] = ttl;
    else countOrigGap(live, slot, rel - before);
    if (payload > 0) {
      live.origDataPkts[slot] = live.origDataPkts[slot]! + 1;
      live.origPayload[slot] = live.origPayload[slot]! + payload;
      live.origPayloadSq[slot] = live.origPayloadSq[slot]! + payload * payload;
      if (payload > live.origPayloadMax[slot]!) live.origPayloadMax[slot] = payload;
    }
  } else {
    live.respPkts[slot] = live.respPkts[slot]! + 1;
    live.respIpBytes[slot] = live.respIpBytes[slot]! + ipLength;
    if (before !== before) live.respTtl[slot] = ttl;
    else countRespGap(live, slot, rel - before);
    if (payload > 0) {
      live.respDataPkts[slot] = live.respDataPkts[slot]! + 1;
      live.respPayload[slot] = live.respPayload[slot]! + payload;
      live.respPayloadSq[slot] = live.respPayloadSq[slot]! + payload * payload;
      if (payload > live.respPayloadMax[slot]!) live.respPayloadMax[slot] = payload;
    }
  }
  if (payload > 0) {
    const number = live.origDataPkts[slot]! + live.respDataPkts[slot]!;
    if (number <= FIRST_SIZES) live.firstSizes[slot * FIRST_SIZES + number - 1] = side === 0 ? payload : -payload;
  }
}

/** Time since the direction's packet before; clocks that go back count as no time. */
function countOrigGap(live: Live, slot: number, gap: number): void {
  const seconds = gap > 0 ? gap : 0;
  if (live.origPkts[slot] === 2 || seconds < live.origIatMin[slot]!) live.origIatMin[slot] = seconds;
  if (seconds > live.origIatMax[slot]!) live.origIatMax[slot] = seconds;
  live.origIatSum[slot] = live.origIatSum[slot]! + seconds;
  live.origIatSq[slot] = live.origIatSq[slot]! + seconds * seconds;
}

function countRespGap(live: Live, slot: number, gap: number): void {
  const seconds = gap > 0 ? gap : 0;
  if (live.respPkts[slot] === 2 || seconds < live.respIatMin[slot]!) live.respIatMin[slot] = seconds;
  if (seconds > live.respIatMax[slot]!) live.respIatMax[slot] = seconds;
  live.respIatSum[slot] = live.respIatSum[slot]! + seconds;
  live.respIatSq[slot] = live.respIatSq[slot]! + seconds * seconds;
}

/** After `countPacket`. */
export function countTcp(live: Live, slot: number, side: number, flags: number, window: number): void {
  if (side === 0) {
    live.origFlags[slot] = live.origFlags[slot]! | flags;
    if (live.origPkts[slot] === 1) live.origWindow[slot] = window;
  } else {
    live.respFlags[slot] = live.respFlags[slot]! | flags;
    if (live.respPkts[slot] === 1) live.respWindow[slot] = window;
  }
  if ((flags & ~TCP_FLAG.ACK) === 0) return;
  if ((flags & TCP_FLAG.SYN) !== 0) live.synCount[slot] = live.synCount[slot]! + 1;
  if ((flags & TCP_FLAG.FIN) !== 0) live.finCount[slot] = live.finCount[slot]! + 1;
  if ((flags & TCP_FLAG.RST) !== 0) live.rstCount[slot] = live.rstCount[slot]! + 1;
  if ((flags & TCP_FLAG.PSH) !== 0) live.pshCount[slot] = live.pshCount[slot]! + 1;
  if ((flags & TCP_FLAG.URG) !== 0) live.urgCount[slot] = live.urgCount[slot]! + 1;
}
