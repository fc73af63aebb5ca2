import {
  bytes,
  concat,
  crc32c,
  internetChecksum,
  ip4,
  ip6,
  u16,
  u32,
  u32le,
  u8,
  zeros,
  type BytesLike,
} from '../bytes.ts';
import { transportChecksum } from './network.ts';
import type { BuildContext, Layer } from './stack.ts';

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128, N: 256 };

/** TCP flag letters (`F S R P A U E C N`) to bits, e.g. `'SA'` to 0x12. */
export function tcpFlags(letters: string): number {
  let bits = 0;
  for (const letter of letters) {
    const bit = FLAG_BITS[letter];
    if (bit === undefined) throw new RangeError(`unknown TCP flag ${letter}`);
    bits |= bit;
  }
  return bits;
}

export interface TcpOptions {
  sport: number;
  dport: number;
  seq?: number;
  ack?: number;
  /** Letters (`'SA'`) or bits; default `'A'`. */
  flags?: string | number;
  window?: number;
  urgent?: number;
  mss?: number;
  windowScale?: number;
  sackPermitted?: boolean;
  /** SACK blocks as [left, right] sequence numbers. */
  sack?: readonly (readonly [number, number])[];
  timestamps?: readonly [number, number];
  /** Further raw option bytes. */
  options?: BytesLike;
  /** Lies, for damaged packets. */
  dataOffset?: number;
  checksum?: number;
}

function tcpOptionBytes(o: TcpOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  if (o.mss !== undefined) parts.push(concat([2, 4], u16(o.mss)));
  if (o.sackPermitted) parts.push(bytes([4, 2]));
  if (o.timestamps) parts.push(concat([8, 10], u32(o.timestamps[0]), u32(o.timestamps[1])));
  if (o.windowScale !== undefined) parts.push(bytes([1, 3, 3, o.windowScale]));
  if (o.sack) parts.push(concat([1, 1, 5, 2 + 8 * o.sack.length], ...o.sack.flatMap(([l, r]) => [u32(l), u32(r)])));
  if (o.options) parts.push(bytes(o.options));
  const all = concat(...parts);
  return concat(all, Array<number>((4 - (all.length % 4)) % 4).fill(1));
}

export function tcp(o: TcpOptions): Layer {
  return {
    name: 'tcp',
    ipProto: 6,
    build(inner, context) {
      const options = tcpOptionBytes(o);
      const flags = typeof o.flags === 'number' ? o.flags : tcpFlags(o.flags ?? 'A');
      const out = concat(
        u16(o.sport),
        u16(o.dport),
        u32(o.seq ?? 1),
        u32(o.ack ?? (flags & 16 ? 1 : 0)),
        u16(((o.dataOffset ?? 5 + options.length / 4) << 12) | flags),
        u16(o.window ?? 64240),
        u16(0),
        u16(o.urgent ?? 0),
        options,
        inner,
      );
      out.set(u16(o.checksum ?? (context.ip ? transportChecksum(context.ip, 6, out) : 0)), 16);
      return out;
    },
  };
}

/** UDP. `checksum: 0` leaves it out (IPv4); `length` may lie. */
export function udp(o: { sport: number; dport: number; checksum?: number; length?: number }): Layer {
  return {
    name: 'udp',
    ipProto: 17,
    build(inner, context) {
      const out = concat(u16(o.sport), u16(o.dport), u16(o.length ?? 8 + inner.length), u16(0), inner);
      const sum = o.checksum ?? (context.ip ? transportChecksum(context.ip, 17, out) || 0xffff : 0);
      out.set(u16(sum), 6);
      return out;
    },
  };
}

/** ICMP with its checksum; `rest` is the second header word (4 bytes: id and sequence, MTU, gateway …). */
export function icmp(o: { type: number; code?: number; rest?: BytesLike; checksum?: number }): Layer {
  return {
    name: 'icmp',
    ipProto: 1,
    build(inner) {
      const out = concat(u8(o.type), u8(o.code ?? 0), u16(0), bytes(o.rest ?? zeros(4)), inner);
      out.set(u16(o.checksum ?? internetChecksum(out)), 2);
      return out;
    },
  };
}

/** ICMP echo request (type 8) or reply (`reply: true`). */
export const icmpEcho = (o: { id: number; sequence: number; reply?: boolean }): Layer =>
  icmp({ type: o.reply ? 0 : 8, rest: concat(u16(o.id), u16(o.sequence)) });

/** ICMPv6 with its pseudo-header checksum. */
export function icmp6(o: { type: number; code?: number; rest?: BytesLike; checksum?: number }): Layer {
  return {
    name: 'icmp6',
    ipProto: 58,
    build(inner, context: BuildContext) {
      const out = concat(u8(o.type), u8(o.code ?? 0), u16(0), bytes(o.rest ?? zeros(4)), inner);
      out.set(u16(o.checksum ?? (context.ip ? transportChecksum(context.ip, 58, out) : 0)), 2);
      return out;
    },
  };
}

export const icmp6Echo = (o: { id: number; sequence: number; reply?: boolean }): Layer =>
  icmp6({ type: o.reply ? 129 : 128, rest: concat(u16(o.id), u16(o.sequence)) });

/** Neighbour solicitation (type 135) with the source link-layer address. Send with hop limit 255. */
export const neighbourSolicitation = (target: string | Uint8Array, sourceMac?: Uint8Array): Layer => ({
  ...icmp6({ type: 135 }),
  build: (inner, context) =>
    icmp6({ type: 135 }).build(concat(ip6(target), sourceMac ? concat([1, 1], sourceMac) : [], inner), context),
});

/** Neighbour advertisement (type 136). */
export const neighbourAdvertisement = (
  target: string | Uint8Array,
  targetMac: Uint8Array,
  o: { router?: boolean; solicited?: boolean; override?: boolean } = {},
): Layer => {
  const flags = (o.router ? 0x80 : 0) | (o.solicited ? 0x40 : 0) | (o.override === false ? 0 : 0x20);
  const layer = icmp6({ type: 136, rest: [flags, 0, 0, 0] });
  return { ...layer, build: (inner, context) => layer.build(concat(ip6(target), [2, 1], targetMac, inner), context) };
};

/** SCTP common header with CRC-32C; chunks are the payload (see `sctpChunk`). */
export function sctp(o: { sport: number; dport: number; tag?: number; checksum?: number }): Layer {
  return {
    name: 'sctp',
    ipProto: 132,
    build(inner) {
      const out = concat(u16(o.sport), u16(o.dport), u32(o.tag ?? 0), u32(0), inner);
      out.set(o.checksum === undefined ? u32le(crc32c(out)) : u32(o.checksum), 8);
      return out;
    },
  };
}

/** One SCTP chunk, padded to four bytes. */
export function sctpChunk(type: number, flags: number, value: BytesLike): Uint8Array {
  const body = bytes(value);
  return concat(u8(type), u8(flags), u16(4 + body.length), body, zeros((4 - (body.length % 4)) % 4));
}

/** SCTP INIT (or INIT ACK) chunk value. */
export const sctpInit = (tag: number, tsn: number): Uint8Array =>
  concat(u32(tag), u32(65536), u16(10), u16(10), u32(tsn));

/** SCTP DATA chunk value: TSN, stream, sequence, protocol id, then user bytes. */
export const sctpData = (tsn: number, stream: number, sequence: number, data: BytesLike, ppid = 0): Uint8Array =>
  concat(u32(tsn), u16(stream), u16(sequence), u32(ppid), bytes(data));

/** IGMPv1/v2 message. Types: 0x11 query, 0x16 v2 report, 0x17 leave, 0x12 v1 report. */
export function igmp(o: { type: number; maxResponse?: number; group?: string | Uint8Array }): Layer {
  return {
    name: 'igmp',
    ipProto: 2,
    build(inner) {
      const out = concat(u8(o.type), u8(o.maxResponse ?? 0), u16(0), ip4(o.group ?? '0.0.0.0'), inner);
      out.set(u16(internetChecksum(out)), 2);
      return out;
    },
  };
}

/** IGMPv3 membership report with one exclude-none (join) record per group. */
export function igmp3Report(groups: readonly (string | Uint8Array)[]): Layer {
  return {
    name: 'igmp',
    ipProto: 2,
    build(inner) {
      const records = groups.map((g) => concat([4, 0, 0, 0], ip4(g)));
      const out = concat([0x22, 0, 0, 0, 0, 0], u16(groups.length), ...records, inner);
      out.set(u16(internetChecksum(out)), 2);
      return out;
    },
  };
}

/** MLDv2 report (ICMPv6 143) joining the groups; put `hopByHop` with the router alert option before it. */
export function mld2Report(groups: readonly (string | Uint8Array)[]): Layer {
  const layer = icmp6({ type: 143, rest: concat(u16(0), u16(groups.length)) });
  const records = concat(...groups.map((g) => concat([4, 0, 0, 0], ip6(g))));
  return { ...layer, build: (inner, context) => layer.build(concat(records, inner), context) };
}

/** The router alert option for `hopByHop`, MLD's value. */
export const ROUTER_ALERT: readonly number[] = [5, 2, 0, 0];
