/** HPACK (RFC 7541): header fields of one direction of an HTTP/2 connection, with its table of fields sent before. */
import type { Room } from '../account.ts';
import { latin1, printable } from '../bytes.ts';
import { huffman, readHuffman } from './huffman.ts';

/** What a field costs in the table beside its letters. */
const OVERHEAD = 32;

/** What of a field was found before, so that one of the table costs no more than its number when it comes again. */
export const FOUND = { CODE_SOUGHT: 1, CODE: 2, TOLD: 4 } as const;

/** A field: the same object each time it is referred to. Its value is text for people. */
export class Field {
  readonly name: string;
  readonly value: string;
  /** True length of the name, and of the value: more of them may have been sent than is kept. */
  readonly nameLength: number;
  readonly valueLength: number;
  /** Bits of `FOUND`, set by who reads it. */
  found = 0;

  constructor(name: string, value: string, nameLength = name.length, valueLength = value.length) {
    this.name = name;
    this.value = value;
    this.nameLength = nameLength;
    this.valueLength = valueLength;
  }

  /** What it costs in the table. */
  get size(): number {
    return OVERHEAD + this.nameLength + this.valueLength;
  }
}

/** Names and values of fields that need not be sent (appendix A), from number 1 on. */
const STATIC: readonly Field[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((status): [string, string] => [':status', status]),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...[
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control',
    'content-disposition content-encoding content-language content-length content-location content-range content-type',
    'cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since',
    'last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after',
    'server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate',
  ].flatMap((line) => line.split(' ').map((name): [string, string] => [name, ''])),
].map(([name, value]) => new Field(name!, value!));

/** Size of the table by default, and the largest that is followed. */
const TABLE_DEFAULT = 4096;
const TABLE_MAX = 65_536;
/** Letters of a value that are kept, and of a name. */
const VALUE_KEPT = 2048;
const NAME_KEPT = 128;

/** Bytes that an entry takes here beside its letters. */
const ENTRY_BYTES = 96;
/** Entries left behind at the front before the list is moved up. */
const GONE_MAX = 32;

const EVICTED = new Field('', '');

const bytesOf = (entry: Field): number => ENTRY_BYTES + entry.name.length + entry.value.length;

export type OnField = (field: Field) => void;

export class Hpack {
  /** The table was given up, for there is no memory for it. */
  refused = false;
  /** Latest last; those before `gone` are evicted. */
  private entries: Field[] = [];
  private gone = 0;
  private used = 0;
  private limit = TABLE_DEFAULT;
  /** Where reading stands; -1 once the block is broken. */
  private at = 0;
  /** True length of the string read last. */
  private length = 0;

  /**
   * Reads the header block [at, end); the table's memory is asked from `room`. False when it breaks the rules, or there is
   * no memory: then the table can no longer be trusted, and no later block of the direction can be read.
   */
  read(data: Uint8Array, at: number, end: number, room: Room, onField: OnField): boolean {
    if (this.fields(data, at, end, room, onField)) return true;
    this.clear(room);
    return false;
  }

  private clear(room: Room): void {
    this.limit = 0;
    this.evict(room);
    this.entries = [];
    this.gone = 0;
    this.used = 0;
  }

  private fields(data: Uint8Array, at: number, end: number, room: Room, onField: OnField): boolean {
    this.at = at;
    while (this.at >= 0 && this.at < end) {
      const byte = data[this.at]!;
      if (byte & 0x80) {
        const entry = this.entry(this.integer(data, end, 7));
        if (!entry) return false;
        onField(entry);
      } else if ((byte & 0xe0) === 0x20) {
        const limit = this.integer(data, end, 5);
        if (limit < 0 || limit > TABLE_MAX) return false;
        this.limit = limit;
        this.evict(room);
      } else if (!this.literal(data, end, byte, room, onField)) return false;
    }
    return this.at === end;
  }

  private literal(data: Uint8Array, end: number, byte: number, room: Room, onField: OnField): boolean {
    const kept = (byte & 0x40) !== 0;
    const index = this.integer(data, end, kept ? 6 : 4);
    if (index < 0) return false;
    let name: string | null;
    let nameLength: number;
    if (index > 0) {
      const entry = this.entry(index);
      if (!entry) return false;
      name = entry.name;
      nameLength = entry.nameLength;
    } else {
      name = this.text(data, end, NAME_KEPT);
      nameLength = this.length;
    }
    if (name === null) return false;
    const value = this.text(data, end, VALUE_KEPT);
    if (value === null) return false;
    const field = new Field(name, printable(value), nameLength, this.length);
    onField(field);
    return !kept || this.add(field, room);
  }

  private add(entry: Field, room: Room): boolean {
    this.used += entry.size;
    this.evict(room);
    if (this.used > this.limit) {
      // An entry larger than the table empties it (section 4.4).
      this.used = 0;
      return true;
    }
    if (!room.keep(bytesOf(entry))) {
      this.refused = true;
      return false;
    }
    this.entries.push(entry);
    return true;
  }

  /** Drops the oldest entries until the rest fits. */
  private evict(room: Room): void {
    const { entries } = this;
    while (this.used > this.limit && this.gone < entries.length) {
      const entry = entries[this.gone]!;
      entries[this.gone++] = EVICTED;
      this.used -= entry.size;
      room.drop(bytesOf(entry));
    }
    if (this.gone < GONE_MAX || this.gone * 2 < entries.length) return;
    entries.splice(0, this.gone);
    this.gone = 0;
  }

  private entry(index: number): Field | null {
    if (index < 1) return null;
    if (index > STATIC.length) {
      const place = this.entries.length - (index - STATIC.length);
      return place < this.gone ? null : this.entries[place]!;
    }
    return STATIC[index - 1]!;
  }

  /** A number whose first bits share a byte with something else; -1 when it is broken or beyond 2^28. */
  private integer(data: Uint8Array, end: number, prefix: number): number {
    const mask = (1 << prefix) - 1;
    if (this.at >= end) return this.broken();
    let value = data[this.at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.at >= end) return this.broken();
      const byte = data[this.at++]!;
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    return this.broken();
  }

  private broken(): number {
    this.at = -1;
    return -1;
  }

  private text(data: Uint8Array, end: number, max: number): string | null {
    if (this.at < 0 || this.at >= end) return null;
    const packed = (data[this.at]! & 0x80) !== 0;
    const length = this.integer(data, end, 7);
    if (length < 0 || this.at + length > end) return null;
    const from = this.at;
    this.at += length;
    if (packed) {
      const text = readHuffman(data, from, this.at, max);
      this.length = huffman.length;
      return text;
    }
    this.length = length;
    return latin1(data, from, this.at, max);
  }
}
