/** BER/DER elements (X.690) as far as protocols use them: low and high tags, definite lengths. */
import { EMPTY } from './bytes.ts';

export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The element at `at`, wholly before `stop`; null: none, or it goes beyond. */
export function element(data: Uint8Array, at: number, stop = data.length): Element | null {
  if (at + 2 > stop) return null;
  const tag = data[at]!;
  let next = at + 1;
  // A tag of several bytes counts by its first.
  if ((tag & 31) === 31) while (next < stop && (data[next++]! & 128) !== 0);
  if (next >= stop) return null;
  const first = data[next]!;
  next += 1;
  let length = first;
  if (first >= 128) {
    const count = first & 127;
    if (count === 0 || count > 4 || next + count > stop) return null;
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + data[next + i]!;
    next += count;
  }
  return next + length > stop ? null : { tag, start: next, end: next + length };
}

/** The elements inside [start, end), at most 256. */
export function children(data: Uint8Array, start: number, end: number): Element[] {
  const found: Element[] = [];
  let at = start;
  while (at < end && found.length < 256) {
    const one = element(data, at, end);
    if (one === null) break;
    found.push(one);
    at = one.end;
  }
  return found;
}

/** The child of that tag. */
export function child(data: Uint8Array, of: Element | null | undefined, tag: number): Element | null {
  return of ? (children(data, of.start, of.end).find((one) => one.tag === tag) ?? null) : null;
}

export function content(data: Uint8Array, one: Element | null | undefined): Uint8Array {
  return one ? data.subarray(one.start, one.end) : EMPTY;
}

/** An INTEGER of at most six bytes; -1: none. */
export function integer(data: Uint8Array, one: Element | null | undefined): number {
  if (!one || one.end === one.start || one.end - one.start > 7) return -1;
  let value = data[one.start]! >= 128 ? -1 : 0;
  for (let i = one.start; i < one.end; i += 1) value = value * 256 + data[i]!;
  return value;
}
