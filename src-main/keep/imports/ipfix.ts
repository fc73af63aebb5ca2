/**
 * IPFIX messages one after the other in a file (RFC 7011, RFC 5655). Templates explain the data that follows them; each
 * observation domain has its own.
 */
import { ELEMENT, elementRecord, Values, WANTED, type MessageTime } from './ipfix-elements.ts';
import type { RecordFormat, RecordParser, RecordSink } from './record.ts';

const IPFIX = 10;
const MESSAGE_HEADER = 16;
const SET_HEADER = 4;
const TEMPLATE_SET = 2;
const OPTIONS_SET = 3;
const FIRST_DATA_SET = 256;
const ENTERPRISE = 0x8000;
/** Elements of the other direction (RFC 5103). */
const REVERSE_PEN = 29_305;
const VARIABLE = 0xffff;
const LONG = 255;
/** Templates held at once, fields of one: a hostile file must not fill memory. */
const TEMPLATES = 4096;
const FIELDS = 512;

interface Field {
  /** 0: not one that is read. */
  id: number;
  reverse: boolean;
  /** Bytes; VARIABLE: said before each value. */
  length: number;
}

interface Template {
  fields: readonly Field[];
  /** Fewest bytes of a record. */
  least: number;
  /** Describes the exporter, not a flow. */
  options: boolean;
}

class IpfixParser implements RecordParser {
  private readonly sink: RecordSink;
  private readonly templates = new Map<string, Template>();
  private readonly values = new Values();
  private message = 0;

  constructor(sink: RecordSink) {
    this.sink = sink;
  }

  parse(bytes: Buffer, from: number, to: number, offset: number, final: boolean): number {
    let at = from;
    while (to - at >= MESSAGE_HEADER) {
      const where = offset + at - from;
      const length = bytes.readUInt16BE(at + 2);
      if (bytes.readUInt16BE(at) !== IPFIX || length < MESSAGE_HEADER) {
        this.sink.bad(where, `byte ${where}`, 'no IPFIX message begins there');
        at = this.next(bytes, at + 1, to);
        continue;
      }
      if (at + length > to) {
        if (!final) break;
        this.sink.bad(where, `byte ${where}`, 'the file ends within a message');
        return to - from;
      }
      this.read(bytes, at, at + length, where);
      at += length;
    }
    if (final && at < to) {
      this.sink.bad(offset + at - from, `byte ${offset + at - from}`, 'the file ends within a message');
      return to - from;
    }
    return at - from;
  }

  /** Where the next message may begin. */
  private next(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at + MESSAGE_HEADER <= to; at++) {
      if (bytes[at] === 0 && bytes[at + 1] === IPFIX && bytes.readUInt16BE(at + 2) >= MESSAGE_HEADER) return at;
    }
    return Math.max(from, to - MESSAGE_HEADER + 1);
  }

  private read(bytes: Buffer, from: number, end: number, offset: number): void {
    this.message++;
    const time = { exportSec: bytes.readUInt32BE(from + 4), bootMs: null };
    const domain = bytes.readUInt32BE(from + 12);
    for (let at = from + MESSAGE_HEADER; at + SET_HEADER <= end;) {
      const set = bytes.readUInt16BE(at);
      const length = bytes.readUInt16BE(at + 2);
      const where = offset + at - from;
      if (length < SET_HEADER || at + length > end) {
        return this.sink.bad(where, `message ${this.message}`, 'a set is longer than its message');
      }
      if (set === TEMPLATE_SET || set === OPTIONS_SET) {
        this.takeTemplates(bytes, at + SET_HEADER, at + length, domain, set === OPTIONS_SET, where);
      } else if (set >= FIRST_DATA_SET)
        this.takeData(bytes, at + SET_HEADER, at + length, `${domain}/${set}`, time, where);
      at += length;
    }
  }

  private takeTemplates(
    bytes: Buffer,
    from: number,
    end: number,
    domain: number,
    options: boolean,
    where: number,
  ): void {
    let at = from;
    // What is left behind the last template is padding.
    while (at + 4 <= end) {
      const id = bytes.readUInt16BE(at);
      const count = bytes.readUInt16BE(at + 2);
      const key = `${domain}/${id}`;
      if (id < FIRST_DATA_SET) return;
      at += count === 0 || !options ? 4 : 6;
      if (count === 0) {
        this.templates.delete(key);
        continue;
      }
      const fields: Field[] = [];
      for (let i = 0; i < count; i++) {
        if (at + 4 > end || i >= FIELDS) return this.sink.bad(where, `message ${this.message}`, 'a template is cut');
        const raw = bytes.readUInt16BE(at);
        const length = bytes.readUInt16BE(at + 2);
        at += 4;
        let pen = 0;
        if ((raw & ENTERPRISE) !== 0) {
          if (at + 4 > end) return this.sink.bad(where, `message ${this.message}`, 'a template is cut');
          pen = bytes.readUInt32BE(at);
          at += 4;
        }
        const id7 = raw & 0x7fff;
        const known = (pen === 0 || pen === REVERSE_PEN) && WANTED.has(id7);
        fields.push({ id: known ? id7 : 0, reverse: pen === REVERSE_PEN, length });
      }
      const least = fields.reduce((sum, { length }) => sum + (length === VARIABLE ? 1 : length), 0);
      if (this.templates.size >= TEMPLATES && !this.templates.has(key)) this.templates.clear();
      this.templates.set(key, { fields, least, options });
    }
  }

  private takeData(bytes: Buffer, from: number, end: number, key: string, time: MessageTime, where: number): void {
    const template = this.templates.get(key);
    if (!template) return this.sink.unexplained(where);
    if (template.options) return;
    if (template.least === 0) return this.sink.bad(where, `message ${this.message}`, 'its template has no length');
    let at = from;
    while (at + template.least <= end) {
      const next = this.takeRecord(bytes, at, end, template);
      if (next < 0) return this.sink.bad(where, `message ${this.message}`, 'a value is longer than its set');
      at = next;
      this.give(time, where);
    }
  }

  /** Reads the values of one record; where it ends, -1 where it does not end within its set. */
  private takeRecord(bytes: Buffer, from: number, end: number, { fields }: Template): number {
    const { values } = this;
    values.clear();
    let at = from;
    for (const { id, reverse, length } of fields) {
      let size = length;
      if (length === VARIABLE) {
        if (at >= end) return -1;
        size = bytes[at++]!;
        if (size === LONG) {
          if (at + 2 > end) return -1;
          size = bytes.readUInt16BE(at);
          at += 2;
        }
      }
      if (at + size > end) return -1;
      if (id !== 0) values.take(id, reverse, bytes, at, size);
      at += size;
    }
    return at;
  }

  private give(time: MessageTime, where: number): void {
    const { own, hasSource, hasTarget } = this.values;
    if (!hasSource && !hasTarget && !own.has(ELEMENT.protocolIdentifier))
      return this.sink.other(where, 'records without addresses');
    const record = elementRecord(this.values, time);
    if (typeof record === 'string') this.sink.bad(where, `message ${this.message}`, record);
    else this.sink.take(record);
  }
}

export const ipfix: RecordFormat = {
  id: 'ipfix',
  title: 'an IPFIX file',
  recognises(head) {
    if (head.length < MESSAGE_HEADER + SET_HEADER || head.readUInt16BE(0) !== IPFIX) return false;
    const length = head.readUInt16BE(2);
    const set = head.readUInt16BE(MESSAGE_HEADER);
    const setLength = head.readUInt16BE(MESSAGE_HEADER + 2);
    const known = set === TEMPLATE_SET || set === OPTIONS_SET || set >= FIRST_DATA_SET;
    return known && setLength >= SET_HEADER && MESSAGE_HEADER + setLength <= length;
  },
  open: (sink) => new IpfixParser(sink),
};
