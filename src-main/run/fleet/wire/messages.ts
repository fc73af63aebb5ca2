/** What protocols said, message by message: what all kinds have, then the fields of its kind. */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import { WireError } from './error.ts';
import { hashText } from './flow-rows.ts';
import { LIMITS } from './limits.ts';
import { fieldsOf, MESSAGE_KINDS, type FieldType } from './message-fields.ts';
import type { TextCoder } from './texts.ts';
import { BaseCoder, type BaseParts } from './message-base.ts';
import { Column, mix, type Beside, type Range } from './column.ts';

type Loose = Record<string, unknown>;

const NUMBER: Range = { least: -Number.MAX_VALUE, most: Number.MAX_VALUE, whole: false };
const WHOLE: Range = { least: -(2 ** 51), most: 2 ** 51, whole: true };
const LIST_MAX = 256;
const KIND_BITS = 5;

export interface MessageParts extends BaseParts {
  texts: TextCoder;
  /** Whether texts that quote what was said are sent, or are empty. */
  withPayload: boolean;
}

interface Field {
  name: string;
  type: FieldType;
  column: Column;
}

export class MessageCoder {
  readonly messages: ProtocolMessage[] = [];
  private readonly parts: MessageParts;
  private readonly kind = new Column('messages.kind');
  private readonly base: BaseCoder;
  private readonly fields: readonly (readonly Field[])[];
  private readonly last = new Map<string, Loose>();
  private readonly beside: Beside = { key: 0, side: 0 };
  /** The message before of the same flow and kind. */
  private former: Loose | undefined;

  constructor(parts: MessageParts) {
    this.parts = parts;
    this.base = new BaseCoder(parts);
    this.fields = MESSAGE_KINDS.map((kind) =>
      fieldsOf(kind).map(([name, type]) => ({ name, type, column: new Column(`${kind}.${name}`) })),
    );
  }

  /** The next ones, of one slice: of those that were given, or what is read. @throws WireError */
  slice(cell: number, count: number, given: readonly ProtocolMessage[]): void {
    this.base.begin(cell);
    for (let left = count; left > 0; left--) this.messages.push(this.message(given[this.messages.length]));
  }

  private message(given: ProtocolMessage | undefined): ProtocolMessage {
    const { parts, beside } = this;
    const number = given ? MESSAGE_KINDS.indexOf(given.kind) : 0;
    const kind = parts.values.symbol(this.kind, number, KIND_BITS, { key: 0, side: this.kind.before });
    const name = MESSAGE_KINDS[kind];
    if (name === undefined) throw new WireError('out-of-range', 'a message has no such kind');
    const base = this.base.code(given, kind);
    const place = `${kind} ${base.flow}`;
    this.former = this.last.get(place);
    [beside.key, beside.side] = [mix(mix(kind, base.fromOrig ? 1 : 0), this.former ? 1 : 0), base.respPort];
    const message: Loose = { kind: name, ...base };
    for (const { name: field, type, column } of this.fields[kind]!) {
      const isLeft = type === 'payload' && !parts.withPayload;
      const own = isLeft ? '' : (given as Loose | undefined)?.[field];
      const value = this.value(column, type, own, field);
      if (value !== undefined) message[field] = value;
    }
    if (this.last.size > LIMITS.rows) this.last.clear();
    this.last.set(place, message);
    return message as unknown as ProtocolMessage;
  }

  private value(column: Column, type: FieldType, given: unknown, field: string): unknown {
    const { values } = this.parts;
    const { beside } = this;
    if (typeof type !== 'string') {
      const number = values.whole(column, Math.max(0, type.indexOf(given as string)), beside);
      if (number >= type.length) throw new WireError('out-of-range', 'a word has no such number');
      beside.key = mix(beside.key, number);
      return type[number];
    }
    switch (type) {
      case 'flag': {
        const isSo = values.flag(column, given === true, beside);
        beside.key = mix(beside.key, isSo ? 1 : 0);
        return isSo;
      }
      case 'text':
      case 'payload':
        return this.text(column, given as string | undefined, field);
      case 'text?': {
        const isThere = values.flag(column.part('there'), given !== undefined, beside);
        return isThere ? this.text(column, given as string | undefined, field) : undefined;
      }
      case 'texts':
      case 'texts?':
        return this.list(column, given as string[] | undefined, type === 'texts?', (own) =>
          this.one(column, own ?? ''),
        );
      case 'wholes':
        return this.list(column, given as number[] | undefined, false, (own) => this.number(column, own ?? 0, WHOLE));
      case 'besides?':
        return this.besides(column, given as Loose | undefined);
      case 'whole':
      case 'number':
        return this.number(column, (given as number | undefined) ?? 0, type === 'whole' ? WHOLE : NUMBER, field);
    }
  }

  private number(column: Column, given: number, range: Range, field = ''): number {
    const { values } = this.parts;
    const former = this.former?.[field];
    const read =
      typeof former === 'number'
        ? values.expected(column, given, former, false, this.beside)
        : values.real(column, given, false, this.beside);
    this.beside.side = read;
    return values.check(read, range);
  }

  /** Answers repeat what was asked. */
  private text(column: Column, given: string | undefined, field: string): string {
    const former = this.former?.[field];
    if (typeof former === 'string') {
      const isSame = this.parts.values.flag(column.part('same'), given === former, this.beside);
      if (isSame) return former;
    }
    return this.one(column, given ?? '');
  }

  private one(column: Column, given: string): string {
    const text = this.parts.texts.text(column, given, LIMITS.text, this.beside);
    this.beside.side = hashText(text);
    return text;
  }

  private list<T>(
    column: Column,
    given: readonly T[] | undefined,
    mayLack: boolean,
    one: (own: T | undefined) => T,
  ): T[] | undefined {
    const { values } = this.parts;
    if (mayLack && !values.flag(column.part('there'), given !== undefined, this.beside)) return undefined;
    const own = Math.min(given?.length ?? 0, LIST_MAX);
    const length = values.whole(column.part('count'), own, this.beside);
    if (length > LIST_MAX) throw new WireError('too-many', `a list has ${length} entries`);
    return Array.from({ length }, (_, i) => one(given?.[i]));
  }

  private besides(column: Column, given: Loose | undefined): unknown {
    const part = (name: string): string[] | undefined => {
      const of = column.part(name);
      return this.list(of, given?.[name] as string[] | undefined, true, (own) => this.one(of, own ?? ''));
    };
    const [addresses, owners] = [part('addresses'), part('owners')];
    if (addresses?.length !== owners?.length) {
      throw new WireError('out-of-range', 'two lists that belong together differ');
    }
    return addresses && { addresses, owners };
  }
}
