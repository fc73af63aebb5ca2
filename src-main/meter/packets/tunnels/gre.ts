/** GRE (RFC 2784, 2890), PPTP's version 1 (RFC 2637), ERSPAN I to III, Aruba's 802.11 in GRE. */
import { TUNNEL } from '../types.ts';
import { etherPayload, ETHERTYPE, ethernet, ppp, anyIp } from '../net/ethertype.ts';
import type { DecodeState, Layer } from '../net/state.ts';
import { wifi } from '../link/wifi.ts';
import { follow } from './follow.ts';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGED = 0x0080;

const ERSPAN_1_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
const WCCP = 0x883e;
const ARUBA_FIRST = 0x8200;
const ARUBA_LAST = 0x82ff;
const ARUBA_OTHER = 0x9000;

const FROM_ETHERTYPE: ReadonlyMap<number, Layer> = new Map<number, Layer>(
  [ETHERTYPE.IPV4, ETHERTYPE.IPV6, ETHERTYPE.MPLS, ETHERTYPE.BRIDGED].map((type) => [
    type,
    (s: DecodeState, at: number, end: number, limit: number): void => etherPayload(s, type, at, end, limit),
  ]),
);

export function gre(s: DecodeState, row: number, at: number, end: number, limit: number): void {
  if (end - at < 4) return;
  const flags = s.view.getUint16(at);
  const version = flags & 7;
  if (version > 1 || (flags & ROUTING) !== 0) return;
  let next = at + 4;
  if ((flags & CHECKSUM) !== 0) next += 4;
  if ((flags & KEY) !== 0) next += 4;
  if ((flags & SEQUENCE) !== 0) next += 4;
  if (version === 1 && (flags & ACKNOWLEDGED) !== 0) next += 4;
  if (next >= end) return;
  const type = s.view.getUint16(at + 2);
  if (version === 1) {
    if (type === ETHERTYPE.PPP) follow(s, row, TUNNEL.GRE, ppp, next, end, limit);
  } else version0(s, row, type, (flags & SEQUENCE) !== 0, next, end, limit);
}

function version0(
  s: DecodeState,
  row: number,
  type: number,
  numbered: boolean,
  at: number,
  end: number,
  limit: number,
): void {
  const layer = FROM_ETHERTYPE.get(type);
  if (layer) follow(s, row, TUNNEL.GRE, layer, at, end, limit);
  else if (type === ERSPAN_1_2) follow(s, row, TUNNEL.ERSPAN, ethernet, at + (numbered ? 8 : 0), end, limit);
  else if (type === ERSPAN_3) erspan3(s, row, at, end, limit);
  else if (type === ETHERTYPE.PPP) follow(s, row, TUNNEL.GRE, ppp, at, end, limit);
  else if (type === WCCP) follow(s, row, TUNNEL.GRE, anyIp, s.data[at]! >>> 4 === 4 ? at : at + 4, end, limit);
  else if (type === ARUBA_OTHER || (type >= ARUBA_FIRST && type <= ARUBA_LAST)) {
    follow(s, row, TUNNEL.GRE, wifi, at, end, limit);
  }
}

/** Twelve bytes of header, and eight more when the last bit says so. */
function erspan3(s: DecodeState, row: number, at: number, end: number, limit: number): void {
  if (end - at < 12) return;
  const header = (s.data[at + 11]! & 1) !== 0 ? 20 : 12;
  follow(s, row, TUNNEL.ERSPAN, ethernet, at + header, end, limit);
}
