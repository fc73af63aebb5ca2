/** One layer while it is read: takes fields from the front, and never looks beyond its end. */
import type { PacketField } from '../../../../src-shared/domain/packet-tree.ts';

/** Fields of one layer that are told. */
const FIELDS_MAX = 400;
/** Letters of a value that are told. */
const VALUE_MAX = 400;

/** A field reaches beyond the bytes that were captured. Caught where layers are put together. */
export class CutShort extends Error {}

export interface Next {
  /** Name of the layer that follows (layers.ts). */
  id: string;
  from: number;
  to: number;
}

/** Adds the fields of its layer; says what follows, if it knows. @throws CutShort where bytes are missing */
export type Read = (part: Part) => Next | null;

export interface Layer {
  title: string;
  read: Read;
}

/** Text as it can be shown on one line: what is no letter of ASCII stands as `\xNN`. */
export function shown(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes.subarray(0, VALUE_MAX)) {
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return bytes.length > VALUE_MAX ? `${text}…` : text;
}

export const hexText = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

const bytesText = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, '0')).join(' ') +
  (bytes.length > 32 ? ' …' : '');

/** How the number of a field is put in words; the number itself stands first. */
export type Words = (value: number) => string;

export const named =
  (names: Readonly<Record<number, string>>): Words =>
  (value) =>
    Object.hasOwn(names, value) ? `${value} (${names[value]})` : String(value);

export class Part {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly fields: PacketField[] = [];
  at: number;
  /** Exclusive; a layer that states its own length brings it nearer. */
  end: number;
  /** Depth of the fields that are added. */
  depth = 0;
  note = '';
  summary = '';
  private readonly view: DataView;

  constructor(bytes: Uint8Array, from: number, end: number) {
    this.bytes = bytes;
    this.from = this.at = Math.min(from, bytes.length);
    this.end = Math.max(this.from, Math.min(end, bytes.length));
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.end - this.at;
  }

  /** @throws CutShort */
  need(size: number): void {
    if (size < 0 || size > this.left) throw new CutShort();
  }

  /** A number of up to six bytes that stands `ahead` bytes further on. @throws CutShort */
  peek(size: number, ahead = 0, little = false): number {
    this.need(size + ahead);
    const at = this.at + ahead;
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at, little);
    if (size === 4) return this.view.getUint32(at, little);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.bytes[at + (little ? size - 1 - i : i)]!;
    return value;
  }

  /** The next `size` bytes, which stay where they are. @throws CutShort */
  ahead(size: number): Uint8Array {
    this.need(size);
    return this.bytes.subarray(this.at, this.at + size);
  }

  /** A field about bytes that may lie anywhere in the layer, without going on. */
  about(id: string, name: string, from: number, to: number, value: string): void {
    if (this.fields.length >= FIELDS_MAX) {
      this.note ||= `Only the first ${FIELDS_MAX} fields are listed.`;
      return;
    }
    const { depth } = this;
    this.fields.push({
      id,
      name,
      value: value.slice(0, VALUE_MAX),
      from,
      to: Math.min(to, this.bytes.length),
      depth,
    });
  }

  /** A number of `size` bytes, highest first. @throws CutShort */
  number(id: string, name: string, size: number, words: Words = String): number {
    const value = this.peek(size);
    this.about(id, name, this.at, this.at + size, words(value));
    this.at += size;
    return value;
  }

  /** … lowest first. @throws CutShort */
  little(id: string, name: string, size: number, words: Words = String): number {
    const value = this.peek(size, 0, true);
    this.about(id, name, this.at, this.at + size, words(value));
    this.at += size;
    return value;
  }

  /** A number shown in base 16. @throws CutShort */
  hex(id: string, name: string, size: number): number {
    return this.number(id, name, size, (value) => hexText(value, size * 2));
  }

  /** Bytes with a meaning that the caller puts in words. @throws CutShort */
  take(id: string, name: string, size: number, words: (bytes: Uint8Array) => string = bytesText): Uint8Array {
    const bytes = this.ahead(size);
    this.about(id, name, this.at, this.at + size, words(bytes));
    this.at += size;
    return bytes;
  }

  /** What comes from here to the end belongs to `id`; nothing where nothing is left. */
  rest(id: string): Next | null {
    return this.left > 0 ? { id, from: this.at, to: this.end } : null;
  }
}
