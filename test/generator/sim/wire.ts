import type { Content } from './content.ts';
import type { Host } from './hosts.ts';

const NO_OPTIONS = new Uint8Array(0);

/** Link-local groups are sent with TTL 255 (mDNS) or 1 (LLMNR), SSDP with 4. */
function multicastTtl(dst: Host, usual: number): number {
  if (dst.mac[0] === 0x33) return dst.mac[5] === 0xfb ? 255 : 1;
  if (dst.ip4[0]! < 224 || dst.ip4[0] === 255) return usual;
  return dst.ip4[0] === 224 ? (dst.ip4[3] === 251 ? 255 : 1) : 4;
}

/**
 * Builds packets straight into one scratch buffer: the hot path of the generator (the builders of `frames.ts` allocate).
 * A full-size TCP segment costs about 1 µs, mostly its checksum.
 */
export class Wire {
  readonly buffer = new Uint8Array(70000);
  /** Length of the last frame built. */
  length = 0;

  private ethernetAndIp(
    src: Host,
    dst: Host,
    v6: boolean,
    protocol: number,
    payload: number,
    ttl: number,
    dstMac: Uint8Array,
  ): number {
    const b = this.buffer;
    for (let i = 0; i < 6; i++) {
      b[i] = dstMac[i]!;
      b[6 + i] = src.mac[i]!;
    }
    if (v6) {
      b[12] = 0x86;
      b[13] = 0xdd;
      b[14] = 0x60;
      b[15] = 0;
      b[16] = 0;
      b[17] = 0;
      b[18] = payload >> 8;
      b[19] = payload & 255;
      b[20] = protocol;
      b[21] = ttl;
      b.set(src.ip6!, 22);
      b.set(dst.ip6!, 38);
      return 54;
    }
    const total = payload + 20;
    const id = (src.ipId = (src.ipId + 1) & 0xffff);
    b[12] = 0x08;
    b[13] = 0;
    b[14] = 0x45;
    b[15] = 0;
    b[16] = total >> 8;
    b[17] = total & 255;
    b[18] = id >> 8;
    b[19] = id & 255;
    b[20] = protocol === 6 ? 0x40 : 0;
    b[21] = 0;
    b[22] = ttl;
    b[23] = protocol;
    b[24] = 0;
    b[25] = 0;
    for (let i = 0; i < 4; i++) {
      b[26 + i] = src.ip4[i]!;
      b[30 + i] = dst.ip4[i]!;
    }
    let s = 0;
    for (let i = 14; i < 34; i += 2) s += (b[i]! << 8) | b[i + 1]!;
    s = (s & 0xffff) + (s >>> 16);
    s = ~((s & 0xffff) + (s >>> 16)) & 0xffff;
    b[24] = s >> 8;
    b[25] = s & 255;
    return 34;
  }

  private checksum(v6: boolean, protocol: number, at: number, end: number): number {
    const b = this.buffer;
    let s = protocol + end - at;
    let i = v6 ? 22 : 26;
    for (; i < at; i += 2) s += (b[i]! << 8) | b[i + 1]!;
    const even = end - ((end - at) & 1);
    for (i = at; i < even; i += 2) s += (b[i]! << 8) | b[i + 1]!;
    if (even < end) s += b[even]! << 8;
    s = (s & 0xffff) + (s >>> 16);
    return ~((s & 0xffff) + (s >>> 16)) & 0xffff;
  }

  /** A TCP segment; `options` is a multiple of four bytes. */
  tcp(
    src: Host,
    dst: Host,
    v6: boolean,
    sport: number,
    dport: number,
    seq: number,
    ack: number,
    flags: number,
    window: number,
    options: Uint8Array = NO_OPTIONS,
    content: Content | null = null,
    from = 0,
    count = 0,
    ttl = src.ttl,
  ): void {
    const header = 20 + options.length;
    const at = this.ethernetAndIp(src, dst, v6, 6, header + count, ttl, dst.mac);
    const b = this.buffer;
    b[at] = sport >> 8;
    b[at + 1] = sport & 255;
    b[at + 2] = dport >> 8;
    b[at + 3] = dport & 255;
    b[at + 4] = seq >>> 24;
    b[at + 5] = (seq >>> 16) & 255;
    b[at + 6] = (seq >>> 8) & 255;
    b[at + 7] = seq & 255;
    b[at + 8] = ack >>> 24;
    b[at + 9] = (ack >>> 16) & 255;
    b[at + 10] = (ack >>> 8) & 255;
    b[at + 11] = ack & 255;
    b[at + 12] = (header / 4) << 4;
    b[at + 13] = flags;
    b[at + 14] = window >> 8;
    b[at + 15] = window & 255;
    b[at + 16] = 0;
    b[at + 17] = 0;
    b[at + 18] = 0;
    b[at + 19] = 0;
    for (let i = 0; i < options.length; i++) b[at + 20 + i] = options[i]!;
    if (content !== null && count > 0) content.copyInto(b, at + header, from, count);
    const end = at + header + count;
    const sum = this.checksum(v6, 6, at, end);
    b[at + 16] = sum >> 8;
    b[at + 17] = sum & 255;
    this.finish(end);
  }

  /** A UDP datagram; `dstMac` for multicast and broadcast. */
  udp(
    src: Host,
    dst: Host,
    v6: boolean,
    sport: number,
    dport: number,
    content: Content,
    from = 0,
    count = content.length,
    ttl = multicastTtl(dst, src.ttl),
    dstMac = dst.mac,
  ): void {
    const at = this.ethernetAndIp(src, dst, v6, 17, 8 + count, ttl, dstMac);
    const b = this.buffer;
    const length = 8 + count;
    b[at] = sport >> 8;
    b[at + 1] = sport & 255;
    b[at + 2] = dport >> 8;
    b[at + 3] = dport & 255;
    b[at + 4] = length >> 8;
    b[at + 5] = length & 255;
    b[at + 6] = 0;
    b[at + 7] = 0;
    content.copyInto(b, at + 8, from, count);
    const sum = this.checksum(v6, 17, at, at + length) || 0xffff;
    b[at + 6] = sum >> 8;
    b[at + 7] = sum & 255;
    this.finish(at + length);
  }

  /** A finished frame built elsewhere. */
  raw(frame: Uint8Array): void {
    this.buffer.set(frame);
    this.length = frame.length;
  }

  /** Ethernet's minimum: a mirror port sees the padding of short frames. */
  private finish(end: number): void {
    const b = this.buffer;
    let length = end;
    while (length < 60) b[length++] = 0;
    this.length = length;
  }
}
