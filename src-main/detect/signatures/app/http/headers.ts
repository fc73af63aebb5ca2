/** Header fields of HTTP/1, tolerantly: folding, odd white space and control characters, repeated and nameless fields. */
import { Collector, LF, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import { isSpace, lineAt } from './lines.ts';

export interface Field {
  /** As sent, without white space around it. */
  readonly name: string;
  /** Lower case without control characters: what it is compared by. */
  readonly key: string;
  value: string;
}

/** What was odd, for events. */
export interface Oddities {
  folded: boolean;
  noColon: boolean;
  repeated: boolean;
  tooLong: boolean;
  invalid: boolean;
}

/** The fields of a message in order; those of one name are one, its values joined by `, ` (RFC 9110, 5.3). */
export class Headers {
  readonly fields: Field[] = [];
  readonly odd: Oddities = { folded: false, noColon: false, repeated: false, tooLong: false, invalid: false };
  readonly #byKey = new Map<string, Field>();
  /** How often each came. */
  readonly counts = new Map<string, number>();
  /** Each as it came, before those of one name are joined. */
  readonly each: Field[] = [];

  get(key: string): string | undefined {
    return this.#byKey.get(key)?.value;
  }

  add(name: string, value: string): void {
    const key = keyOf(name);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    if (this.each.length < LIMITS.headerCount) this.each.push({ name, key, value });
    const before = this.#byKey.get(key);
    if (before !== undefined && key !== '') {
      this.odd.repeated = true;
      if (before.value.length < LIMITS.headers) before.value += `, ${value}`;
      return;
    }
    if (this.fields.length >= LIMITS.headerCount) return;
    const field = { name, key, value };
    this.fields.push(field);
    this.#byKey.set(key, field);
  }
}

/** A name to compare by: control characters and white space hide it from strict readers only. */
function keyOf(name: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name.toLowerCase().replace(/[\0-\x20\x7f]/g, '');
}

const isFold = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 0;

function trim(data: Uint8Array, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && (isSpace(data[start]) || data[start] === 0)) start += 1;
  while (end > start && isSpace(data[end - 1])) end -= 1;
  return latin(data, start, end);
}

/** Reads header lines as they come, up to the empty line. */
export class HeaderReader {
  readonly headers = new Headers();
  readonly raw = new Collector(LIMITS.headers);
  done = false;
  /** A line was too long to go on with. */
  lost = false;
  readonly #answer: boolean;
  /** The field so far, its folded lines joined by a space. */
  #text = '';
  #open = false;

  constructor(answer: boolean) {
    this.#answer = answer;
  }

  /** Reads from `start`; returns where it stopped. */
  read(data: Uint8Array, start: number, last: boolean): number {
    let at = start;
    while (!this.done && at < data.length) {
      const line = lineAt(data, at, this.#answer, last);
      const total = this.raw.total + at - start;
      if ((line?.end ?? data.length) - at > LIMITS.headers || total > 4 * LIMITS.headers) this.lost = true;
      if (line === null || this.lost) break;
      const space = !line.empty && line.next === at + 2 && isSpace(data[at]) && data[at + 1] === LF;
      if (space && line.next >= data.length && !last) break;
      // White space alone ends the headers too, unless an empty line follows.
      if (line.empty || (space && data[line.next] !== LF)) this.done = true;
      else this.#line(data, at, line.end);
      at = line.next;
    }
    if (at > start) this.raw.add(data.subarray(start, at));
    if (this.done) this.finish();
    return at;
  }

  #line(data: Uint8Array, from: number, to: number): void {
    const { odd } = this.headers;
    if (this.#open && this.#goesOn(data, from, to)) {
      odd.folded = true;
      const more = trim(data, from, to);
      if (more !== '') this.#text += ` ${more}`;
      return;
    }
    this.finish();
    odd.tooLong ||= to - from > LIMITS.line;
    this.#text = trim(data, from, to);
    this.#open = this.#text !== '';
  }

  /**
   * Whether a line belongs to the field before it: folded ones do. In answers one that is a field itself does not, as
   * browsers read it; and what a lone CR cut off in the name or before the value does.
   */
  #goesOn(data: Uint8Array, from: number, to: number): boolean {
    const colon = this.#text.includes(':');
    if (!this.#answer) return isFold(data[from]);
    if (isFold(data[from])) return !colon || !/^[\w-]+\s*:/.test(trim(data, from, to));
    return colon ? this.#text.endsWith(':') && !data.subarray(from, to).includes(58) && to > from : data[from] === 58;
  }

  /** The field at hand is whole: another one follows, or nothing. */
  finish(): void {
    if (!this.#open) return;
    this.#open = false;
    const { odd } = this.headers;
    const colon = this.#text.indexOf(':');
    odd.noColon ||= colon < 0;
    odd.invalid ||= colon > 0 && /\s/.test(this.#text[colon - 1]!);
    this.headers.add(this.#text.slice(0, Math.max(0, colon)).trim(), cut(this.#text.slice(colon + 1)));
  }
}

/** A value without the white space and NULs around it. */
function cut(value: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is cut
  return value.replace(/^[\s\0]+|\s+$/g, '');
}
