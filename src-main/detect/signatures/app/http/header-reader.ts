/** Header fields of HTTP/1, tolerantly: folding, odd white space and control characters. */
import { Collector, LF, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import { Headers } from './headers.ts';
import { isSpace, lineAt } from './lines.ts';
import { PlainHead, plainLines } from './plain-head.ts';

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
    const plain = this.raw.total === 0 && !this.#open ? plainLines(data, start) : null;
    if (plain) {
      this.raw.add(data.subarray(start, plain.next));
      this.headers.take(new PlainHead(this.raw.bytes(), plain.lines));
      this.done = true;
      return plain.next;
    }
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
  let text = value.trim();
  while (text.startsWith('\0')) text = text.slice(1).trimStart();
  return text;
}
