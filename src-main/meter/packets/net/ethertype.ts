/** What an EtherType announces: IP, ARP, and the tags and shims in front of them. */
import { arp } from './arp.ts';
import { ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import type { DecodeState } from './state.ts';

export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  BRIDGED: 0x6558,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  PPP: 0x880b,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  PPPOE_SESSION: 0x8864,
  MACSEC: 0x88e5,
  BACKBONE: 0x88e7,
  VN_TAG: 0x8926,
  E_TAG: 0x893f,
  NSH: 0x894f,
} as const;

/** Values up to here are lengths of an 802.3 frame. */
export const LAST_LENGTH = 1500;
/** Tags, labels and shims followed in one packet. */
const MAX_LAYERS = 16;

/** Decodes `at…` as what `type` says. Frames of other protocols give no row. */
export function etherPayload(s: DecodeState, type: number, at: number, end: number, limit: number): void {
  if (type === ETHERTYPE.IPV4) ipv4(s, at, end, limit);
  else if (type === ETHERTYPE.IPV6) ipv6(s, at, end, limit);
  else if (type === ETHERTYPE.ARP) arp(s, at, end, limit);
  else if (type <= LAST_LENGTH) llc(s, at, Math.min(end, at + type), Math.min(limit, at + type));
  else shim(s, type, at, end, limit);
}

function shim(s: DecodeState, type: number, at: number, end: number, limit: number): void {
  if (++s.layers > MAX_LAYERS) {
    s.malformed();
    return;
  }
  switch (type) {
    case ETHERTYPE.VLAN:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case 0x9300:
      if (end - at >= 2) s.addVlan(s.view.getUint16(at));
      tagged(s, 2, at, end, limit);
      return;
    case ETHERTYPE.VN_TAG:
      tagged(s, 4, at, end, limit);
      return;
    case ETHERTYPE.E_TAG:
      tagged(s, 6, at, end, limit);
      return;
    case ETHERTYPE.MPLS:
    case ETHERTYPE.MPLS_MULTICAST:
      mpls(s, at, end, limit);
      return;
    case ETHERTYPE.PPPOE_SESSION:
      pppoe(s, at, end, limit);
      return;
    case ETHERTYPE.PPP:
      ppp(s, at, end, limit);
      return;
    case ETHERTYPE.BACKBONE:
      // The service tag (IEEE 802.1ah) is followed by the customer's whole Ethernet header.
      ethernet(s, at + 4, end, limit);
      return;
    case ETHERTYPE.BRIDGED:
      ethernet(s, at, end, limit);
      return;
    case ETHERTYPE.MACSEC:
      macsec(s, at, end, limit);
      return;
    case ETHERTYPE.NSH:
      nsh(s, at, end, limit);
      return;
    default:
  }
}

/** A tag of `size` bytes, then the EtherType of what follows. */
function tagged(s: DecodeState, size: number, at: number, end: number, limit: number): void {
  const next = at + size + 2;
  if (end < next) s.tooShort(end, limit, next);
  else etherPayload(s, s.view.getUint16(next - 2), next, end, limit);
}

export function ethernet(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 14) {
    s.tooShort(end, limit, at + 14);
    return;
  }
  s.readMacs(at);
  etherPayload(s, s.view.getUint16(at + 12), at + 14, end, limit);
}

/** IEEE 802.2, with SNAP where it says so. */
export function llc(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 3) return;
  const { data, view } = s;
  const saps = view.getUint16(at);
  if (saps === 0x0606 && data[at + 2] === 3) ipv4(s, at + 3, end, limit);
  if (saps !== 0xaaaa || data[at + 2] !== 3 || end - at < 8) return;
  const organisation = (data[at + 3]! << 16) | view.getUint16(at + 4);
  const type = view.getUint16(at + 6);
  // 0x0000f8 is how bridges mark frames that were Ethernet II before (RFC 1042, IEEE 802.1H).
  if ((organisation === 0 || organisation === 0xf8) && type > LAST_LENGTH) etherPayload(s, type, at + 8, end, limit);
}

/** Labels, then what the first half-byte says: IP, or a pseudo-wire with (RFC 4385) or without control word. */
export function mpls(s: DecodeState, at: number, end: number, limit: number): void {
  let p = at;
  for (let i = 0; i < MAX_LAYERS; i++, p += 4) {
    if (end - p < 5) return;
    if ((s.data[p + 2]! & 1) !== 0) break;
  }
  p += 4;
  if (end <= p) return;
  const nibble = s.data[p]! >>> 4;
  if (nibble === 4) ipv4(s, p, end, limit);
  else if (nibble === 6) ipv6(s, p, end, limit);
  else ethernet(s, nibble === 0 && isControlWord(s, p, end) ? p + 4 : p, end, limit);
}

/** A control word's upper half is mostly zero; a MAC address that begins so is Xerox's and long out of use. */
function isControlWord(s: DecodeState, at: number, end: number): boolean {
  return end - at >= 18 && s.data[at] === 0;
}

export function pppoe(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) {
    s.tooShort(end, limit, at + 8);
    return;
  }
  if (s.data[at] !== 0x11 || s.data[at + 1] !== 0) return;
  const stop = at + 6 + s.view.getUint16(at + 4);
  ppp(s, at + 6, Math.min(end, stop), Math.min(limit, stop));
}

/** From the PPP protocol field on (RFC 1661; one byte when its last bit is set), address and control passed over. */
export function ppp(s: DecodeState, start: number, end: number, limit: number): void {
  if (end - start < 4) return;
  const { data } = s;
  const at = data[start] === 0xff && data[start + 1] === 3 ? start + 2 : start;
  const isShort = (data[at]! & 1) !== 0;
  const protocol = isShort ? data[at]! : s.view.getUint16(at);
  const next = at + (isShort ? 1 : 2);
  if (protocol === 0x21) ipv4(s, next, end, limit);
  else if (protocol === 0x57) ipv6(s, next, end, limit);
  else if (protocol === 0x281) mpls(s, next, end, limit);
}

/** IEEE 802.1AE: only frames that are signed but not encrypted show what they carry. */
function macsec(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 6) return;
  const control = s.data[at]!;
  if ((control & 0x0c) !== 0) {
    s.warn('encrypted-frame');
    return;
  }
  tagged(s, (control & 0x20) !== 0 ? 14 : 6, at, end, limit);
}

/** Network service header (RFC 8300). */
function nsh(s: DecodeState, at: number, end: number, limit: number): void {
  if (end - at < 8) return;
  const next = at + (s.data[at + 1]! & 0x3f) * 4;
  if (next < at + 8 || next > end) return;
  const protocol = s.data[at + 3]!;
  if (protocol === 1) ipv4(s, next, end, limit);
  else if (protocol === 2) ipv6(s, next, end, limit);
  else if (protocol === 3) ethernet(s, next, end, limit);
}

/** An IP packet of either version, by its first half-byte. */
export function anyIp(s: DecodeState, at: number, end: number, limit: number): void {
  if (end <= at) {
    s.tooShort(end, limit, at + 1);
    return;
  }
  const version = s.data[at]! >>> 4;
  if (version === 4) ipv4(s, at, end, limit);
  else if (version === 6) ipv6(s, at, end, limit);
  else s.malformed();
}
