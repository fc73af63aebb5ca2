import { concat } from '../bytes.ts';

/** Writes integers in one byte order. */
export class Order {
  readonly little: boolean;
  constructor(little: boolean) {
    this.little = little;
  }
  u16(v: number): Uint8Array {
    const out = new Uint8Array(2);
    new DataView(out.buffer).setUint16(0, v & 0xffff, this.little);
    return out;
  }
  u32(v: number): Uint8Array {
    const out = new Uint8Array(4);
    new DataView(out.buffer).setUint32(0, v >>> 0, this.little);
    return out;
  }
  i64(v: bigint): Uint8Array {
    const out = new Uint8Array(8);
    new DataView(out.buffer).setBigInt64(0, v, this.little);
    return out;
  }
}

/** A packet for the in-memory writers. `ts` is nanoseconds since 1970 (UTC). */
export interface PacketIn {
  ts: bigint;
  data: Uint8Array;
  /** Length on the wire; default the data's length. */
  originalLength?: number;
  /** Captured length as the header states it, where it shall lie; default the data's length. */
  capturedLength?: number;
}

export interface PcapOptions {
  endian?: 'little' | 'big';
  precision?: 'us' | 'ns';
  /** Kuznetzov's modified format: 24-byte packet headers (ifindex, protocol, packet type). */
  modified?: boolean;
  linkType?: number;
  snaplen?: number;
  /** The upper bits of the link-type word: FCS length in 16-bit words, with the "present" flag. */
  fcsLength?: number;
  version?: readonly [number, number];
  /** Another magic number, for files that are none. */
  magic?: number;
}

/** The 24-byte file header of a pcap. */
export function pcapHeader(o: PcapOptions = {}): Uint8Array {
  const order = new Order(o.endian !== 'big');
  const magic = o.magic ?? (o.modified ? 0xa1b2cd34 : o.precision === 'ns' ? 0xa1b23c4d : 0xa1b2c3d4);
  const fcs = o.fcsLength === undefined ? 0 : ((o.fcsLength << 28) | 0x04000000) >>> 0;
  const version = o.version ?? [2, 4];
  return concat(
    order.u32(magic),
    order.u16(version[0]),
    order.u16(version[1]),
    order.u32(0),
    order.u32(0),
    order.u32(o.snaplen ?? 262144),
    order.u32((o.linkType ?? 1) + fcs),
  );
}

/** One packet record. */
export function pcapRecord(p: PacketIn, o: PcapOptions = {}): Uint8Array {
  const order = new Order(o.endian !== 'big');
  const unit = o.precision === 'ns' && !o.modified ? 1n : 1000n;
  const extra = o.modified ? concat(order.u32(2), order.u16(0x0800), [0, 0]) : new Uint8Array(0);
  return concat(
    order.u32(Number(p.ts / 1_000_000_000n)),
    order.u32(Number((p.ts % 1_000_000_000n) / unit)),
    order.u32(p.capturedLength ?? p.data.length),
    order.u32(p.originalLength ?? p.data.length),
    extra,
    p.data,
  );
}

/** A whole pcap file in memory. */
export const pcapFile = (packets: readonly PacketIn[], o: PcapOptions = {}): Uint8Array =>
  Uint8Array.from(Buffer.concat([pcapHeader(o), ...packets.map((p) => pcapRecord(p, o))]));
