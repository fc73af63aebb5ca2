/** Fields of a packet that rules compare. NaN: the packet has no such field. */
import { isIPv4 } from '../../../meter/hosts.ts';
import { PROTO, SEGMENT } from '../../../meter/packets/types.ts';
import type { Scene } from './scene.ts';

type Reader = (scene: Scene) => number;

const isSix = (s: Scene): boolean => (s.columns.flags[s.row]! & SEGMENT.IPV6) !== 0;
const network = (s: Scene): number => s.columns.network[s.row]!;
const transport = (s: Scene): number => s.columns.transport[s.row]!;
const proto = (s: Scene): number => s.columns.proto[s.row]!;

const isIp = (s: Scene): boolean => s.row >= 0 && proto(s) < 256;

/** The packet is there, is IP, and its first `bytes` are. */
function ip(s: Scene, version: 4 | 6, bytes: number): number {
  if (s.row < 0 || proto(s) >= 256 || isSix(s) !== (version === 6)) return -1;
  return network(s) + bytes <= s.data.length ? network(s) : -1;
}

/** Where the transport header stands, when `bytes` of it were captured. */
function header(s: Scene, protocols: readonly number[], bytes: number): number {
  if (s.row < 0 || !protocols.includes(proto(s))) return -1;
  const flags = s.columns.flags[s.row]!;
  if ((flags & (SEGMENT.MALFORMED | SEGMENT.FRAGMENT_LATER)) !== 0) return -1;
  return transport(s) + bytes <= s.data.length ? transport(s) : -1;
}

function ipv4(bytes: number, read: (s: Scene, at: number) => number): Reader {
  return (s) => {
    const at = ip(s, 4, bytes);
    return at < 0 ? NaN : read(s, at);
  };
}

function of(protocols: readonly number[], bytes: number, read: (s: Scene, at: number) => number): Reader {
  return (s) => {
    const at = header(s, protocols, bytes);
    return at < 0 ? NaN : read(s, at);
  };
}

const TCP = [PROTO.TCP];
const PINGS = [0, 8, 13, 14, 15, 16, 17, 18, 128, 129];

/** Where options of TCP are: `read` gets each with its length. */
export function tcpOption(s: Scene, kind: number): { at: number; length: number } | null {
  const at = header(s, TCP, 20);
  if (at < 0) return null;
  const end = Math.min(s.data.length, at + (s.data[at + 12]! >>> 4) * 4);
  for (let p = at + 20; p < end;) {
    const type = s.data[p]!;
    if (type === 0) return null;
    if (type === 1) {
      p++;
      continue;
    }
    const length = s.data[p + 1] ?? 0;
    if (length < 2 || p + length > end) return null;
    if (type === kind) return { at: p, length };
    p += length;
  }
  return null;
}

function ping(field: number): Reader {
  return of([PROTO.ICMP, PROTO.ICMPV6], 8, (s, at) =>
    PINGS.includes(s.data[at]!) ? s.view.getUint16(at + field) : NaN,
  );
}

/** The header of IGMP is no payload. */
function payloadSize(s: Scene): number {
  const length = s.columns.payloadLength[s.row]!;
  const isBare = proto(s) === PROTO.IGMP && s.columns.payload[s.row] === transport(s);
  return isBare ? Math.max(0, length - 8) : length;
}

export const FIELDS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ttl', (s) => (s.row < 0 || proto(s) >= 256 ? NaN : s.columns.ttl[s.row]!)],
  ['id', ipv4(6, (s, at) => s.view.getUint16(at + 4))],
  ['tos', ipv4(2, (s, at) => s.data[at + 1]!)],
  ['fragoffset', ipv4(8, (s, at) => s.view.getUint16(at + 6) & 0x1fff)],
  ['ip_proto', (s) => (s.row < 0 || proto(s) >= 256 ? NaN : proto(s))],
  ['dsize', (s) => (s.row < 0 || proto(s) >= 256 ? NaN : payloadSize(s))],
  ['seq', of(TCP, 20, (s, at) => s.view.getUint32(at + 4))],
  ['ack', of(TCP, 20, (s, at) => s.view.getUint32(at + 8))],
  ['window', of(TCP, 20, (s, at) => s.view.getUint16(at + 14))],
  [
    'tcp.mss',
    (s) => {
      const option = tcpOption(s, 2);
      return option?.length === 4 ? s.view.getUint16(option.at + 2) : NaN;
    },
  ],
  [
    'tcp.wscale',
    (s) => {
      const option = tcpOption(s, 3);
      return option?.length === 3 ? s.data[option.at + 2]! : NaN;
    },
  ],
  ['itype', of([PROTO.ICMP, PROTO.ICMPV6], 2, (s, at) => s.data[at]!)],
  ['icode', of([PROTO.ICMP, PROTO.ICMPV6], 2, (s, at) => s.data[at + 1]!)],
  ['icmp_id', ping(4)],
  ['icmp_seq', ping(6)],
  ['icmpv6.mtu', of([PROTO.ICMPV6], 8, (s, at) => (s.data[at] === 2 ? s.view.getUint32(at + 4) : NaN))],
  ['igmp.type', of([PROTO.IGMP], 8, (s, at) => s.data[at]!)],
  ['sctp.vtag', of([PROTO.SCTP], 12, (s, at) => s.view.getUint32(at + 4))],
]);

/** The last byte of the IP packet that was captured. */
function ipEnd(s: Scene): number {
  return Math.min(s.data.length, network(s) + s.columns.ipLength[s.row]!, s.packetEnd);
}

function headerBytes(protocols: readonly number[], least: number, length: (s: Scene, at: number) => number) {
  return (s: Scene): Uint8Array[] => {
    const at = header(s, protocols, least);
    return at < 0 ? [] : [s.data.subarray(at, Math.min(at + length(s, at), ipEnd(s)))];
  };
}

/** Header and what follows it, options included. */
function ipHeader(version: 4 | 6) {
  return (s: Scene): Uint8Array[] => {
    const at = ip(s, version, version === 4 ? 20 : 40);
    if (at < 0) return [];
    const end = version === 4 ? at + (s.data[at]! & 15) * 4 : Math.max(at + 40, transport(s));
    return [s.data.subarray(at, Math.min(end, ipEnd(s)))];
  };
}

/** Chunks of SCTP: the first bytes of each. */
export function* sctpChunks(s: Scene): Generator<{ at: number; length: number }> {
  const begin = header(s, [PROTO.SCTP], 12);
  if (begin < 0) return;
  const end = ipEnd(s);
  for (let at = begin + 12, n = 0; at + 4 <= end && n < 64; n++) {
    const length = s.view.getUint16(at + 2);
    if (length < 4) return;
    yield { at, length: Math.min(length, end - at) };
    at += (length + 3) & ~3;
  }
}

export const PACKET_BUFFERS: ReadonlyMap<string, (scene: Scene) => Uint8Array[]> = new Map([
  ['tcp.hdr', headerBytes(TCP, 20, (s, at) => (s.data[at + 12]! >>> 4) * 4)],
  ['udp.hdr', headerBytes([PROTO.UDP], 8, () => 8)],
  ['ipv4.hdr', ipHeader(4)],
  ['ipv6.hdr', ipHeader(6)],
  ['icmpv4.hdr', headerBytes([PROTO.ICMP], 8, () => 8)],
  ['icmpv6.hdr', headerBytes([PROTO.ICMPV6], 8, () => 65_535)],
  ['igmp.hdr', headerBytes([PROTO.IGMP], 8, () => 65_535)],
  // With the head of the first chunk, as Suricata has it.
  ['sctp.hdr', headerBytes([PROTO.SCTP], 12, () => 16)],
  [
    'sctp.chunk_data',
    (s: Scene): Uint8Array[] =>
      [...sctpChunks(s)]
        .filter(({ at }) => s.data[at] === 0)
        .map(({ at, length }) => s.data.subarray(at + 16, Math.max(at + 16, at + length))),
  ],
  ['ether.hdr', (s: Scene): Uint8Array[] => etherHeader(s)],
  ['ip.src', (s: Scene): Uint8Array[] => (isIp(s) ? addressBytes(s.src, s.srcAt) : [])],
  ['ip.dst', (s: Scene): Uint8Array[] => (isIp(s) ? addressBytes(s.dst, s.dstAt) : [])],
]);

/** Four bytes of IPv4, sixteen of IPv6. */
function addressBytes(words: Uint32Array, at: number): Uint8Array[] {
  const bytes = Buffer.alloc(16);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(words[at + i]!, i * 4);
  return [isIPv4(words, at) ? bytes.subarray(12) : bytes];
}

function etherHeader(s: Scene): Uint8Array[] {
  if (s.row < 0 || (s.columns.srcMac[s.row] === 0 && s.columns.dstMac[s.row] === 0)) return [];
  const at = network(s);
  return at >= 14 ? [s.data.subarray(etherStart(s, at), etherStart(s, at) + 14)] : [];
}

/** The frame's header stands before the network header, with tags between. */
function etherStart(s: Scene, at: number): number {
  let start = at - 14;
  for (let tags = 0; tags < 3 && start >= 4; tags++) {
    const type = s.view.getUint16(start + 8);
    if (type !== 0x8100 && type !== 0x88a8) break;
    start -= 4;
  }
  return start;
}

export const isFragment = (s: Scene): boolean =>
  s.row >= 0 && (s.columns.flags[s.row]! & (SEGMENT.FRAGMENT_FIRST | SEGMENT.FRAGMENT_LATER)) !== 0;

/** Bits of the IPv4 header's fragment field: reserved 4, do not fragment 2, more fragments 1. */
export function fragmentBits(s: Scene): number {
  const at = ip(s, 4, 8);
  return at < 0 ? NaN : s.data[at + 6]! >>> 5;
}

/** Kinds of the IPv4 header's options. */
export function ipOptions(s: Scene): number[] {
  const at = ip(s, 4, 20);
  if (at < 0) return [];
  const out: number[] = [];
  const end = Math.min(at + (s.data[at]! & 15) * 4, s.data.length);
  for (let p = at + 20; p < end;) {
    const kind = s.data[p]!;
    out.push(kind);
    if (kind === 0) break;
    if (kind === 1) p++;
    else {
      const length = s.data[p + 1] ?? 0;
      if (length < 2) break;
      p += length;
    }
  }
  return out;
}

export const isSameAddress = (s: Scene): boolean =>
  s.row >= 0 && [0, 1, 2, 3].every((i) => s.src[s.srcAt + i] === s.dst[s.dstAt + i]);
