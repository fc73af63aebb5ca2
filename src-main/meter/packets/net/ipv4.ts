/** IPv4 (RFC 791). */
import { SEGMENT } from '../types.ts';
import type { DecodeState } from './state.ts';
import { laterFragment, transport } from './transport.ts';

const MIN_HEADER = 20;
const MAPPED = 0xffff;
const MAX_DATAGRAM = 0xffff;

/**
 * Decodes the IPv4 packet at `at`. Gives false, and no row, when there is none.
 */
export function ipv4(s: DecodeState, at: number, end: number, limit: number): boolean {
  const { data, view } = s;
  if (end - at < MIN_HEADER) return s.tooShort(end, limit, at + MIN_HEADER);
  const first = data[at]!;
  const header = (first & 15) << 2;
  if (first >>> 4 !== 4 || header < MIN_HEADER) return s.malformed();
  if (end - at < header) return s.tooShort(end, limit, at + header);
  let length = view.getUint16(at + 2);
  // Zero is what segmentation offload leaves: the length is that of the packet on the wire.
  if (length === 0) length = limit - at;
  if (length < header) return s.malformed();
  const { src, dst } = s;
  src[0] = src[1] = dst[0] = dst[1] = 0;
  src[2] = dst[2] = MAPPED;
  src[3] = view.getUint32(at + 12);
  dst[3] = view.getUint32(at + 16);
  s.ttl = data[at + 8]!;
  s.ipLength = length;
  s.network = at;
  const proto = data[at + 9]!;
  const ipLimit = at + length;
  const ipEnd = end < ipLimit ? end : ipLimit;
  s.flags = s.lengthFlags(ipLimit, end, limit);
  const fragment = view.getUint16(at + 6);
  if ((fragment & 0x3fff) === 0) {
    transport(s, proto, at + header, ipEnd, ipLimit, -1);
    return true;
  }
  const start = (fragment & 0x1fff) * 8;
  const payload = at + header;
  const entry = s.fragments.see(src, dst, proto, view.getUint16(at + 4), start, start + length - header, s.sec);
  fragmentOf(s, entry, proto, start, payload, ipEnd, ipLimit);
  return true;
}

/** What IPv4 and IPv6 do alike with a fragment that `s.fragments` has just seen. */
export function fragmentOf(
  s: DecodeState,
  entry: number,
  proto: number,
  start: number,
  payload: number,
  end: number,
  limit: number,
): void {
  if (s.fragments.evicted) s.warn('fragment-table-full');
  if (s.fragments.overlaps) {
    s.flags |= SEGMENT.FRAGMENT_OVERLAP;
    s.warn('fragment-overlap');
  }
  // No datagram is that long: an attack on those who put it together.
  if (start + limit - payload > MAX_DATAGRAM) {
    s.flags |= SEGMENT.MALFORMED;
    s.malformed();
  }
  if (start > 0) {
    laterFragment(s, proto, payload, end, limit);
    return;
  }
  s.flags |= SEGMENT.FRAGMENT_FIRST;
  transport(s, proto, payload, end, limit, entry);
}
