import { bytes, concat, u16, u24, u32, u8, zeros, type BytesLike } from '../bytes.ts';
import { transportChecksum } from './network.ts';
import { udp } from './transport.ts';
import type { BuildContext, Layer } from './stack.ts';
import { internetChecksum } from '../bytes.ts';

/** GRE (RFC 2784/2890). Transparent Ethernet bridging (0x6558) is chosen by itself before `ethernet()`. */
export function gre(
  o: { protocol?: number; key?: number; sequence?: number; checksum?: boolean; version?: number } = {},
): Layer {
  return {
    name: 'gre',
    ipProto: 47,
    build(inner, context) {
      const protocol = o.protocol ?? (context.next?.name === 'ethernet' ? 0x6558 : (context.next?.etherType ?? 0x0800));
      const flags =
        (o.checksum ? 0x8000 : 0) |
        (o.key === undefined ? 0 : 0x2000) |
        (o.sequence === undefined ? 0 : 0x1000) |
        (o.version ?? 0);
      const out = concat(
        u16(flags),
        u16(protocol),
        o.checksum ? zeros(4) : [],
        o.key === undefined ? [] : u32(o.key),
        o.sequence === undefined ? [] : u32(o.sequence),
        inner,
      );
      if (o.checksum) out.set(u16(internetChecksum(out)), 4);
      return out;
    },
  };
}

/** ERSPAN type II: give it after `gre({ sequence })`, follow with `ethernet()`. */
export function erspan(o: { session?: number; vlan?: number; index?: number } = {}): Layer {
  return {
    name: 'erspan',
    etherType: 0x88be,
    build: (inner) => concat(u16(0x1000 | (o.vlan ?? 0)), u16(o.session ?? 1), u32(o.index ?? 0), inner),
  };
}

/** ERSPAN type III (12-byte header). */
export function erspan3(o: { session?: number; vlan?: number; timestamp?: number } = {}): Layer {
  return {
    name: 'erspan3',
    etherType: 0x22eb,
    build: (inner) =>
      concat(u16(0x2000 | (o.vlan ?? 0)), u16(o.session ?? 1), u32(o.timestamp ?? 0), u16(0), u16(0), inner),
  };
}

/** VXLAN (RFC 7348) after `udp({ dport: 4789 })`; follow with `ethernet()`. */
export const vxlan = (o: { vni: number }): Layer => ({
  name: 'vxlan',
  build: (inner) => concat([8, 0, 0, 0], u24(o.vni), [0], inner),
});

/** GENEVE (RFC 8926) after `udp({ dport: 6081 })`; `options` are raw TLV bytes, a multiple of four. */
export function geneve(o: { vni: number; options?: BytesLike; protocol?: number }): Layer {
  return {
    name: 'geneve',
    build(inner, context) {
      const options = bytes(o.options ?? []);
      const protocol = o.protocol ?? (context.next?.name === 'ethernet' ? 0x6558 : (context.next?.etherType ?? 0x6558));
      return concat(u8(options.length / 4), u8(0), u16(protocol), u24(o.vni), [0], options, inner);
    },
  };
}

/** GTP-U G-PDU (3GPP TS 29.281) after `udp({ dport: 2152 })`; `sequence` adds the optional word. */
export function gtpu(o: { teid: number; sequence?: number; extension?: BytesLike; messageType?: number }): Layer {
  return {
    name: 'gtpu',
    build(inner) {
      const optional = o.sequence !== undefined || o.extension !== undefined;
      const flags = 0x30 | (o.sequence === undefined ? 0 : 2) | (o.extension === undefined ? 0 : 4);
      const extension = bytes(o.extension ?? []);
      const words = optional
        ? concat(u16(o.sequence ?? 0), u8(0), u8(extension.length ? 0x85 : 0), extension)
        : zeros(0);
      return concat(u8(flags), u8(o.messageType ?? 255), u16(words.length + inner.length), u32(o.teid), words, inner);
    },
  };
}

/** The PDU session container (type 0x85) for `gtpu({ extension })`. */
export const GTP_PDU_SESSION: readonly number[] = [1, 0, 9, 0];

/** Teredo (RFC 4380): UDP port 3544, optionally with an origin indication, then an IPv6 layer. */
export function teredo(o: { sport?: number; dport?: number; origin?: boolean } = {}): Layer {
  const layer = udp({ sport: o.sport ?? 51000, dport: o.dport ?? 3544 });
  const origin = o.origin ? concat([0, 0], u16(0x3c17), u32(0x3ffffdfe)) : zeros(0);
  return { ...layer, name: 'teredo', build: (inner, context) => layer.build(concat(origin, inner), context) };
}

/** L2TPv2 data message after `udp({ dport: 1701 })`; follow with `ppp()`. */
export const l2tp = (o: { tunnel: number; session: number }): Layer => ({
  name: 'l2tp',
  build: (inner) => concat(u16(0x0002), u16(o.tunnel), u16(o.session), inner),
});

/** VRRPv3 advertisement, for a protocol that is neither TCP, UDP, ICMP nor a tunnel. */
export function vrrp(o: { vrid: number; priority?: number; address: Uint8Array }): Layer {
  return {
    name: 'vrrp',
    ipProto: 112,
    build(inner, context: BuildContext) {
      const out = concat([0x31, o.vrid, o.priority ?? 100, 1, 0, 100, 0, 0], o.address, inner);
      if (context.ip) out.set(u16(transportChecksum(context.ip, 112, out)), 6);
      return out;
    },
  };
}
