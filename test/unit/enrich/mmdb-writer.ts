/** Writes MMDB files (MaxMind DB File Format Specification 2.0) for tests: a tree of IPv6 with IPv4 in its first 32 bits below zeros. */
import { parseNetwork } from '../../../src-shared/domain/network.ts';

export type Value = string | number | boolean | Raw | readonly Value[] | { readonly [key: string]: Value };

/** Bytes as they are, for what a sound writer would not write. */
export class Raw {
  readonly bytes: Buffer;
  constructor(...bytes: number[]) {
    this.bytes = Buffer.from(bytes);
  }
}

const SIZES = [29, 285, 65_821];

/** Control byte, extended type where it is above 7, and size. */
export function control(type: number, size: number): Buffer {
  const extra = size < 29 ? 0 : size < 285 ? 1 : size < 65_821 ? 2 : 3;
  const rest = Buffer.alloc(extra);
  if (extra > 0) rest.writeUIntBE(size - SIZES[extra - 1]!, 0, extra);
  const low = extra === 0 ? size : 28 + extra;
  return Buffer.concat([Buffer.from(type < 8 ? [(type << 5) | low] : [low, type - 7]), rest]);
}

export function encode(value: Value): Buffer {
  if (value instanceof Raw) return value.bytes;
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    const digits = value.toString(16);
    const bytes =
      value === 0 ? Buffer.alloc(0) : Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
    return Buffer.concat([control(bytes.length > 4 ? 9 : 6, bytes.length), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as Record<string, Value>);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, one]) => [encode(key), encode(one)])]);
}

type Node = [Node | number | null, Node | number | null];

/** Bits of a network as the tree has them: IPv4 at ::/96. */
function bitsOf(network: string): number[] {
  const { first, bits } = parseNetwork(network)!;
  const bytes = [...first];
  if (bits >= 96 && bytes[10] === 255 && bytes[11] === 255) bytes[10] = bytes[11] = 0;
  return Array.from({ length: bits }, (_, i) => (bytes[i >> 3]! >> (7 - (i & 7))) & 1);
}

function insert(root: Node, network: string, offset: number): void {
  const bits = bitsOf(network);
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit]!;
    // What is known of the wider network stays true for the rest of it.
    node = typeof next === 'object' && next !== null ? next : ((node[bit] = [next, next]) as Node);
  }
  node[bits.at(-1)!] = offset;
}

export interface MmdbOptions {
  type: string;
  /** Network → record; wider networks first. */
  records: Readonly<Record<string, Value>>;
  recordSize?: 24 | 28 | 32;
  /** In place of what a sound writer says. */
  metadata?: Readonly<Record<string, Value>>;
}

function writeNode(nodes: readonly number[], size: number): Buffer {
  const [left = 0, right = 0] = nodes;
  const bytes = Buffer.alloc(size / 4);
  if (size === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes[3] = ((left >>> 24) << 4) | (right >>> 24);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    bytes.writeUIntBE(left, 0, size / 8);
    bytes.writeUIntBE(right, size / 8, size / 8);
  }
  return bytes;
}

export function mmdb({ type, records, recordSize = 24, metadata = {} }: MmdbOptions): Buffer {
  const root: Node = [null, null];
  const data: Buffer[] = [];
  let length = 0;
  for (const [network, record] of Object.entries(records)) {
    insert(root, network, length);
    const bytes = encode(record);
    data.push(bytes);
    length += bytes.length;
  }
  const all: Node[] = [root];
  const numbers = new Map<Node, number>([[root, 0]]);
  for (const node of all) {
    for (const next of node) {
      if (typeof next === 'object' && next !== null) numbers.set(next, all.push(next) - 1);
    }
  }
  const tree = all.map((node) =>
    writeNode(
      node.map((next) =>
        next === null ? all.length : typeof next === 'number' ? all.length + 16 + next : numbers.get(next)!,
      ),
      recordSize,
    ),
  );
  const about = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000,
    database_type: type,
    description: { en: 'made by a test' },
    ip_version: 6,
    languages: ['en'],
    node_count: all.length,
    record_size: recordSize,
    ...metadata,
  };
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, encode(about)]);
}

/** As GeoLite2-City has it. */
export const cityRecord = (code: string, country: string, city: string): Value => ({
  city: { geoname_id: 1, names: { en: city } },
  country: { iso_code: code, names: { de: `${country} (de)`, en: country } },
  location: { accuracy_radius: 100, time_zone: 'Europe/Amsterdam' },
});

/** As GeoLite2-ASN has it. */
export const asRecord = (number: number, name: string): Value => ({
  autonomous_system_number: number,
  autonomous_system_organization: name,
});
