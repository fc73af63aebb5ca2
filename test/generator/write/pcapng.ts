import { bytes, concat, ip, zeros, type BytesLike } from '../bytes.ts';
import { Order } from './pcap.ts';

/** One option: its code and value. Text is UTF-8. */
export interface PcapngOption {
  code: number;
  value: BytesLike;
}

export interface InterfaceOptions {
  linkType?: number;
  snaplen?: number;
  /** if_tsresol byte: n = 10^-n seconds, 0x80 | n = 2^-n. Default: the option is absent (microseconds). */
  tsresol?: number;
  /** if_tsoffset in seconds. */
  tsoffset?: bigint;
  name?: string;
  description?: string;
  filter?: string;
  fcsLength?: number;
  options?: readonly PcapngOption[];
}

export interface BlockPacket {
  ts: bigint;
  data: Uint8Array;
  interface?: number;
  originalLength?: number;
  capturedLength?: number;
  comment?: string;
  options?: readonly PcapngOption[];
}

interface Iface {
  tsresol: number;
  tsoffset: bigint;
}

const pad4 = (n: number): number => (4 - (n % 4)) % 4;

/** Ticks of a timestamp (ns since 1970) in an interface's resolution and offset. */
function ticks(ts: bigint, iface: Iface): bigint {
  const relative = ts - iface.tsoffset * 1_000_000_000n;
  const power = BigInt(iface.tsresol & 0x7f);
  const perSecond = iface.tsresol & 0x80 ? 2n ** power : 10n ** power;
  return (relative * perSecond) / 1_000_000_000n;
}

/**
 * Builds a pcapng file block by block (draft-ietf-opsawg-pcapng). Every method returns `this`; `bytes()` gives the file.
 * The first block is a section header, added by itself when none was asked for.
 */
export class PcapngBuilder {
  private readonly parts: Uint8Array[] = [];
  private order = new Order(true);
  private interfaces: Iface[] = [];
  private started = false;

  private options(list: readonly PcapngOption[]): Uint8Array {
    if (list.length === 0) return zeros(0);
    const encoded = list.map((o) => {
      const value = bytes(o.value);
      return concat(this.order.u16(o.code), this.order.u16(value.length), value, zeros(pad4(value.length)));
    });
    return concat(...encoded, zeros(4));
  }

  /** Any block: its type, body (padded to four bytes) and, to lie, another total length (leading, trailing). */
  block(type: number, body: BytesLike, lengths?: readonly [number, number]): this {
    if (!this.started && type !== 0x0a0d0d0a) this.section();
    const content = bytes(body);
    const padded = concat(content, zeros(pad4(content.length)));
    const total = padded.length + 12;
    this.parts.push(
      concat(
        this.order.u32(type),
        this.order.u32(lengths?.[0] ?? total),
        padded,
        this.order.u32(lengths?.[1] ?? total),
      ),
    );
    return this;
  }

  /** Starts a section: its own byte order, its own interfaces. `length` is the section length field (default -1, unknown). */
  section(
    o: {
      endian?: 'little' | 'big';
      length?: bigint;
      version?: readonly [number, number];
      options?: readonly PcapngOption[];
    } = {},
  ): this {
    this.started = true;
    this.order = new Order(o.endian !== 'big');
    this.interfaces = [];
    const version = o.version ?? [1, 0];
    return this.block(
      0x0a0d0d0a,
      concat(
        this.order.u32(0x1a2b3c4d),
        this.order.u16(version[0]),
        this.order.u16(version[1]),
        this.order.i64(o.length ?? -1n),
        this.options(o.options ?? []),
      ),
    );
  }

  /** Interface description. Interfaces are numbered from 0 within the section. */
  interface(o: InterfaceOptions = {}): this {
    if (!this.started) this.section();
    const list: PcapngOption[] = [];
    if (o.name !== undefined) list.push({ code: 2, value: o.name });
    if (o.description !== undefined) list.push({ code: 3, value: o.description });
    if (o.tsresol !== undefined) list.push({ code: 9, value: [o.tsresol] });
    if (o.filter !== undefined) list.push({ code: 11, value: concat([0], bytes(o.filter)) });
    if (o.fcsLength !== undefined) list.push({ code: 13, value: [o.fcsLength] });
    if (o.tsoffset !== undefined) list.push({ code: 14, value: this.order.i64(o.tsoffset) });
    list.push(...(o.options ?? []));
    this.interfaces.push({ tsresol: o.tsresol ?? 6, tsoffset: o.tsoffset ?? 0n });
    return this.block(
      1,
      concat(
        this.order.u16(o.linkType ?? 1),
        this.order.u16(0),
        this.order.u32(o.snaplen ?? 262144),
        this.options(list),
      ),
    );
  }

  private stamp(p: BlockPacket): Uint8Array {
    const t = ticks(p.ts, this.interfaces[p.interface ?? 0] ?? { tsresol: 6, tsoffset: 0n });
    return concat(this.order.u32(Number((t >> 32n) & 0xffffffffn)), this.order.u32(Number(t & 0xffffffffn)));
  }

  private optionsOf(p: BlockPacket): Uint8Array {
    const comment = p.comment === undefined ? [] : [{ code: 1, value: p.comment }];
    return this.options([...comment, ...(p.options ?? [])]);
  }

  private ensureInterface(): void {
    if (this.interfaces.length === 0) this.interface();
  }

  /** Enhanced packet block. */
  packet(p: BlockPacket): this {
    this.ensureInterface();
    return this.block(
      6,
      concat(
        this.order.u32(p.interface ?? 0),
        this.stamp(p),
        this.order.u32(p.capturedLength ?? p.data.length),
        this.order.u32(p.originalLength ?? p.data.length),
        p.data,
        zeros(pad4(p.data.length)),
        this.optionsOf(p),
      ),
    );
  }

  /** Simple packet block: no time, interface 0. */
  simplePacket(data: Uint8Array, originalLength = data.length): this {
    this.ensureInterface();
    return this.block(3, concat(this.order.u32(originalLength), data));
  }

  /** The obsolete packet block (type 2). */
  obsoletePacket(p: BlockPacket & { drops?: number }): this {
    this.ensureInterface();
    return this.block(
      2,
      concat(
        this.order.u16(p.interface ?? 0),
        this.order.u16(p.drops ?? 0xffff),
        this.stamp(p),
        this.order.u32(p.capturedLength ?? p.data.length),
        this.order.u32(p.originalLength ?? p.data.length),
        p.data,
        zeros(pad4(p.data.length)),
        this.optionsOf(p),
      ),
    );
  }

  /** Name resolution block: address text to names. */
  nameResolution(records: Readonly<Record<string, readonly string[]>>): this {
    const parts = Object.entries(records).map(([address, names]) => {
      const raw = ip(address);
      const value = concat(raw, ...names.map((n) => concat(bytes(n), [0])));
      return concat(
        this.order.u16(raw.length === 4 ? 1 : 2),
        this.order.u16(value.length),
        value,
        zeros(pad4(value.length)),
      );
    });
    return this.block(4, concat(...parts, zeros(4)));
  }

  /** Interface statistics block. Counters as isb_ifrecv and isb_ifdrop. */
  statistics(o: { ts: bigint; interface?: number; received?: bigint; dropped?: bigint }): this {
    this.ensureInterface();
    const list: PcapngOption[] = [];
    if (o.received !== undefined) list.push({ code: 4, value: this.order.i64(o.received) });
    if (o.dropped !== undefined) list.push({ code: 5, value: this.order.i64(o.dropped) });
    const stamp = this.stamp({ ts: o.ts, data: zeros(0), interface: o.interface ?? 0 });
    return this.block(5, concat(this.order.u32(o.interface ?? 0), stamp, this.options(list)));
  }

  /** Custom block (copyable) with a private enterprise number. */
  custom(pen: number, data: BytesLike): this {
    if (!this.started) this.section();
    return this.block(0x00000bad, concat(this.order.u32(pen), bytes(data)));
  }

  /** Decryption secrets block (type 10), TLS key log by default. */
  secrets(data: BytesLike, type = 0x544c534b): this {
    if (!this.started) this.section();
    const content = bytes(data);
    return this.block(10, concat(this.order.u32(type), this.order.u32(content.length), content));
  }

  /** Bytes as they are, for damage between blocks. */
  raw(data: BytesLike): this {
    this.parts.push(bytes(data));
    return this;
  }

  bytes(): Uint8Array {
    if (!this.started) this.section();
    return concat(...this.parts);
  }
}

/** A one-section, one-interface pcapng file in memory. */
export function pcapngFile(
  packets: readonly BlockPacket[],
  o: InterfaceOptions & { endian?: 'little' | 'big' } = {},
): Uint8Array {
  const builder = new PcapngBuilder().section({ endian: o.endian ?? 'little' }).interface(o);
  for (const p of packets) builder.packet(p);
  return builder.bytes();
}
