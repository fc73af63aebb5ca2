/**
 * One packet without whom it tells of and what it says. Nothing is passed on but what is understood: the headers
 * below, with their addresses replaced; everything behind the last of them is cut. A header that is not whole ends the packet before
 * it.
 */
import { ipBehindLabel } from './behind-label.ts';
import type { Pseudonyms } from './pseudonyms.ts';

const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW_OLD: 12,
  RAW_BSD: 14,
  RAW: 101,
  LOOP: 108,
  SLL: 113,
  IPV4: 228,
  IPV6: 229,
  SLL2: 276,
} as const;
const ETHERTYPE = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd, TRANSPARENT: 0x6558, PPP_SESSION: 0x8864 } as const;
const VLANS = new Set([0x8100, 0x88a8, 0x9100]);
const MPLS = new Set([0x8847, 0x8848]);
const PROTOCOL = {
  HOP: 0,
  ICMP: 1,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  OPTIONS: 60,
  SCTP: 132,
} as const;
const VXLAN_PORT = 4789;
/** Layers within layers, beyond which a packet is cut. */
const DEPTH_MAX = 8;
const NOTHING = 1;
/** Options of TCP that say nothing of anybody, with the lengths that they have: segment size, window scale, SACK, timestamps. */
const TCP_OPTIONS: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [4]],
  [3, [3]],
  [4, [2]],
  [5, [10, 18, 26, 34]],
  [8, [10]],
]);
const ICMP = { UNREACHABLE: 3, REDIRECT: 5, FRAGMENTATION_NEEDED: 4, TOO_BIG_V6: 2 } as const;

/** The packet in hand. Each step returns up to where it is kept. */
export class Rewriter {
  private readonly names: Pseudonyms;
  private data: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(this.data.buffer);
  private depth = 0;
  private isOverIpv6 = false;
  /** Where the packet in hand ends by its own headers: what is behind is padding, or memory of whoever sent it. */
  private end = 0;
  /** Bytes that it had on the wire. */
  private wire = 0;

  constructor(names: Pseudonyms) {
    this.names = names;
  }

  /** Link types whose addresses are understood. Of others nothing is kept but time and length. */
  static knows(link: number): boolean {
    return Object.values(LINK).some((each) => each === link);
  }

  /**
   * Changes `data` (the caller's own copy of a packet of `wire` bytes) in place.
   * @returns how many of its bytes are kept
   */
  rewrite(link: number, data: Uint8Array, wire = data.length): number {
    this.data = data;
    this.wire = wire;
    this.view = new DataView(data.buffer, data.byteOffset, data.length);
    this.depth = 0;
    this.end = data.length;
    switch (link) {
      case LINK.ETHERNET:
        return this.ethernet(0);
      case LINK.NULL:
      case LINK.LOOP:
        return this.has(0, 4) ? this.orBefore(4, this.anyIp(4)) : 0;
      case LINK.SLL:
        return this.cooked();
      case LINK.SLL2:
        return this.cooked2();
      case LINK.RAW:
      case LINK.RAW_OLD:
      case LINK.RAW_BSD:
      case LINK.IPV4:
      case LINK.IPV6:
        return this.anyIp(0);
      default:
        return 0;
    }
  }

  private has(at: number, length: number): boolean {
    return at + length <= this.end;
  }

  private u16(at: number): number {
    return this.view.getUint16(at);
  }

  /** What a layer kept, or, where it kept nothing of itself, up to its start. */
  private orBefore(start: number, kept: number): number {
    return Math.max(start, kept);
  }

  private ethernet(at: number): number {
    if (!this.has(at, 14)) return at;
    this.names.replace(this.data, at, 6);
    this.names.replace(this.data, at + 6, 6);
    return this.orBefore(at + 14, this.byType(at + 12));
  }

  /** From where an EtherType stands. */
  private byType(at: number): number {
    let next = at;
    while (this.has(next, 6) && VLANS.has(this.u16(next))) next += 4;
    if (!this.has(next, 2)) return next;
    const type = this.u16(next);
    const body = next + 2;
    if (MPLS.has(type)) return this.labels(body);
    if (type === ETHERTYPE.PPP_SESSION) return this.pppoe(body);
    if (type === ETHERTYPE.ARP) return this.arp(body);
    if (type === ETHERTYPE.TRANSPARENT) return this.deeper(body, () => this.ethernet(body));
    return this.orBefore(body, this.ipOf(type, body));
  }

  /** What a type of Ethernet says that it is, and nothing else. */
  private ipOf(type: number, at: number): number {
    if (type === ETHERTYPE.IPV4) return this.anyIp(at, 4);
    return type === ETHERTYPE.IPV6 ? this.anyIp(at, 6) : at;
  }

  private labels(at: number): number {
    for (let next = at; this.has(next, 4); next += 4) {
      // The lowest bit of the third byte: bottom of the stack (RFC 3032).
      if ((this.data[next + 2]! & 1) === 0) continue;
      const body = next + 4;
      return ipBehindLabel(this.view, body, this.end, this.wire) === 0 ? body : this.anyIp(body);
    }
    return at;
  }

  private pppoe(at: number): number {
    if (!this.has(at, 8)) return at;
    const protocol = this.u16(at + 6);
    if (protocol === 0x0021) return this.orBefore(at + 8, this.anyIp(at + 8, 4));
    return protocol === 0x0057 ? this.orBefore(at + 8, this.anyIp(at + 8, 6)) : at + 8;
  }

  /** RFC 826, for IPv4 over 6-byte addresses; others are cut. */
  private arp(at: number): number {
    const isUsual = this.has(at, 28) && this.u16(at + 2) === ETHERTYPE.IPV4 && this.u16(at + 4) === 0x0604;
    if (!isUsual) return at;
    this.names.replace(this.data, at + 8, 6);
    this.names.replace(this.data, at + 14, 4);
    this.names.replace(this.data, at + 18, 6);
    this.names.replace(this.data, at + 24, 4);
    return at + 28;
  }

  /** LINKTYPE_LINUX_SLL: type, kind of card, length and 8 bytes of its address, EtherType. */
  private cooked(): number {
    if (!this.has(0, 16)) return 0;
    this.cookedAddress(4, 6);
    return this.orBefore(16, this.byType(14));
  }

  /** LINKTYPE_LINUX_SLL2: EtherType first, the address at its end. */
  private cooked2(): number {
    if (!this.has(0, 20)) return 0;
    this.cookedAddress(11, 12, 1);
    // Reserved.
    this.view.setUint16(2, 0);
    const type = this.u16(0);
    return this.orBefore(20, type === ETHERTYPE.ARP ? this.arp(20) : this.ipOf(type, 20));
  }

  private cookedAddress(lengthAt: number, at: number, lengthBytes: 1 | 2 = 2): void {
    const length = lengthBytes === 1 ? this.data[lengthAt]! : this.u16(lengthAt);
    if (length === 6) {
      this.names.replace(this.data, at, 6);
      this.data.fill(0, at + 6, at + 8);
    } else this.data.fill(0, at, at + 8);
  }

  private deeper(at: number, step: () => number): number {
    if (++this.depth > DEPTH_MAX) return at;
    return step();
  }

  /** `said`: the version that it has to have. */
  private anyIp(at: number, said?: 4 | 6): number {
    if (!this.has(at, 1)) return at;
    const version = this.data[at]! >> 4;
    if (said !== undefined && version !== said) return at;
    return this.deeper(at, () => (version === 4 ? this.ipv4(at) : version === 6 ? this.ipv6(at) : at));
  }

  private ipv4(at: number): number {
    if (!this.has(at, 20)) return at;
    const header = (this.data[at]! & 15) * 4;
    if (header < 20 || !this.has(at, header)) return at;
    this.isOverIpv6 = false;
    this.names.replace(this.data, at + 12, 4);
    this.names.replace(this.data, at + 16, 4);
    // The first flag is reserved; options may hold the way it took.
    this.data[at + 6]! &= 0x7f;
    this.data.fill(NOTHING, at + 20, at + header);
    this.checksum(at, header);
    const isLater = (this.u16(at + 6) & 0x1fff) !== 0;
    const body = at + header;
    this.endAt(at, this.u16(at + 2));
    return isLater ? body : this.orBefore(body, this.transport(this.data[at + 9]!, body));
  }

  /** `length`: of the datagram that begins at `at`; 0: the card was to fill it in (segmentation offload, jumbograms). */
  private endAt(at: number, length: number): void {
    if (length > 0) this.end = Math.min(this.end, at + length);
  }

  private checksum(at: number, length: number): void {
    this.view.setUint16(at + 10, 0);
    let sum = 0;
    for (let i = 0; i < length; i += 2) sum += this.u16(at + i);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    this.view.setUint16(at + 10, ~sum & 0xffff);
  }

  private ipv6(at: number): number {
    if (!this.has(at, 40)) return at;
    this.isOverIpv6 = true;
    // The flow label may tell machines apart.
    this.view.setUint32(at, this.view.getUint32(at) & 0xfff00000);
    this.names.replaceAddress(this.data, at + 8);
    this.names.replaceAddress(this.data, at + 24);
    const payload = this.u16(at + 4);
    this.endAt(at, payload === 0 ? 0 : 40 + payload);
    return this.extensions(this.data[at + 6]!, at + 40);
  }

  private extensions(first: number, start: number): number {
    let [protocol, at] = [first, start];
    for (let count = 0; count < DEPTH_MAX; count++) {
      if (protocol === PROTOCOL.FRAGMENT) {
        if (!this.has(at, 8)) return at;
        const isLater = (this.u16(at + 2) & 0xfff8) !== 0;
        // Reserved: a byte, and two bits behind the offset.
        this.data[at + 1] = 0;
        this.data[at + 3]! &= 0xf9;
        if (isLater) return at + 8;
        protocol = this.data[at]!;
        at += 8;
        continue;
      }
      const isOptions = protocol === PROTOCOL.HOP || protocol === PROTOCOL.OPTIONS;
      if (!isOptions && protocol !== PROTOCOL.ROUTING) return this.orBefore(at, this.transport(protocol, at));
      if (!this.has(at, 8)) return at;
      const length = (this.data[at + 1]! + 1) * 8;
      if (!this.has(at, length)) return at;
      this.blank(at + 2, at + length, isOptions);
      protocol = this.data[at]!;
      at += length;
    }
    return at;
  }

  /** Options become padding (RFC 8200 §4.2); of a routing header nothing is left but its length. */
  private blank(from: number, to: number, isOptions: boolean): void {
    this.data.fill(0, from, to);
    if (!isOptions) return;
    // Pad1 fills what one PadN cannot.
    let at = from;
    while (to - at > 257) at++;
    if (to - at < 2) return;
    this.data[at] = 1;
    this.data[at + 1] = to - at - 2;
  }

  private transport(protocol: number, at: number): number {
    switch (protocol) {
      case PROTOCOL.TCP:
        return this.tcp(at);
      case PROTOCOL.UDP:
        return this.udp(at);
      case PROTOCOL.ICMP:
      case PROTOCOL.ICMPV6:
        return this.icmp(protocol, at);
      case PROTOCOL.SCTP:
        return this.sctp(at);
      case PROTOCOL.IPV4:
        return this.anyIp(at, 4);
      case PROTOCOL.IPV6:
        return this.anyIp(at, 6);
      case PROTOCOL.GRE:
        return this.gre(at);
      case PROTOCOL.ESP:
        return this.has(at, 8) ? at + 8 : at;
      default:
        return at;
    }
  }

  private tcp(at: number): number {
    if (!this.has(at, 20)) return at;
    const header = (this.data[at + 12]! >> 4) * 4;
    // A checksum would tell of the bytes that are cut.
    this.view.setUint16(at + 16, 0);
    this.view.setUint16(at + 18, 0);
    // Three bits are reserved; the fourth belongs to ECN (RFC 9768).
    this.data[at + 12]! &= 0xf1;
    if (header < 20 || !this.has(at, header)) return at + 20;
    this.tcpOptions(at + 20, at + header);
    return at + header;
  }

  private tcpOptions(from: number, to: number): void {
    for (let at = from; at < to;) {
      const kind = this.data[at]!;
      if (kind === 0) return void this.data.fill(0, at, to);
      if (kind === NOTHING) at++;
      else {
        const length = at + 1 < to ? this.data[at + 1]! : 0;
        const end = length < 2 || at + length > to ? to : at + length;
        const isUsual = end === at + length && TCP_OPTIONS.get(kind)?.includes(length) === true;
        if (!isUsual) this.data.fill(NOTHING, at, end);
        at = end;
      }
    }
  }

  private udp(at: number): number {
    if (!this.has(at, 8)) return at;
    // None, which only IPv4 allows (RFC 8200 §8.1).
    this.view.setUint16(at + 6, this.isOverIpv6 ? 0xffff : 0);
    const isVxlan = this.u16(at + 2) === VXLAN_PORT && this.has(at + 8, 8) && this.data[at + 8] === 0x08;
    if (!isVxlan) return at + 8;
    // Only the flag and the network's number mean something (RFC 7348 §5).
    this.data.fill(0, at + 9, at + 12);
    this.data[at + 15] = 0;
    return this.orBefore(
      at + 16,
      this.deeper(at + 16, () => this.ethernet(at + 16)),
    );
  }

  /** Echoes keep their numbers; of errors the packet that they are about is rewritten too. */
  private icmp(protocol: number, at: number): number {
    if (!this.has(at, 8)) return at;
    const type = this.data[at]!;
    this.view.setUint16(at + 2, 0);
    const isV4 = protocol === PROTOCOL.ICMP;
    this.icmpRest(isV4, type, at + 4);
    const isError = isV4 ? [3, 4, 5, 11, 12].includes(type) : type >= 1 && type <= 4;
    if (isError) return this.orBefore(at + 8, this.anyIp(at + 8, isV4 ? 4 : 6));
    const isNeighbour = !isV4 && (type === 135 || type === 136) && this.has(at, 24);
    if (!isNeighbour) return at + 8;
    this.names.replaceAddress(this.data, at + 8);
    return at + 24;
  }

  /** The four bytes whose meaning depends on the type. What has none is cleared. */
  private icmpRest(isV4: boolean, type: number, at: number): void {
    const isEcho = isV4 ? type === 0 || type === 8 : type === 128 || type === 129;
    if (isEcho) return;
    if (isV4 && type === ICMP.REDIRECT) return this.names.replace(this.data, at, 4);
    const code = this.data[at - 3]!;
    if (isV4 && type === ICMP.UNREACHABLE && code === ICMP.FRAGMENTATION_NEEDED) {
      this.view.setUint16(at, 0);
      return;
    }
    if (!isV4 && type === ICMP.TOO_BIG_V6) return;
    this.view.setUint32(at, 0);
  }

  /** The common header and the first chunk's kind; chunks may list addresses. */
  private sctp(at: number): number {
    if (!this.has(at, 12)) return at;
    this.view.setUint32(at + 8, 0);
    return this.has(at, 16) ? at + 16 : at + 12;
  }

  /** RFC 2784 and 2890; version 1 (PPTP) is cut behind its first bytes. */
  private gre(at: number): number {
    if (!this.has(at, 4)) return at;
    const flags = this.u16(at);
    if ((flags & 7) !== 0) return at + 4;
    // The way it took (RFC 1701), of a length that only reading it tells; what else stands between the flags is reserved.
    const isRouted = (flags & 0x4000) !== 0;
    this.view.setUint16(at, flags & 0xf000);
    if (isRouted) return at + 4;
    const length = 4 + [0x8000, 0x2000, 0x1000].filter((flag) => (flags & flag) !== 0).length * 4;
    if (!this.has(at, length)) return at;
    this.data.fill(0, at + 4, at + length);
    const type = this.u16(at + 2);
    const body = at + length;
    if (type === ETHERTYPE.TRANSPARENT)
      return this.orBefore(
        body,
        this.deeper(body, () => this.ethernet(body)),
      );
    return this.orBefore(body, this.ipOf(type, body));
  }
}
