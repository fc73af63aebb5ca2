/** Messages as columns: those all kinds have, then kind by kind. */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';
import { BASE_FIELDS, fieldsOf, MESSAGE_KINDS, type FieldType } from './message-fields.ts';
import { readNumbers, writeNumbers, type Range } from './numbers.ts';
import type { TextList, TextTable } from './texts.ts';

type Values = readonly unknown[];
type Loose = Record<string, unknown>;

const WHOLE: Range = { least: -(2 ** 51), most: 2 ** 51, whole: true };
const NUMBER: Range = { least: -Number.MAX_VALUE, most: Number.MAX_VALUE, whole: false };
const LIST_MAX = 256;
const LENGTH: Range = { least: -1, most: LIST_MAX, whole: true };
const BASE_RANGES: Readonly<Record<(typeof BASE_FIELDS)[number], Range>> = {
  sec: { least: -1e12, most: 1e12, whole: true },
  nano: { least: 0, most: 999_999_999, whole: true },
  flow: { least: -1, most: 2 ** 51, whole: true },
  // Of hosts, bounded by how many there are.
  orig: WHOLE,
  resp: WHOLE,
  respPort: { least: 0, most: 65_535, whole: true },
  fromOrig: { least: 0, most: 1, whole: true },
};

/** Writes in one go what a kind has of one field. */
class FieldWriter {
  private readonly to: ByteWriter;
  private readonly texts: TextTable;

  constructor(to: ByteWriter, texts: TextTable) {
    this.to = to;
    this.texts = texts;
  }

  write(type: FieldType, values: Values): void {
    if (typeof type !== 'string') {
      return this.numbers(values.map((value) => type.indexOf(value as string)));
    }
    switch (type) {
      case 'flag':
      case 'whole':
      case 'number':
        return this.numbers(values.map(Number));
      case 'text':
      case 'payload':
        return this.numbers(values.map((text) => this.text(text as string)));
      case 'text?':
        return this.numbers(values.map((text) => (text === undefined ? 0 : this.text(text as string) + 1)));
      case 'texts':
      case 'texts?':
        return this.lists(values as (readonly string[] | undefined)[], (text) => this.text(text));
      case 'wholes':
        return this.lists(values as (readonly number[])[], Number);
      case 'besides?':
        for (const part of ['addresses', 'owners'])
          this.write(
            'texts?',
            values.map((value) => (value as Loose | undefined)?.[part]),
          );
    }
  }

  private text(text: string): number {
    return this.texts.numberOf(text.length > LIMITS.text ? text.slice(0, LIMITS.text) : text);
  }

  private lists<T>(values: readonly (readonly T[] | undefined)[], numberOf: (value: T) => number): void {
    const kept = values.map((list) => list?.slice(0, LIST_MAX));
    this.numbers(kept.map((list) => list?.length ?? -1));
    this.numbers(kept.flatMap((list) => (list ?? []).map(numberOf)));
  }

  private numbers(values: readonly number[]): void {
    writeNumbers(this.to, values, values.length);
  }
}

class FieldReader {
  private readonly from: ByteReader;
  private readonly texts: TextList;

  constructor(from: ByteReader, texts: TextList) {
    this.from = from;
    this.texts = texts;
  }

  read(type: FieldType, count: number): Values {
    if (typeof type !== 'string') {
      return this.numbers(count, { least: 0, most: type.length - 1, whole: true }).map((number) => type[number]!);
    }
    switch (type) {
      case 'flag':
        return this.numbers(count, { least: 0, most: 1, whole: true }).map((flag) => flag === 1);
      case 'whole':
        return this.numbers(count, WHOLE);
      case 'number':
        return this.numbers(count, NUMBER);
      case 'text':
      case 'payload':
        return this.someTexts(count);
      case 'text?':
        return this.numbers(count, this.textRange(1)).map((n) => (n === 0 ? undefined : this.text(n - 1)));
      case 'texts':
      case 'texts?':
        return this.lists(count, type === 'texts?', (n) => this.someTexts(n));
      case 'wholes':
        return this.lists(count, false, (n) => this.numbers(n, WHOLE));
      case 'besides?':
        return this.besides(count);
    }
  }

  private besides(count: number): Values {
    const addresses = this.read('texts?', count) as (string[] | undefined)[];
    const owners = this.read('texts?', count) as (string[] | undefined)[];
    return addresses.map((list, i) => {
      const whose = owners[i];
      if (list?.length !== whose?.length) throw new WireError('out-of-range', 'two lists that belong together differ');
      return list && { addresses: list, owners: whose };
    });
  }

  private textRange(more: number): Range {
    return { least: 0, most: this.texts.size - 1 + more, whole: true };
  }

  private text(number: number): string {
    return this.texts.at(number, LIMITS.text);
  }

  private someTexts(count: number): string[] {
    return this.numbers(count, this.textRange(0)).map((number) => this.text(number));
  }

  private lists<T>(count: number, mayLack: boolean, read: (count: number) => readonly T[]): (T[] | undefined)[] {
    const lengths = this.numbers(count, { ...LENGTH, least: mayLack ? -1 : 0 });
    const total = lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
    if (total > LIMITS.texts) throw new WireError('too-many', 'lists of messages have too many entries');
    const all = read(total);
    let at = 0;
    return lengths.map((length) => (length < 0 ? undefined : all.slice(at, (at += length))));
  }

  private numbers(count: number, range: Range): number[] {
    return [...readNumbers(this.from, count, range)];
  }
}

/** @param withPayload whether texts that quote what was said are sent, or are empty. */
export function writeMessages(
  to: ByteWriter,
  messages: readonly ProtocolMessage[],
  texts: TextTable,
  withPayload: boolean,
): void {
  const count = messages.length;
  const kinds = messages.map(({ kind }) => MESSAGE_KINDS.indexOf(kind));
  writeNumbers(to, kinds, count);
  for (const field of BASE_FIELDS)
    writeNumbers(
      to,
      messages.map((message) => Number(message[field])),
      count,
    );
  const fields = new FieldWriter(to, texts);
  for (const [number, kind] of MESSAGE_KINDS.entries()) {
    const of = messages.filter((_, i) => kinds[i] === number) as unknown as Loose[];
    if (of.length === 0) continue;
    for (const [name, type] of fieldsOf(kind)) {
      const isLeft = type === 'payload' && !withPayload;
      fields.write(
        type,
        of.map((message) => (isLeft ? '' : message[name])),
      );
    }
  }
}

/** @throws WireError */
export function readMessages(from: ByteReader, count: number, texts: TextList, hosts: number): ProtocolMessage[] {
  const kinds = readNumbers(from, count, { least: 0, most: MESSAGE_KINDS.length - 1, whole: true });
  const messages: Loose[] = Array.from(kinds, (number) => ({ kind: MESSAGE_KINDS[number] }));
  for (const field of BASE_FIELDS) {
    const isHost = field === 'orig' || field === 'resp';
    const values = readNumbers(from, count, isHost ? { least: 0, most: hosts, whole: true } : BASE_RANGES[field]);
    for (const [i, message] of messages.entries()) message[field] = field === 'fromOrig' ? values[i] === 1 : values[i];
  }
  const fields = new FieldReader(from, texts);
  for (const [number, kind] of MESSAGE_KINDS.entries()) {
    const of = messages.filter((_, i) => kinds[i] === number);
    if (of.length === 0) continue;
    for (const [name, type] of fieldsOf(kind)) {
      const values = fields.read(type, of.length);
      for (const [i, message] of of.entries()) if (values[i] !== undefined) message[name] = values[i];
    }
  }
  return messages as unknown as ProtocolMessage[];
}
