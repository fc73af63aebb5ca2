/**
 * Tunnels in UDP. Ports alone prove nothing: each checks that the payload is what the port promises, and says so
 * by giving rows for it.
 */
import { TUNNEL } from '../types.ts';
import { anyIp, etherPayload, ethernet, ETHERTYPE } from '../net/ethertype.ts';
import { ipv6 } from '../net/ipv6.ts';
import type { DecodeState } from '../net/state.ts';
import { follow, looksLikeIp, reach } from './follow.ts';

/** `at…` is the UDP payload of the segment at `row`. Gives whether it was such a tunnel. */
export type UdpTunnel = (s: DecodeState, row: number, at: number, end: number, limit: number) => boolean;

const ETHERNET_HEADER = 14;
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100]);

/** Whether an Ethernet frame begins at `at` whose type is one that is followed, with an IP header that agrees. */
function looksLikeFrame(s: DecodeState, at: number, end: number, limit: number): boolean {
  let p = at + ETHERNET_HEADER;
  if (end < p) return false;
  let type = s.view.getUint16(p - 2);
  while (VLAN_TYPES.has(type) && end - p >= 4) {
    type = s.view.getUint16(p + 2);
    p += 4;
  }
  if (type === ETHERTYPE.IPV4 || type === ETHERTYPE.IPV6) return looksLikeIp(s, p, end, limit);
  return type === ETHERTYPE.ARP || type <= 1500 || type === ETHERTYPE.MPLS;
}

/** VXLAN (RFC 7348): the flag that the network id is valid must be set; what else stands there is ignored. */
export function vxlan(s: DecodeState, row: number, at: number, end: number, limit: number): boolean {
  if (end - at < 8 || (s.data[at]! & 0x08) === 0) return false;
  if (!looksLikeFrame(s, at + 8, end, reach(s, row, limit))) return false;
  return follow(s, row, TUNNEL.VXLAN, ethernet, at + 8, end, limit);
}

/** GENEVE (RFC 8926). */
export function geneve(s: DecodeState, row: number, at: number, end: number, limit: number): boolean {
  if (end - at < 8 || s.data[at]! >>> 6 !== 0) return false;
  const next = at + 8 + (s.data[at]! & 0x3f) * 4;
  const type = s.view.getUint16(at + 2);
  if (next >= end) return false;
  if (type === ETHERTYPE.BRIDGED) {
    return (
      looksLikeFrame(s, next, end, reach(s, row, limit)) && follow(s, row, TUNNEL.GENEVE, ethernet, next, end, limit)
    );
  }
  if (type !== ETHERTYPE.IPV4 && type !== ETHERTYPE.IPV6) return false;
  if (!looksLikeIp(s, next, end, reach(s, row, limit))) return false;
  const inside = (t: DecodeState, p: number, e: number, l: number): void => etherPayload(t, type, p, e, l);
  return follow(s, row, TUNNEL.GENEVE, inside, next, end, limit);
}

const GTP_G_PDU = 0xff;
const GTP_MAX_EXTENSIONS = 8;

/** GTP-U version 1 (3GPP TS 29.281): user packets only. */
export function gtpU(s: DecodeState, row: number, at: number, end: number, limit: number): boolean {
  if (end - at < 8) return false;
  const flags = s.data[at]!;
  if (flags >>> 5 !== 1 || (flags & 0x10) === 0 || s.data[at + 1] !== GTP_G_PDU) return false;
  const stop = at + 8 + s.view.getUint16(at + 2);
  if (stop < limit || stop > reach(s, row, limit)) return false;
  const next = (flags & 7) === 0 ? at + 8 : gtpExtensions(s, at + 8, end, (flags & 4) !== 0);
  if (next < 0 || !looksLikeIp(s, next, end, reach(s, row, limit))) return false;
  return follow(s, row, TUNNEL.GTPU, anyIp, next, end, limit);
}

/** End of the optional fields at `at` and of the extension headers, or -1 when they run over. */
function gtpExtensions(s: DecodeState, at: number, end: number, hasExtensions: boolean): number {
  let next = at + 4;
  if (end < next) return -1;
  let type = hasExtensions ? s.data[next - 1]! : 0;
  for (let i = 0; type !== 0; i++) {
    const length = next < end ? s.data[next]! * 4 : 0;
    if (i === GTP_MAX_EXTENSIONS || length === 0 || next + length > end) return -1;
    next += length;
    type = s.data[next - 1]!;
  }
  return next;
}

const TEREDO_AUTHENTICATION = 1;
const TEREDO_ORIGIN = 0;

/** Teredo (RFC 4380): IPv6, perhaps behind an authentication and an origin indication. */
export function teredo(s: DecodeState, row: number, at: number, end: number, limit: number): boolean {
  let next = at;
  if (end - next >= 13 && s.view.getUint16(next) === TEREDO_AUTHENTICATION) {
    next += 13 + s.data[next + 2]! + s.data[next + 3]!;
  }
  if (end - next >= 8 && s.view.getUint16(next) === TEREDO_ORIGIN) next += 8;
  if (end - next < 40 || s.data[next]! >>> 4 !== 6) return false;
  const stop = next + 40 + s.view.getUint16(next + 4);
  if (stop < limit || stop > reach(s, row, limit)) return false;
  return follow(s, row, TUNNEL.TEREDO, asIpv6, next, end, limit);
}

function asIpv6(s: DecodeState, at: number, end: number, limit: number): void {
  ipv6(s, at, end, limit);
}

const AYIYA_FORWARD = 1;
const NEXT_IPV4 = 4;
const NEXT_IPV6 = 41;

/** AYIYA (draft-massar-v6ops-ayiya). */
export function ayiya(s: DecodeState, row: number, at: number, end: number, limit: number): boolean {
  if (end - at < 8) return false;
  const identity = 1 << (s.data[at]! >>> 4);
  const signature = (s.data[at + 1]! >>> 4) * 4;
  const next = at + 8 + identity + signature;
  const inside = s.data[at + 3]!;
  if ((s.data[at + 2]! & 15) !== AYIYA_FORWARD || (inside !== NEXT_IPV6 && inside !== NEXT_IPV4)) return false;
  return looksLikeIp(s, next, end, reach(s, row, limit)) && follow(s, row, TUNNEL.AYIYA, anyIp, next, end, limit);
}
