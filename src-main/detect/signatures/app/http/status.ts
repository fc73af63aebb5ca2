/** Status lines of answers, as tolerant readers know them. */
import { equalAt, latin, SPACE } from '../bytes.ts';
import { isSpace } from './lines.ts';

/** Whether a line is of a status, white space before it apart: `yes`, `no`, or `more` bytes are needed. */
export function statusLine(data: Uint8Array, from: number): 'yes' | 'no' | 'more' {
  let at = from;
  while (at < data.length && (isSpace(data[at]) || data[at] === 0)) at += 1;
  if (equalAt(data, at, 'HTTP')) return 'yes';
  const word = latin(data, at, at + 4).toUpperCase();
  if (word === 'HTTP') return 'yes';
  return 'HTTP'.startsWith(word) ? 'more' : 'no';
}

/** The same of a line that is there in whole. */
export function isStatus(data: Uint8Array, from: number, to: number): boolean {
  return statusLine(data.subarray(0, to), from) === 'yes';
}

export interface Status {
  readonly protocol: string;
  readonly code: string;
  readonly text: string;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;

/** `HTTP/1.1 200` and perhaps a text behind one space, as nearly all are. */
function isPlain(data: Uint8Array, from: number, to: number): boolean {
  if (to < from + 12 || !equalAt(data, from, 'HTTP/1.') || !isDigit(data[from + 7]) || data[from + 8] !== SPACE)
    return false;
  for (let i = 9; i < 12; i++) if (!isDigit(data[from + i])) return false;
  if (to === from + 12) return true;
  const next = data[from + 13]!;
  return data[from + 12] === SPACE && (to === from + 13 || (next > SPACE && next < 127));
}

/** Protocol, code and text of the line [from, to). */
export function readStatusLine(data: Uint8Array, from: number, to: number): Status {
  if (isPlain(data, from, to))
    return {
      protocol: latin(data, from, from + 8),
      code: latin(data, from + 9, from + 12),
      text: latin(data, Math.min(to, from + 13), to),
    };
  const line = latin(data, from, to).replace(/^[\s\0]+/, '');
  const parts = /^(\S*)\s*(\S*)\s*(.*)$/s.exec(line);
  return { protocol: parts?.[1] ?? '', code: parts?.[2] ?? '', text: parts?.[3] ?? '' };
}
