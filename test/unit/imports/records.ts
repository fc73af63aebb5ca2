/** Files of other sensors made on the spot, and what Sonde reads in them. */
import { writeFileSync } from 'node:fs';
import { openRecords } from '../../../src-main/keep/imports/open-records.ts';
import { RecordReader, type ReaderOptions } from '../../../src-main/keep/imports/reader.ts';
import type { FlowRecord } from '../../../src-main/keep/imports/record.ts';
import { formatAddress } from '../../../src-main/meter/hosts.ts';
import { concat, ip4, ip6, u16, u16le, u32, u32le, u64le, u8, zeros } from '../../generator/bytes.ts';

export const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes';

export function zeekLog(lines: readonly string[], fields = FIELDS, path = 'conn'): string {
  const head = ['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', `#path\t${path}`];
  const tabbed = (text: string): string => text.replaceAll(' ', '\t');
  return [...head, `#fields\t${tabbed(fields)}`, ...lines.map(tabbed), '#close\t2024-01-01-00-00-00', ''].join('\n');
}

export const LINE =
  '1591367999.305988 CMdzit1AMNsmfAIiQc 192.168.4.76 36844 192.168.4.1 53 udp dns 0.066852 62 141 SF 0 Dd 2 118 2 197';

export interface Read {
  records: FlowRecord[];
  reader: RecordReader;
}

/** Everything in the files, in the order it is handed on. */
export async function readAll(paths: readonly string[], options: ReaderOptions = {}): Promise<Read> {
  const reader = await openRecords(paths, options);
  if (!(reader instanceof RecordReader)) throw new Error('no records');
  const records: FlowRecord[] = [];
  for (;;) {
    await reader.fill();
    const record = reader.take();
    if (!record) break;
    records.push(record);
  }
  await reader.close();
  return { records, reader };
}

export async function readText(path: string, text: string | Uint8Array): Promise<Read> {
  writeFileSync(path, text);
  return readAll([path]);
}

export const ends = ({ ends: e, origPort, respPort }: FlowRecord): string =>
  `${formatAddress(e, 0)}:${origPort} > ${formatAddress(e, 4)}:${respPort}`;

export const codes = ({ reader }: Read): Record<string, number> =>
  Object.fromEntries(
    reader.summaries().flatMap(({ warnings }) => warnings.map(({ code, count }) => [code, count] as const)),
  );

export interface Nf {
  first: number;
  last: number;
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  proto?: number;
  flags?: number;
  packets?: number;
  bytes?: number;
  /** Those of the other direction. */
  out?: { packets: number; bytes: number };
}

/** A record of nfdump's format 2; an element it does not know stands before the others. */
export function nfRecord(nf: Nf): Uint8Array {
  const number = (value: number): Uint8Array => u64le(BigInt(value));
  const element = (type: number, content: Uint8Array): Uint8Array =>
    concat(u16le(type), u16le(content.length + 4), content);
  const generic = concat(
    number(nf.first),
    number(nf.last),
    number(0),
    number(nf.packets ?? 1),
    number(nf.bytes ?? 60),
    u16le(nf.sport ?? 0),
    u16le(nf.dport ?? 0),
    u8(nf.proto ?? 6),
    u8(nf.flags ?? 0),
    u8(0),
    u8(0),
  );
  const swapped = (bytes: Uint8Array): Uint8Array => concat(bytes.slice(0, 8).reverse(), bytes.slice(8).reverse());
  const addresses = nf.src.includes(':')
    ? element(3, concat(swapped(ip6(nf.src)), swapped(ip6(nf.dst))))
    : element(2, concat(ip4(nf.src).slice().reverse(), ip4(nf.dst).slice().reverse()));
  const parts = [element(5, zeros(12)), element(1, generic), addresses];
  if (nf.out) parts.push(element(6, concat(number(1), number(nf.out.packets), number(nf.out.bytes))));
  const body = concat(...parts);
  return concat(u16le(11), u16le(body.length + 12), u16le(parts.length), zeros(6), body);
}

/** A file of nfdump's format 2 with one block. */
export function nfFile(records: readonly Uint8Array[], packing = 0, pack = (bytes: Uint8Array) => bytes): Uint8Array {
  const block = pack(concat(...records));
  const head = concat(
    u16le(0xa50c),
    u16le(2),
    u32le(0x01070100),
    zeros(8),
    u8(packing),
    zeros(15),
    u32le(1 << 20),
    u32le(1),
  );
  return concat(head, u32le(records.length), u32le(block.length), u16le(3), u16le(0), block);
}

export interface OldFlow {
  first: number;
  last: number;
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  proto?: number;
  flags?: number;
  packets: number;
  bytes: number;
  /** Counts of 64 bits. */
  long?: boolean;
  map?: number;
  extensions?: Uint8Array;
}

/** Bytes of some. */
const EXTENSIONS: Readonly<Record<number, number>> = { 4: 4, 13: 4, 14: 4, 15: 8, 16: 4, 17: 8 };

/** A map of extensions of nfdump's file format 1. */
export const oldMap = (id: number, ...extensions: number[]): Uint8Array => {
  const ids = [...extensions, 0, ...(extensions.length % 2 === 0 ? [0] : [])];
  const bytes = extensions.reduce((sum, extension) => sum + (EXTENSIONS[extension] ?? 4), 0);
  return concat(u16le(2), u16le(8 + ids.length * 2), u16le(id), u16le(bytes), ...ids.map(u16le));
};

/** A flow of nfdump's file format 1. */
export function oldRecord(flow: OldFlow): Uint8Array {
  const { first, last, src, dst, sport = 0, dport = 0, proto = 6, flags = 0, packets, bytes, long = false } = flow;
  const six = src.includes(':');
  const count = (value: number): Uint8Array => (long ? u64le(BigInt(value)) : u32le(value));
  const halves = (address: string): Uint8Array => {
    const ip = ip6(address);
    return concat(ip.slice(0, 8).reverse(), ip.slice(8).reverse());
  };
  const ends = six ? concat(halves(src), halves(dst)) : concat(ip4(src).slice().reverse(), ip4(dst).slice().reverse());
  const content = concat(
    u16le((six ? 1 : 0) | (long ? 6 : 0)),
    u16le(flow.map ?? 0),
    u16le(first % 1000),
    u16le(last % 1000),
    u32le(Math.floor(first / 1000)),
    u32le(Math.floor(last / 1000)),
    u8(0),
    u8(flags),
    u8(proto),
    u8(0),
    u16le(sport),
    u16le(dport),
    u32le(0),
    ends,
    count(packets),
    count(bytes),
    flow.extensions ?? zeros(0),
  );
  return concat(u16le(10), u16le(content.length + 4), content);
}

/** A file of nfdump's format 1 with one block. `flags`: 1 LZO, 8 bzip2, 16 LZ4. */
export function oldFile(records: readonly Uint8Array[], flags = 0, pack = (bytes: Uint8Array) => bytes): Uint8Array {
  const block = pack(concat(...records));
  const head = concat(u16le(0xa50c), u16le(1), u32le(flags), u32le(1), zeros(128), zeros(136));
  return concat(head, u32le(records.length), u32le(block.length), u16le(2), u16le(0), block);
}

/** A set of an IPFIX message. */
export const ipfixSet = (id: number, ...content: Uint8Array[]): Uint8Array => {
  const body = concat(...content);
  return concat(u16(id), u16(body.length + 4), body);
};

export function ipfixMessage(sets: readonly Uint8Array[], exported = 1_700_000_000, domain = 1): Uint8Array {
  const body = concat(...sets);
  return concat(u16(10), u16(body.length + 16), u32(exported), u32(0), u32(domain), body);
}

/** Fields as [element, length] or [element, length, enterprise]. */
export function ipfixTemplate(id: number, fields: readonly (readonly number[])[]): Uint8Array {
  const each = fields.map(([element, length, pen]) =>
    pen === undefined ? concat(u16(element!), u16(length!)) : concat(u16(element! | 0x8000), u16(length!), u32(pen)),
  );
  return concat(u16(id), u16(fields.length), ...each);
}
