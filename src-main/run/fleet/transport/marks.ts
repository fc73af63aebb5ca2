/** What stands in the place of a value that was too large to be kept. Whoever writes the same is refused the same. */

const BEGIN = '\0sonde:left-out:';

/** TOO_LARGE: the value itself. LEFT_OUT: so much had come before it that there was no room; asked for alone it may be had. */
export const MARK = { TOO_LARGE: `${BEGIN}large:`, LEFT_OUT: `${BEGIN}room:` } as const;
const LONGEST = 64;

/** As a text of RESP. */
export function markBytes(mark: keyof typeof MARK, bytes: number): Buffer {
  const text = `${MARK[mark]}${bytes}`;
  return Buffer.from(`$${text.length}\r\n${text}\r\n`, 'latin1');
}

export interface Marked {
  mark: keyof typeof MARK;
  bytes: number;
}

/** What a value is in place of; undefined for one that is itself. */
export function markedIn(value: unknown): Marked | undefined {
  const isText = Buffer.isBuffer(value) || typeof value === 'string';
  if (!isText || value.length === 0 || value.length > LONGEST) return undefined;
  const text = typeof value === 'string' ? value : value.toString('latin1');
  if (!text.startsWith(BEGIN)) return undefined;
  const mark = text.startsWith(MARK.LEFT_OUT) ? 'LEFT_OUT' : 'TOO_LARGE';
  return { mark, bytes: Number(text.slice(text.lastIndexOf(':') + 1)) || 0 };
}
