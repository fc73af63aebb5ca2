/** IPv6 (RFC 8200) with its extension headers; jumbograms (RFC 2675). */
import { SEGMENT } from '../types.ts';
import { fragmentOf } from './ipv4.ts';
import type { DecodeState } from './state.ts';
import { transport } from './transport.ts';

const HEADER = 40;
/** Extension headers followed in one packet. Real ones have at most a handful. */
const MAX_EXTENSIONS = 32;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
const HIP = 139;
const SHIM6 = 140;

const OPTION_JUMBO = 0xc2;
const OPTION_HOME_ADDRESS = 0xc9;
const ROUTING_SOURCE = 0;
const ROUTING_MOBILE = 2;
const ROUTING_SEGMENTS = 4;

function readAddress(s: DecodeState, into: Uint32Array, at: number): void {
  into[0] = s.view.getUint32(at);
  into[1] = s.view.getUint32(at + 4);
  into[2] = s.view.getUint32(at + 8);
  into[3] = s.view.getUint32(at + 12);
}

/** Decodes the IPv6 packet at `at`. Gives false, and no row, when there is none. */
export function ipv6(s: DecodeState, at: number, end: number, limit: number): boolean {
  const { data, view } = s;
  if (end - at < HEADER) return s.tooShort(end, limit, at + HEADER);
  if (data[at]! >>> 4 !== 6) return s.malformed();
  let length = view.getUint16(at + 4);
  const next = data[at + 6]!;
  if (length === 0) length = jumboLength(s, at + HEADER, end, next) || limit - at - HEADER;
  if (length < 0) return s.malformed();
  readAddress(s, s.src, at + 8);
  readAddress(s, s.dst, at + 24);
  s.ttl = data[at + 7]!;
  s.ipLength = length + HEADER;
  s.network = at;
  const ipLimit = at + HEADER + length;
  const ipEnd = end < ipLimit ? end : ipLimit;
  s.flags = SEGMENT.IPV6 | s.lengthFlags(ipLimit, end, limit);
  extensions(s, next, at + HEADER, ipEnd, ipLimit);
  return true;
}

/** Value of the jumbo payload option when a hop-by-hop header with one stands at `at`, else 0. */
function jumboLength(s: DecodeState, at: number, end: number, next: number): number {
  if (next !== HOP_BY_HOP || end - at < 8) return 0;
  const option = findOption(s, OPTION_JUMBO, 4, at, end);
  return option < 0 ? 0 : s.view.getUint32(option);
}

/** Where the data of option `type` (with `length` bytes) of the options header at `at` stand, or -1. */
function findOption(s: DecodeState, type: number, length: number, at: number, end: number): number {
  const { data } = s;
  const stop = Math.min(end, at + (data[at + 1]! + 1) * 8);
  for (let p = at + 2; p + 2 <= stop;) {
    if (data[p] === 0) {
      p++;
      continue;
    }
    const size = data[p + 1]!;
    if (data[p] === type && size === length) return p + 2 + size <= stop ? p + 2 : -1;
    p += 2 + size;
  }
  return -1;
}

function extensions(s: DecodeState, first: number, start: number, end: number, limit: number): void {
  const { data, view } = s;
  let next = first;
  let at = start;
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    if (!isExtension(next)) {
      transport(s, next, at, end, limit, -1);
      return;
    }
    if (end - at < 8) {
      cutOff(s, next, end, end === limit);
      return;
    }
    const after = data[at]!;
    if (next === FRAGMENT) {
      const offset = view.getUint16(at + 2);
      // Neither an offset nor more to come: an atomic fragment (RFC 6946), whole.
      if ((offset & 0xfff9) !== 0) {
        const from = offset & 0xfff8;
        const bytes = limit - at - 8;
        const entry = s.fragments.see(s.src, s.dst, after, view.getUint32(at + 4), from, from + bytes, s.sec);
        fragmentOf(s, entry, after, from, at + 8, end, limit);
        return;
      }
    } else if (next === ROUTING) routing(s, at, end);
    else if (next === DESTINATION) homeAddress(s, at, end);
    at += extensionLength(next, data[at + 1]!);
    next = after;
    if (at > end) {
      cutOff(s, next, end, at > limit);
      return;
    }
  }
  cutOff(s, next, end, true);
}

/** A row without payload for a chain of headers that does not end where it should: it lies, or the capture is cut. */
function cutOff(s: DecodeState, next: number, end: number, lies: boolean): void {
  s.flags |= lies ? SEGMENT.MALFORMED : SEGMENT.TRUNCATED;
  if (lies) s.malformed();
  s.addRow(next, end);
}

function isExtension(next: number): boolean {
  switch (next) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION:
    case MOBILITY:
    case HIP:
    case SHIM6:
      return true;
    default:
      return false;
  }
}

function extensionLength(next: number, length: number): number {
  if (next === FRAGMENT) return 8;
  return next === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
}

/** While hops are left, the packet's real destination stands in the routing header, not in the IP header. */
function routing(s: DecodeState, at: number, end: number): void {
  const { data } = s;
  const type = data[at + 2]!;
  if (data[at + 3] === 0) return;
  const addresses = data[at + 1]! >>> 1;
  // Segment routing (RFC 8754) lists the last hop first, the older types list it last.
  const index = type === ROUTING_SEGMENTS ? 0 : addresses - 1;
  const where = at + 8 + index * 16;
  if (type !== ROUTING_SOURCE && type !== ROUTING_MOBILE && type !== ROUTING_SEGMENTS) return;
  if (addresses > 0 && where + 16 <= end) readAddress(s, s.dst, where);
}

/** A mobile node away from home sends from a care-of address; the connection is its home address's (RFC 6275). */
function homeAddress(s: DecodeState, at: number, end: number): void {
  const option = findOption(s, OPTION_HOME_ADDRESS, 16, at, end);
  if (option >= 0) readAddress(s, s.src, option);
}
