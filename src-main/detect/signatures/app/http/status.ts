/** Status lines of answers, as tolerant readers know them. */
import { equalAt, latin } from '../bytes.ts';
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
