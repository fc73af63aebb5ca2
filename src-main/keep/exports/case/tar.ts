/** The container of a case: a tape archive (POSIX.1-2001 ustar) of plain files, as much of it as a case needs. */

export const BLOCK = 512;
const NAME_MAX = 100;
const OCTAL_MAX = 0o77777777777;
const SIZE_AT = 124;
const SUM_AT = 148;
const TYPE_AT = 156;
const MAGIC_AT = 257;

/** All bytes of the header, with spaces where the sum itself stands. */
function sumOf(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= SUM_AT && i < SUM_AT + 8 ? 32 : header[i]!;
  return sum;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** The header of a file. No time and no owner: the same parts give the same archive. @throws RangeError */
export function tarHeader(name: string, size: number): Uint8Array {
  if (Buffer.byteLength(name) > NAME_MAX || size > OCTAL_MAX)
    throw new RangeError(`${name} does not fit into a header`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'utf8');
  header.write(octal(0o600, 7), 100);
  for (const at of [108, 116]) header.write(octal(0, 7), at);
  header.write(octal(size, 11), SIZE_AT);
  header.write(octal(0, 11), 136);
  header[TYPE_AT] = '0'.charCodeAt(0);
  header.write('ustar\u000000', MAGIC_AT);
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, SUM_AT);
  return header;
}

/** Bytes that fill the last block of a file. */
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** What ends an archive: two empty blocks. */
export const TAR_END = new Uint8Array(2 * BLOCK);

export interface TarEntry {
  name: string;
  size: number;
}

function octalAt(header: Buffer, at: number, length: number): number | null {
  const text = header
    .subarray(at, at + length)
    .toString('latin1')
    .replace(/[\0 ]+$/, '');
  return /^[0-7]{1,11}$/.test(text) ? parseInt(text, 8) : null;
}

/** null: the end. A string: why it is no header of a plain file. */
export function readTarHeader(bytes: Uint8Array): TarEntry | null | string {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.every((byte) => byte === 0)) return null;
  if (octalAt(header, SUM_AT, 8) !== sumOf(header)) return 'its header is damaged';
  if (header[TYPE_AT] !== '0'.charCodeAt(0)) return 'it is no plain file';
  const size = octalAt(header, SIZE_AT, 12);
  if (size === null) return 'its size cannot be read';
  const end = header.indexOf(0);
  return { name: header.subarray(0, Math.min(end < 0 ? NAME_MAX : end, NAME_MAX)).toString('utf8'), size };
}
