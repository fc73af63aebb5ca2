/** Files in a `multipart/form-data` body (RFC 7578). */
import { bytesOf, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';

export interface Upload {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The parts that are files; null: the body is no form, or of no boundary. */
export function uploads(body: Uint8Array, type: string): Upload[] | null {
  if (!/^\s*multipart\/form-data/i.test(type)) return null;
  const told = /boundary\s*=\s*(?:"([^"]+)"|([^;\s,]+))/i.exec(type);
  const boundary = told?.[1] ?? told?.[2];
  if (boundary === undefined) return null;
  const mark = bytesOf(`--${boundary}`);
  const found: Upload[] = [];
  const data = Buffer.from(body.buffer, body.byteOffset, body.length);
  let at = data.indexOf(mark);
  while (at >= 0 && found.length < LIMITS.repeats) {
    const next = data.indexOf(mark, at + mark.length);
    const file = partOf(data.subarray(at + mark.length, next < 0 ? data.length : next), next >= 0);
    if (file !== null) found.push(file);
    at = next;
  }
  return found;
}

/** A part that has a file name; the line end before the next boundary is not the file's. */
function partOf(part: Buffer, closed: boolean): Upload | null {
  const blank = part.indexOf('\r\n\r\n');
  const lone = blank < 0 ? part.indexOf('\n\n') : -1;
  if (blank < 0 && lone < 0) return null;
  const head = latin(part, 0, blank < 0 ? lone : blank);
  const name = /^content-disposition\s*:[^\n]*\bfilename\s*=\s*(?:"([^"]*)"|([^;\s]*))/im.exec(head);
  if (name === null) return null;
  const start = blank < 0 ? lone + 2 : blank + 4;
  let end = part.length;
  if (closed && part[end - 1] === 10) end -= part[end - 2] === 13 ? 2 : 1;
  return { name: name[1] ?? name[2] ?? '', data: part.subarray(start, Math.max(start, end)) };
}
