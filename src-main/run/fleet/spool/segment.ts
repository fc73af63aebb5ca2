/** Batches in a file: one after the other, with a checksum at the end. */
import { crc32 } from 'node:zlib';

/** A batch that waits to be published. */
export interface Waiting {
  stream: string;
  /** Flows in it. */
  flows: number;
  body: Buffer;
}

const MAGIC = Buffer.from('SoP1', 'latin1');
/** Bytes before each. */
export const HEAD = 12;
const TAIL = 4;

export function writeSegment(items: readonly Waiting[]): Buffer {
  const parts: Buffer[] = [MAGIC];
  for (const { stream, flows, body } of items) {
    const name = Buffer.from(stream, 'utf8');
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(name.length, 0);
    head.writeUInt32LE(flows, 4);
    head.writeUInt32LE(body.length, 8);
    parts.push(head, name, body);
  }
  const bytes = Buffer.concat(parts);
  const tail = Buffer.alloc(TAIL);
  tail.writeUInt32LE(crc32(bytes), 0);
  return Buffer.concat([bytes, tail]);
}

/** Undefined for a file that is not whole. */
export function readSegment(file: Buffer): Waiting[] | undefined {
  const end = file.length - TAIL;
  if (end < MAGIC.length || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (crc32(file.subarray(0, end)) !== file.readUInt32LE(end)) return undefined;
  const items: Waiting[] = [];
  for (let at = MAGIC.length; at < end;) {
    if (at + HEAD > end) return undefined;
    const [nameLength, flows, length] = [0, 4, 8].map((offset) => file.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const body = at + HEAD + nameLength;
    if (body + length > end) return undefined;
    items.push({
      stream: file.toString('utf8', at + HEAD, body),
      flows,
      body: file.subarray(body, body + length),
    });
    at = body + length;
  }
  return items;
}
