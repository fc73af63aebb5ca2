/** Checksums of packets (RFC 1071). Where not all of a packet was captured, they are not known. */
import { PROTO, SEGMENT } from '../../../meter/packets/types.ts';
import type { Scene } from './scene.ts';

/** Whether it is right; undefined: the packet has none, or it cannot be known. */
export type ChecksumTest = (scene: Scene) => boolean | undefined;

function sum(data: Uint8Array, at: number, end: number, start = 0): number {
  let total = start;
  let i = at;
  for (; i + 1 < end; i += 2) total += (data[i]! << 8) | data[i + 1]!;
  if (i < end) total += data[i]! << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return total;
}

const isSix = (s: Scene): boolean => (s.columns.flags[s.row]! & SEGMENT.IPV6) !== 0;

export const ipv4Checksum: ChecksumTest = (s) => {
  if (s.row < 0 || s.columns.proto[s.row]! >= 256 || isSix(s)) return undefined;
  const at = s.columns.network[s.row]!;
  const end = at + (s.data[at]! & 15) * 4;
  return end > s.packetEnd ? undefined : sum(s.data, at, end) === 0xffff;
};

/** Of the transport `proto` over IP of `version`; undefined: either. */
export function transportChecksum(proto: number, version: 4 | 6 | undefined, pseudo: boolean): ChecksumTest {
  return (s) => {
    if (s.row < 0 || s.columns.proto[s.row] !== proto) return undefined;
    if (version !== undefined && isSix(s) !== (version === 6)) return undefined;
    const flags = s.columns.flags[s.row]!;
    const partial = SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER | SEGMENT.MALFORMED | SEGMENT.TRUNCATED;
    if ((flags & partial) !== 0) return undefined;
    const at = s.columns.transport[s.row]!;
    const end = s.columns.network[s.row]! + s.columns.ipLength[s.row]!;
    if (end > s.packetEnd || end <= at) return undefined;
    if (proto === PROTO.UDP && s.view.getUint16(at + 6) === 0 && !isSix(s)) return true;
    return sum(s.data, at, end, pseudo ? pseudoHeader(s, proto, end - at) : 0) === 0xffff;
  };
}

function pseudoHeader(s: Scene, proto: number, length: number): number {
  const { columns: c, row } = s;
  const words = isSix(s) ? [0, 1, 2, 3] : [3];
  let total = proto + length;
  for (const i of words)
    for (const word of [c.src[row * 4 + i]!, c.dst[row * 4 + i]!]) total += (word >>> 16) + (word & 0xffff);
  return total;
}

export const CHECKSUMS: ReadonlyMap<string, ChecksumTest> = new Map([
  ['ipv4-csum', ipv4Checksum],
  ['tcpv4-csum', transportChecksum(PROTO.TCP, 4, true)],
  ['tcpv6-csum', transportChecksum(PROTO.TCP, 6, true)],
  ['udpv4-csum', transportChecksum(PROTO.UDP, 4, true)],
  ['udpv6-csum', transportChecksum(PROTO.UDP, 6, true)],
  ['icmpv4-csum', transportChecksum(PROTO.ICMP, undefined, false)],
  ['icmpv6-csum', transportChecksum(PROTO.ICMPV6, undefined, true)],
  ['igmp-csum', transportChecksum(PROTO.IGMP, undefined, false)],
]);
