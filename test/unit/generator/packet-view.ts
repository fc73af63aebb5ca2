import { ipText, sum16 } from '../../generator/bytes.ts';
import type { Generated } from '../../generator/scenario.ts';

/** A packet of a generated pcapng (one little-endian section, nanoseconds), parsed by the tests alone. */
export interface PacketView {
  /** ns since 1970. */
  ts: bigint;
  data: Uint8Array;
}

export function* packetsOf(file: Uint8Array): Generator<PacketView> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at + length - 4, true) !== length) throw new Error(`block lengths differ at ${at}`);
    if (type === 6) {
      const captured = view.getUint32(at + 20, true);
      const ts = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true));
      yield { ts, data: file.subarray(at + 28, at + 28 + captured) };
    }
    at += length;
  }
}

export interface IpView {
  version: 4 | 6;
  protocol: number;
  src: Uint8Array;
  dst: Uint8Array;
  /** The bytes inside, without Ethernet padding; empty for fragments. */
  inner: Uint8Array;
  headerOk: boolean;
  fragment: boolean;
  /** A fragment that is not the first: it has no ports. */
  later: boolean;
}

const onesComplementOk = (sum: number): boolean => {
  let s = sum;
  while (s > 0xffff) s = (s & 0xffff) + Math.floor(s / 65536);
  return s === 0xffff;
};

/** The IP layer of an untagged Ethernet frame; undefined for ARP and others. */
export function ipOf(data: Uint8Array): IpView | undefined {
  const etherType = (data[12]! << 8) | data[13]!;
  if (etherType === 0x0800) {
    const size = (data[14]! & 15) * 4;
    const total = (data[16]! << 8) | data[17]!;
    const fragment = (((data[20]! << 8) | data[21]!) & 0x3fff) !== 0;
    return {
      version: 4,
      protocol: data[23]!,
      src: data.subarray(26, 30),
      dst: data.subarray(30, 34),
      inner: data.subarray(14 + size, 14 + total),
      headerOk: onesComplementOk(sum16(data, 14, 14 + size)) && 14 + total <= data.length,
      fragment,
      later: (((data[20]! << 8) | data[21]!) & 0x1fff) !== 0,
    };
  }
  if (etherType !== 0x86dd) return undefined;
  let protocol = data[20]!;
  let at = 54;
  const end = 54 + ((data[18]! << 8) | data[19]!);
  if (protocol === 0) {
    protocol = data[at]!;
    at += (data[at + 1]! + 1) * 8;
  }
  return {
    version: 6,
    protocol,
    src: data.subarray(22, 38),
    dst: data.subarray(38, 54),
    inner: data.subarray(at, end),
    headerOk: end <= data.length,
    fragment: false,
    later: false,
  };
}

/** Whether the checksum of the transport or ICMP header holds. */
export function innerChecksumOk(ip: IpView): boolean {
  const { inner, protocol } = ip;
  const sum = sum16(inner, 0, inner.length);
  if (protocol === 1 || protocol === 2) return onesComplementOk(sum);
  if (protocol !== 6 && protocol !== 17 && protocol !== 58) return true;
  const withSource = sum16(ip.src, 0, ip.src.length, sum);
  return onesComplementOk(sum16(ip.dst, 0, ip.dst.length, withSource) + protocol + inner.length);
}

/** Flow key of a packet, the same in both directions; undefined for what has no ports. */
export function flowKey(data: Uint8Array): string | undefined {
  const ip = ipOf(data);
  if (ip === undefined || ip.later || (ip.protocol !== 6 && ip.protocol !== 17)) return undefined;
  const a = `${ipText(ip.src)}:${(ip.inner[0]! << 8) | ip.inner[1]!}`;
  const b = `${ipText(ip.dst)}:${(ip.inner[2]! << 8) | ip.inner[3]!}`;
  return `${ip.protocol}|${[a, b].sort().join('|')}`;
}

/** Where labels and packets disagree: flows without a label, labels that start elsewhere, labels without a packet. */
export function labelDifferences(g: Generated): { unlabelled: string[]; late: string[]; absent: string[] } {
  const first = new Map<string, bigint>();
  for (const p of packetsOf(g.bytes)) {
    const key = flowKey(p.data);
    if (key !== undefined && !first.has(key)) first.set(key, p.ts);
  }
  const labelled = new Map<string, bigint>();
  for (const l of g.labels) {
    if (l.proto !== 'tcp' && l.proto !== 'udp') continue;
    const ends = [`${l.src}:${l.sport}`, `${l.dst}:${l.dport}`].sort();
    const key = `${l.proto === 'tcp' ? 6 : 17}|${ends.join('|')}`;
    if (!labelled.has(key)) labelled.set(key, BigInt(g.startSeconds) * 1_000_000_000n + BigInt(l.start));
  }
  return {
    unlabelled: [...first.keys()].filter((key) => !labelled.has(key)),
    late: [...first].filter(([key, ts]) => labelled.has(key) && labelled.get(key) !== ts).map(([key]) => key),
    absent: [...labelled.keys()].filter((key) => !first.has(key)),
  };
}
