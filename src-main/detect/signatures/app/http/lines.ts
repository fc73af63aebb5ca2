/** Ends of lines as tolerant readers of HTTP take them: CRLF, LF alone, LFCR, and in answers CR alone. */
import { CR, LF } from '../bytes.ts';

export interface Line {
  /** The line is [start, end). */
  readonly end: number;
  /** Where the next starts. */
  readonly next: number;
  /** Ends headers: an LF or CRLF alone. */
  readonly empty: boolean;
}

/** The line that starts at `start`; null: more bytes are needed to know. With `last` there are no more. */
export function lineAt(data: Uint8Array, start: number, loneCr: boolean, last: boolean): Line | null {
  const lf = data.indexOf(LF, start);
  const cr = loneCr ? loneCrAt(data, start, lf < 0 ? data.length : lf, last) : null;
  if (cr !== null) return cr.next < 0 ? null : cr;
  if (lf < 0) return last && start < data.length ? { end: data.length, next: data.length, empty: false } : null;
  let end = lf;
  while (end > start && data[end - 1] === CR) end -= 1;
  // After CRLF, and after an empty line, what follows is never part of the end.
  if (end < lf || end === start || !loneCr) return { end, next: lf + 1, empty: end === start && lf - start < 2 };
  return afterLf(data, end, lf, last);
}

/** A CR that no LF follows ends a line too, but no headers; `next` -1: it is the last byte yet. */
function loneCrAt(data: Uint8Array, start: number, stop: number, last: boolean): Line | null {
  const cr = data.indexOf(CR, start);
  if (cr < 0 || cr >= stop) return null;
  let after = cr;
  while (after < data.length && data[after] === CR) after += 1;
  if (after === data.length) return { end: cr, next: last ? after : -1, empty: false };
  return data[after] === LF ? null : { end: cr, next: cr + 1, empty: false };
}

/** LFCR is one end, unless the CR is of an empty line's CRLF. */
function afterLf(data: Uint8Array, end: number, lf: number, last: boolean): Line | null {
  const known = lf + 1 < data.length && (data[lf + 1] !== CR || lf + 2 < data.length);
  if (!known && !last) return null;
  const swallowed = data[lf + 1] === CR && data[lf + 2] !== LF;
  return { end, next: swallowed ? lf + 2 : lf + 1, empty: false };
}

/** White space as C's isspace sees it. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}
