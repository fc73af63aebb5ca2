/** Protocols of lines. */
import { CR, LF, latin } from './bytes.ts';
import { LIMITS } from './limits.ts';

export interface TextLine {
  readonly text: string;
  readonly next: number;
  /** Longer than a line may be; `text` is its beginning. */
  readonly long: boolean;
}

/** The line at `at`, ended by LF or CRLF; null: its end is not there yet. */
export function nextLine(data: Uint8Array, at: number, last: boolean): TextLine | null {
  const lf = data.indexOf(LF, at);
  if (lf < 0 && !last) return null;
  const stop = lf < 0 ? data.length : lf;
  const end = stop > at && data[stop - 1] === CR ? stop - 1 : stop;
  return {
    text: latin(data, at, Math.min(end, at + LIMITS.line)),
    next: lf < 0 ? stop : lf + 1,
    long: end - at > LIMITS.line,
  };
}
