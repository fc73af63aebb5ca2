import { concat, foldChecksum, internetChecksum, ip4, ip6, mac, sum16, u16, u32, u8, zeros } from '../bytes.ts';
import { bytes, type BytesLike } from '../bytes.ts';
import type { BuildContext, Layer, PseudoHeader } from './stack.ts';

type Addr = string | Uint8Array;

/** The checksum of a transport segment under its pseudo-header (IPv4: RFC 793, IPv6: RFC 8200). */
export function transportChecksum(pseudo: PseudoHeader, protocol: number, segment: Uint8Array): number {
  let s = sum16(pseudo.src, 0, pseudo.src.length);
  s = sum16(pseudo.dst, 0, pseudo.dst.length, s) + protocol + segment.length;
  return foldChecksum(sum16(segment, 0, segment.length, s));
}

const protocolOf = (context: BuildContext, own: number | undefined): number => own ?? context.next?.ipProto ?? 59;

export interface Ipv4Options {
  src: Addr;
  dst: Addr;
  ttl?: number;
  id?: number;
  tos?: number;
  protocol?: number;
  /** Default true unless a fragment. */
  df?: boolean;
  mf?: boolean;
  /** Fragment offset in bytes (a multiple of 8). */
  offset?: number;
  /** Option bytes, padded to a multiple of four. */
  options?: BytesLike;
  /** Lies, for damaged packets: total length, header words, checksum. */
  totalLength?: number;
  ihl?: number;
  checksum?: number;
}

export function ipv4(o: Ipv4Options): Layer {
  const src = ip4(o.src);
  const dst = ip4(o.dst);
  return {
    name: 'ipv4',
    etherType: 0x0800,
    ipProto: 4,
    pppProto: 0x0021,
    family: 2,
    pseudo: { src, dst },
    build(inner, context) {
      const given = bytes(o.options ?? []);
      const options = concat(given, zeros((4 - (given.length % 4)) % 4));
      const fragment = (o.mf ?? false) || (o.offset ?? 0) > 0;
      const flags = ((o.df ?? !fragment) ? 0x4000 : 0) | (o.mf ? 0x2000 : 0) | ((o.offset ?? 0) >>> 3);
      const head = concat(
        u8(0x40 | (o.ihl ?? 5 + options.length / 4)),
        u8(o.tos ?? 0),
        u16(o.totalLength ?? 20 + options.length + inner.length),
        u16(o.id ?? 1),
        u16(flags),
        u8(o.ttl ?? 64),
        u8(protocolOf(context, o.protocol)),
        u16(0),
        src,
        dst,
        options,
      );
      head.set(u16(o.checksum ?? internetChecksum(head)), 10);
      return concat(head, inner);
    },
  };
}

export interface Ipv6Options {
  src: Addr;
  dst: Addr;
  hopLimit?: number;
  trafficClass?: number;
  flowLabel?: number;
  next?: number;
  payloadLength?: number;
}

export function ipv6(o: Ipv6Options): Layer {
  const src = ip6(o.src);
  const dst = ip6(o.dst);
  return {
    name: 'ipv6',
    etherType: 0x86dd,
    ipProto: 41,
    pppProto: 0x0057,
    family: 30,
    pseudo: { src, dst },
    build: (inner, context) =>
      concat(
        u32((0x60000000 | ((o.trafficClass ?? 0) << 20) | (o.flowLabel ?? 0)) >>> 0),
        u16(o.payloadLength ?? inner.length),
        u8(protocolOf(context, o.next)),
        u8(o.hopLimit ?? 64),
        src,
        dst,
        inner,
      ),
  };
}

function ipv6Options(name: string, ipProto: number, o: { options?: BytesLike; next?: number }): Layer {
  return {
    name,
    ipProto,
    build(inner, context) {
      const body = bytes(o.options ?? [1, 4, 0, 0, 0, 0]);
      const total = Math.ceil((2 + body.length) / 8) * 8;
      const pad = total - 2 - body.length;
      const padding = pad === 0 ? [] : pad === 1 ? [0] : [1, pad - 2, ...Array<number>(pad - 2).fill(0)];
      return concat(u8(protocolOf(context, o.next)), u8(total / 8 - 1), body, padding, inner);
    },
  };
}

/** IPv6 hop-by-hop options header (TLV bytes; padded). */
export const hopByHop = (o: { options?: BytesLike; next?: number } = {}): Layer => ipv6Options('hop-by-hop', 0, o);
/** IPv6 destination options header. */
export const destinationOptions = (o: { options?: BytesLike; next?: number } = {}): Layer =>
  ipv6Options('destination-options', 60, o);

/** IPv6 routing header of type 0 or 2..: addresses follow. Checksums of what is inside use the IP layer's own addresses. */
export function routing(
  o: { type?: number; segmentsLeft?: number; addresses?: readonly Addr[]; next?: number } = {},
): Layer {
  const addresses = (o.addresses ?? []).map(ip6);
  return {
    name: 'routing',
    ipProto: 43,
    build: (inner, context) =>
      concat(
        u8(protocolOf(context, o.next)),
        u8(addresses.length * 2),
        u8(o.type ?? 0),
        u8(o.segmentsLeft ?? 0),
        zeros(4),
        ...addresses,
        inner,
      ),
  };
}

/** IPv6 fragment header; `offset` in bytes. */
export function fragment6(o: { id: number; offset?: number; more?: boolean; next?: number }): Layer {
  return {
    name: 'fragment6',
    ipProto: 44,
    build: (inner, context) =>
      concat(
        u8(protocolOf(context, o.next)),
        u8(0),
        u16(((o.offset ?? 0) & 0xfff8) | (o.more ? 1 : 0)),
        u32(o.id),
        inner,
      ),
  };
}

/** Authentication header (RFC 4302), with a zero integrity value. */
export function ah(o: { spi?: number; sequence?: number; next?: number } = {}): Layer {
  return {
    name: 'ah',
    ipProto: 51,
    build: (inner, context) =>
      concat(u8(protocolOf(context, o.next)), u8(4), u16(0), u32(o.spi ?? 1), u32(o.sequence ?? 1), zeros(12), inner),
  };
}

/** Encapsulating security payload: SPI, sequence, then what is given (ciphertext). */
export const esp = (o: { spi?: number; sequence?: number } = {}): Layer => ({
  name: 'esp',
  ipProto: 50,
  build: (inner) => concat(u32(o.spi ?? 0x100), u32(o.sequence ?? 1), inner),
});

/**
 * The frames of one IPv4 datagram cut in fragments of `size` payload bytes (a multiple of 8).
 * `outer` are the layers outside IP; `inner` the layers and payload inside (checksummed whole before cutting).
 */
export function fragments4(
  outer: readonly Layer[],
  header: Ipv4Options,
  inner: Uint8Array,
  protocol: number,
  size: number,
  frameOf: (...parts: (Layer | Uint8Array)[]) => Uint8Array,
): Uint8Array[] {
  if (size % 8 !== 0) throw new RangeError('fragment size must be a multiple of 8');
  const out: Uint8Array[] = [];
  for (let at = 0; at < inner.length; at += size) {
    const mf = at + size < inner.length;
    out.push(
      frameOf(...outer, ipv4({ ...header, protocol, offset: at, mf, df: false }), inner.subarray(at, at + size)),
    );
  }
  return out;
}

/** The same for IPv6: each fragment has a fragment header. */
export function fragments6(
  outer: readonly Layer[],
  header: Ipv6Options & { id: number },
  inner: Uint8Array,
  next: number,
  size: number,
  frameOf: (...parts: (Layer | Uint8Array)[]) => Uint8Array,
): Uint8Array[] {
  if (size % 8 !== 0) throw new RangeError('fragment size must be a multiple of 8');
  const out: Uint8Array[] = [];
  for (let at = 0; at < inner.length; at += size) {
    const more = at + size < inner.length;
    const layer = fragment6({ id: header.id, offset: at, more, next });
    out.push(frameOf(...outer, ipv6(header), layer, inner.subarray(at, at + size)));
  }
  return out;
}

/** ARP over Ethernet/IPv4. `op`: 1 request, 2 reply. */
export function arp(o: { op: number; senderMac: Addr; senderIp: Addr; targetMac?: Addr; targetIp: Addr }): Layer {
  return {
    name: 'arp',
    etherType: 0x0806,
    build: (inner) =>
      concat(
        [0, 1, 8, 0, 6, 4],
        u16(o.op),
        mac(o.senderMac),
        ip4(o.senderIp),
        mac(o.targetMac ?? zeros(6)),
        ip4(o.targetIp),
        inner,
      ),
  };
}
