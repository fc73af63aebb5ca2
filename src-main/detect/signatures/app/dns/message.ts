/** DNS messages (RFC 1035) as rules look at them; LLMNR (RFC 4795) and mDNS (RFC 6762) are alike. */
import { u16, u8 } from '../bytes.ts';

const POINTERS_MAX = 128;
const NAME_MAX = 1025;
const RECORDS_MAX = 512;

/** Reads the name at `at`; null: it is broken. `next` is where it ends in the message. */
export function readName(data: Uint8Array, at: number): { name: string; next: number } | null {
  let next = -1;
  let place = at;
  let name = '';
  for (let jumps = 0; jumps <= POINTERS_MAX;) {
    const length = u8(data, place);
    if (length < 0) return null;
    if (length === 0) return { name, next: next < 0 ? place + 1 : next };
    if (length >= 192) {
      const target = u16(data, place);
      if (target < 0) return null;
      if (next < 0) next = place + 2;
      place = target & 0x3fff;
      jumps += 1;
      continue;
    }
    if (length >= 64 || place + 1 + length > data.length) return null;
    const label = Buffer.from(data.buffer, data.byteOffset + place + 1, length).toString('latin1');
    if (name.length < NAME_MAX) name += name === '' ? label : `.${label}`;
    place += 1 + length;
    jumps += place > data.length ? POINTERS_MAX : 0.25;
  }
  return null;
}

export interface Record {
  readonly name: string;
  readonly type: number;
  /** A name in the data of types that have one. */
  readonly target: string | null;
}

export interface Message {
  readonly id: number;
  readonly answer: boolean;
  readonly opcode: number;
  readonly rcode: number;
  readonly z: boolean;
  readonly queries: readonly Record[];
  readonly answers: readonly Record[];
  readonly authorities: readonly Record[];
  readonly additionals: readonly Record[];
  /** The section in which reading ended. */
  readonly broken: 'queries' | 'answers' | 'authorities' | 'additionals' | null;
  /** Bytes that were read. */
  readonly length: number;
}

/** How many bytes stand before the name in the data, by type: NS, CNAME, SOA, PTR, MX, SRV, DNAME. */
const TARGETS: ReadonlyMap<number, number> = new Map([
  [2, 0],
  [5, 0],
  [6, 0],
  [12, 0],
  [15, 2],
  [33, 6],
  [39, 0],
]);

class Reader {
  readonly data: Uint8Array;
  at = 12;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  query(): Record | null {
    const told = readName(this.data, this.at);
    if (told === null || told.next + 4 > this.data.length) return null;
    this.at = told.next + 4;
    return { name: told.name, type: u16(this.data, told.next), target: null };
  }

  record(): Record | null {
    const { data } = this;
    const told = readName(data, this.at);
    if (told === null || told.next + 10 > data.length) return null;
    const type = u16(data, told.next);
    const start = told.next + 10;
    const end = start + u16(data, told.next + 8);
    if (end > data.length) return null;
    this.at = end;
    const skip = TARGETS.get(type);
    return { name: told.name, type, target: skip === undefined ? null : (readName(data, start + skip)?.name ?? null) };
  }

  /** So many; null in place of what is broken, and nothing after it. */
  section(count: number, query: boolean): { records: Record[]; whole: boolean } {
    const records: Record[] = [];
    for (let i = 0; i < Math.min(count, RECORDS_MAX); i += 1) {
      const one = query ? this.query() : this.record();
      if (one === null) return { records, whole: false };
      records.push(one);
    }
    return { records, whole: true };
  }
}

const SECTIONS = ['queries', 'answers', 'authorities', 'additionals'] as const;

/** Reads a message; null: not even a header. */
export function readMessage(data: Uint8Array): Message | null {
  if (data.length < 12) return null;
  const flags = u16(data, 2);
  const reader = new Reader(data);
  const found: Record[][] = [[], [], [], []];
  let broken: Message['broken'] = null;
  for (const [i, name] of SECTIONS.entries()) {
    const told = reader.section(u16(data, 4 + 2 * i), i === 0);
    found[i] = told.records;
    if (told.whole) continue;
    broken = name;
    break;
  }
  const [queries, answers, authorities, additionals] = found as [Record[], Record[], Record[], Record[]];
  return {
    id: u16(data, 0),
    answer: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    rcode: flags & 15,
    z: (flags & 0x40) !== 0,
    queries,
    answers,
    authorities,
    additionals,
    broken,
    length: reader.at,
  };
}
