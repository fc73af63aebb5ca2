/** conn.log as JSON, an object a line (Zeek's LogAscii::use_json), and our own `triage --flows` in NDJSON, which has its names. */
import { isObject, objectIn, plain, type JsonObject } from './json-line.ts';
import { firstLine, LineParser } from './line-parser.ts';
import type { RecordFormat } from './record.ts';
import { type Exact } from './values.ts';
import { ZEEK_FIELDS, zeekRecord, type ZeekValues } from './zeek-fields.ts';

const TIME = /"ts"\s*:\s*(\d{1,12}\.\d{1,9})\b/;
const NANOSECONDS = /^\d{1,21}$/;
const BILLION = 1_000_000_000n;

/** A double has not room for all digits of a time: its text has them. */
function exactStart(object: JsonObject): Exact | undefined {
  const { ts_ns: text } = object;
  if (typeof text !== 'string' || !NANOSECONDS.test(text)) return undefined;
  const value = BigInt(text);
  return { sec: Number(value / BILLION), nano: Number(value % BILLION) };
}

/** `{"id":{"orig_h":…}}` is what some shippers make of `{"id.orig_h":…}`. */
function nested(object: JsonObject, name: string): unknown {
  const dot = name.indexOf('.');
  const outer = dot < 0 ? undefined : object[name.slice(0, dot)];
  return isObject(outer) ? outer[name.slice(dot + 1)] : undefined;
}

class ZeekJsonParser extends LineParser {
  private readonly values: ZeekValues = ZEEK_FIELDS.map(() => undefined);

  protected read(text: string, offset: number): void {
    const object = objectIn(text);
    if (!object) return this.bad(offset, 'it is no JSON object');
    const path = object['_path'];
    if (typeof path === 'string' && path !== 'conn') return this.sink.other(offset, `Zeek ${path.slice(0, 32)}.log`);
    ZEEK_FIELDS.forEach((name, i) => (this.values[i] = plain(object[name] ?? nested(object, name))));
    const digits = TIME.exec(text)?.[1];
    if (typeof object['ts'] === 'number' && digits !== undefined && Number(digits) === object['ts']) {
      this.values[0] = digits;
    }
    const record = zeekRecord(this.values, exactStart(object));
    if (typeof record === 'string') this.bad(offset, record);
    else this.sink.take(record);
  }
}

export const zeekJson: RecordFormat = {
  id: 'zeek-conn-json',
  title: 'a Zeek conn.log in JSON',
  recognises(head) {
    const object = objectIn(firstLine(head) ?? head.toString('utf8'));
    if (!object) return false;
    const has = (name: string): boolean => (object[name] ?? nested(object, name)) !== undefined;
    return has('ts') && has('id.orig_h') && has('id.resp_h') && has('proto') && !('query' in object);
  },
  open: (sink) => new ZeekJsonParser(sink),
};
