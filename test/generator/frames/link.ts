import { bytes, concat, crc32, mac, padTo, u16, u16le, u32, u32le, u8, zeros, type BytesLike } from '../bytes.ts';
import type { BuildContext, Layer } from './stack.ts';

/** DLT/LINKTYPE numbers (tcpdump.org's registry) of what the builders make. */
export const LINKTYPE = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  PPP_HDLC: 50,
  RAW: 101,
  C_HDLC: 104,
  IEEE802_11: 105,
  LOOP: 108,
  LINUX_SLL: 113,
  IEEE802_11_RADIOTAP: 127,
  PPI: 192,
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
  LINUX_SLL2: 276,
} as const;

type Mac = string | Uint8Array;
const A: Mac = '02:00:00:00:00:01';
const B: Mac = '02:00:00:00:00:02';

const etherTypeOf = (context: BuildContext, own: number | undefined, otherwise = 0x0800): number =>
  own ?? context.next?.etherType ?? otherwise;

/** Ethernet II; with `length: true` an 802.3 length field (for `llc`/`snap`). `pad` fills to 60 bytes; `fcs` appends it. */
export function ethernet(
  o: { src?: Mac; dst?: Mac; type?: number; length?: boolean; pad?: boolean; fcs?: boolean } = {},
): Layer {
  return {
    name: 'ethernet',
    build(inner, context) {
      const useLength = o.length ?? (context.next?.name === 'llc' || context.next?.name === 'snap');
      const type = useLength ? inner.length : etherTypeOf(context, o.type);
      let out = concat(mac(o.dst ?? B), mac(o.src ?? A), u16(type), inner);
      if (o.pad && out.length < 60) out = padTo(out, 60);
      return o.fcs ? concat(out, u32le(crc32(out))) : out;
    },
  };
}

/** 802.1Q tag; `tpid` 0x88a8 (or 0x9100) makes it the outer tag of QinQ. */
export function dot1q(o: { vid: number; pcp?: number; dei?: boolean; tpid?: number; type?: number }): Layer {
  return {
    name: 'dot1q',
    etherType: o.tpid ?? 0x8100,
    build: (inner, context) =>
      concat(
        u16(((o.pcp ?? 0) << 13) | (o.dei ? 0x1000 : 0) | (o.vid & 0xfff)),
        u16(etherTypeOf(context, o.type)),
        inner,
      ),
  };
}

/** 802.1ad outer tag (service tag). */
export const qinq = (o: { vid: number; pcp?: number }): Layer => dot1q({ ...o, tpid: 0x88a8 });

/** 802.1ah backbone service tag (I-TAG) with the customer's Ethernet header after it: follow it with `ethernet()`. */
export function dot1ah(o: { isid: number; pcp?: number }): Layer {
  return {
    name: 'dot1ah',
    etherType: 0x88e7,
    build: (inner) => concat(u32(((o.pcp ?? 0) << 29) | (o.isid & 0xffffff)), inner),
  };
}

/** PPPoE session (RFC 2516); follow with `ppp({ bare: true })` or directly with an IP layer (the PPP number is added). */
export function pppoe(o: { session?: number; code?: number } = {}): Layer {
  return {
    name: 'pppoe',
    etherType: o.code ? 0x8863 : 0x8864,
    build(inner, context) {
      const body = context.next?.pppProto === undefined ? inner : concat(u16(context.next.pppProto), inner);
      return concat(u8(0x11), u8(o.code ?? 0), u16(o.session ?? 1), u16(body.length), body);
    },
  };
}

/** A stack of MPLS labels, outermost first; the last has the bottom-of-stack bit. */
export function mpls(labels: readonly number[], o: { ttl?: number; multicast?: boolean } = {}): Layer {
  return {
    name: 'mpls',
    etherType: o.multicast ? 0x8848 : 0x8847,
    pppProto: 0x0281,
    build: (inner) =>
      concat(
        ...labels.map((label, i) => u32(((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | (o.ttl ?? 64)) >>> 0)),
        inner,
      ),
  };
}

/** Four zero bytes: the Ethernet-over-MPLS control word (RFC 4448). Follow with `ethernet()`. */
export const pwControlWord = (): Layer => ({ name: 'pw', build: (inner) => concat(zeros(4), inner) });

/** 802.2 LLC, unnumbered information by default. */
export function llc(o: { dsap: number; ssap: number; control?: number }): Layer {
  return { name: 'llc', build: (inner) => concat(u8(o.dsap), u8(o.ssap), u8(o.control ?? 3), inner) };
}

/** 802.2 LLC + SNAP with an OUI (default RFC 1042 encapsulated Ethernet). */
export function snap(o: { oui?: number; type?: number } = {}): Layer {
  return {
    name: 'snap',
    build(inner, context) {
      const oui = o.oui ?? 0;
      return concat([0xaa, 0xaa, 3, oui >> 16, (oui >> 8) & 255, oui & 255], u16(etherTypeOf(context, o.type)), inner);
    },
  };
}

/** Linux cooked capture v1. `type`: 0 to us, 1 broadcast, 2 multicast, 3 others, 4 from us. */
export function sll(o: { type?: number; arphrd?: number; address?: Mac; protocol?: number } = {}): Layer {
  return {
    name: 'sll',
    build: (inner, context) =>
      concat(
        u16(o.type ?? 0),
        u16(o.arphrd ?? 1),
        u16(6),
        padTo(mac(o.address ?? A), 8),
        u16(etherTypeOf(context, o.protocol)),
        inner,
      ),
  };
}

/** Linux cooked capture v2. */
export function sll2(
  o: { type?: number; arphrd?: number; ifindex?: number; address?: Mac; protocol?: number } = {},
): Layer {
  return {
    name: 'sll2',
    build: (inner, context) =>
      concat(
        u16(etherTypeOf(context, o.protocol)),
        u16(0),
        u32(o.ifindex ?? 2),
        u16(o.arphrd ?? 1),
        u8(o.type ?? 0),
        u8(6),
        padTo(mac(o.address ?? A), 8),
        inner,
      ),
  };
}

/** BSD null/loopback; the family is in the writer's byte order (`little` default). */
export function bsdNull(o: { family?: number; endian?: 'little' | 'big' } = {}): Layer {
  return {
    name: 'null',
    build(inner, context) {
      const family = o.family ?? context.next?.family ?? 2;
      return concat(o.endian === 'big' ? u32(family) : u32le(family), inner);
    },
  };
}

/** OpenBSD loop: as null, always big endian. */
export const bsdLoop = (o: { family?: number } = {}): Layer => bsdNull({ ...o, endian: 'big' });

/** PPP: with HDLC framing bytes (`ff 03`, LINKTYPE_PPP_HDLC and most LINKTYPE_PPP) or `bare`. */
export function ppp(o: { bare?: boolean; protocol?: number } = {}): Layer {
  return {
    name: 'ppp',
    build: (inner, context) =>
      concat(o.bare ? [] : [0xff, 0x03], u16(o.protocol ?? context.next?.pppProto ?? 0x0021), inner),
  };
}

/** Cisco HDLC. */
export function chdlc(o: { address?: number; protocol?: number } = {}): Layer {
  return {
    name: 'chdlc',
    build: (inner, context) => concat(u8(o.address ?? 0x0f), u8(0), u16(etherTypeOf(context, o.protocol)), inner),
  };
}

/**
 * An 802.11 data frame (with LLC/SNAP added). `ds`: 'to' (station to AP), 'from', 'none' or 'both' (four addresses).
 * `qos` adds the QoS field; `protectedFrame` sets the bit (the body is then what you give it); `fcs` appends the check.
 */
export function wlan(
  o: {
    src?: Mac;
    dst?: Mac;
    bssid?: Mac;
    ds?: 'to' | 'from' | 'none' | 'both';
    qos?: boolean;
    amsdu?: boolean;
    htc?: boolean;
    protectedFrame?: boolean;
    sequence?: number;
    fcs?: boolean;
  } = {},
): Layer {
  return {
    name: 'wlan',
    build(inner, context) {
      const src = mac(o.src ?? A);
      const dst = mac(o.dst ?? B);
      const bssid = mac(o.bssid ?? '02:00:00:00:00:0a');
      const ds = o.ds ?? 'to';
      const flags =
        { none: 0, to: 1, from: 2, both: 3 }[ds] | (o.protectedFrame ? 0x40 : 0) | (o.htc && o.qos ? 0x80 : 0);
      const addresses = {
        none: [dst, src, bssid],
        to: [bssid, src, dst],
        from: [dst, bssid, src],
        both: [bssid, bssid, dst],
      }[ds];
      const body =
        o.protectedFrame || context.next === undefined || context.next.name === 'snap' || context.next.name === 'llc'
          ? inner
          : concat([0xaa, 0xaa, 3, 0, 0, 0], u16(etherTypeOf(context, undefined)), inner);
      const payload = o.amsdu ? concat(dst, src, u16(body.length), body) : body;
      const out = concat(
        u8(o.qos ? 0x88 : 0x08),
        u8(flags),
        u16le(44),
        ...addresses,
        u16le((o.sequence ?? 1) << 4),
        ds === 'both' ? src : [],
        o.qos ? u16le(o.amsdu ? 0x80 : 0) : [],
        o.htc && o.qos ? zeros(4) : [],
        payload,
      );
      return o.fcs ? concat(out, u32le(crc32(out))) : out;
    },
  };
}

/** An 802.11 frame of any type and subtype (management, control): header bytes are the caller's. */
export const wlanRaw = (o: { type: number; subtype: number; body: BytesLike }): Layer => ({
  name: 'wlan-raw',
  build: (inner) => concat(u8((o.subtype << 4) | (o.type << 2)), u8(0), u16le(0), bytes(o.body), inner),
});

/** Radiotap header: flags field (0x10 where the frame carries its FCS), rate and channel. */
export function radiotap(o: { fcs?: boolean; rate?: number; channel?: number; extraWords?: number } = {}): Layer {
  return {
    name: 'radiotap',
    build(inner) {
      const words = o.extraWords ?? 0;
      const present = 0b1110;
      const maps = [present | (words > 0 ? 0x80000000 : 0)];
      for (let i = 0; i < words; i++) maps.push(i < words - 1 ? 0x80000000 : 0);
      const fields = concat(u8(o.fcs ? 0x10 : 0), u8(o.rate ?? 2), u16le(o.channel ?? 2437), u16le(0x00a0));
      const length = 4 + 4 * maps.length + fields.length;
      return concat(u8(0), u8(0), u16le(length), ...maps.map((m) => u32le(m >>> 0)), fields, inner);
    },
  };
}

/** Per-Packet Information header (CACE) with one 802.11-Common field; `dlt` says what follows (default 802.11). */
export function ppi(o: { dlt?: number; fcs?: boolean } = {}): Layer {
  return {
    name: 'ppi',
    build(inner) {
      const field = concat(
        u16le(2),
        u16le(20),
        zeros(8),
        u16le(o.fcs ? 1 : 0),
        u16le(2),
        u16le(2437),
        u16le(0x00a0),
        zeros(4),
      );
      return concat(u8(0), u8(0), u16le(8 + field.length), u32le(o.dlt ?? LINKTYPE.IEEE802_11), field, inner);
    },
  };
}

/**
 * NFLOG: header and TLVs (packet header, prefix) with the packet in NFULA_PAYLOAD; family by the inner layer.
 * TLV lengths and types are in the capturing host's byte order (`little` default).
 */
export function nflog(o: { family?: number; group?: number; prefix?: string; endian?: 'little' | 'big' } = {}): Layer {
  const host = o.endian === 'big' ? u16 : u16le;
  const tlv = (type: number, value: Uint8Array): Uint8Array => {
    const length = 4 + value.length;
    return concat(host(length), host(type), value, zeros((4 - (length % 4)) % 4));
  };
  return {
    name: 'nflog',
    build(inner, context) {
      const family = o.family ?? (context.next?.family === 30 ? 10 : 2);
      return concat(
        u8(family),
        u8(0),
        u16(o.group ?? 1),
        tlv(1, concat(u16(context.next?.etherType ?? 0x0800), u8(1), u8(0))),
        tlv(10, concat(bytes(o.prefix ?? ''), [0])),
        tlv(9, inner),
      );
    },
  };
}
