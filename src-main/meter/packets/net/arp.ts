/** ARP (RFC 826) for IPv4 over any 48-bit hardware: sender and target addresses, operation as `srcPort`. */
import { PROTO } from '../types.ts';
import type { DecodeState } from './state.ts';

const FIXED = 8;
const IPV4_TYPE = 0x0800;

export function arp(s: DecodeState, at: number, end: number, limit: number): void {
  const { data, view, src, dst } = s;
  if (end - at < FIXED) {
    s.tooShort(end, limit, at + FIXED);
    return;
  }
  const hardware = data[at + 4]!;
  const length = FIXED + 2 * hardware + 8;
  if (view.getUint16(at + 2) !== IPV4_TYPE || data[at + 5] !== 4) return;
  if (end - at < length) {
    s.tooShort(end, limit, at + length);
    return;
  }
  src[0] = src[1] = dst[0] = dst[1] = 0;
  src[2] = dst[2] = 0xffff;
  src[3] = view.getUint32(at + FIXED + hardware);
  dst[3] = view.getUint32(at + FIXED + 2 * hardware + 4);
  s.ttl = 0;
  s.ipLength = length;
  s.network = at;
  s.flags = 0;
  const row = s.addRow(PROTO.ARP, at);
  s.columns.srcPort[row] = view.getUint16(at + 6);
  s.setPayload(row, at, at + length, at + length);
}
