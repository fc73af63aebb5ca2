/** Lines of a text file, plain or gzip, streamed: memory does not depend on the length of the file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SondeError } from '../../../../src-shared/errors.ts';

/** No record of any known format comes near. */
export const LONGEST_LINE = 1 << 20;
const NEWLINE = 10;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export interface LineSource {
  /** Portions of whole lines, in order. */
  portions(): AsyncGenerator<string[]>;
  /** SHA-256 of the file's bytes as they lie on disk; after the last portion. */
  sha256(): string;
  /** Bytes of the file as they lie on disk: read so far, and all. */
  progress(): { bytesRead: number; bytesTotal: number };
  /** Whether it is compressed; after the first portion. */
  gzip(): boolean;
}

function readError(error: unknown, path: string): SondeError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new SondeError('not-found', `${path}: there is no such file`, path, 'Check the name.');
  if (code === 'EACCES' || code === 'EPERM') {
    return new SondeError('not-permitted', `${path}: may not be read`, path, 'Give yourself the right to read it.');
  }
  if (code === 'EISDIR') return new SondeError('is-a-directory', `${path}: is a folder`, path, 'Name a file in it.');
  if (code?.startsWith('Z_') || code === 'ERR_BUFFER_OUT_OF_BOUNDS') {
    return new SondeError('read-failed', `${path}: the gzip data are damaged or cut`, path, 'Fetch it again.');
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new SondeError('read-failed', `${path}: ${reason}`, path, 'Copy it elsewhere and try again.', {
    cause: error,
  });
}

async function opened(path: string): Promise<{ gzip: boolean; bytes: number }> {
  const info = await stat(path);
  if (info.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead === 0) throw new SondeError('empty-file', `${path}: is empty`, path, 'Name another file.');
    return { gzip: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b, bytes: info.size };
  } finally {
    await file.close();
  }
}

function decompressed(raw: Readable, gzip: boolean): Readable {
  if (!gzip) return raw;
  const inflate = createGunzip();
  raw.once('error', (error) => inflate.destroy(error));
  return raw.pipe(inflate);
}

/** How captures begin: pcapng, pcap of either byte order with micro- and nanoseconds. */
const CAPTURES = new Set(['\n\r\r\n', '\xd4\xc3\xb2\xa1', '\xa1\xb2\xc3\xd4', '\x4d\x3c\xb2\xa1', '\xa1\xb2\x3c\x4d']);

/** What a file is whose first bytes these are, and what to do about it; undefined: nobody's guess. */
function binaryKind(start: Buffer): string | undefined {
  const magic = start.subarray(0, 4).toString('latin1');
  if (CAPTURES.has(magic))
    return 'is a capture of packets: make records of it with sonde features CAPTURE --out OUT.csv';
  if (magic === 'PK\x03\x04') return 'is a ZIP archive or an Excel file: unpack it, or save it as CSV';
  if (magic === 'PAR1') return 'is a Parquet file: write it as CSV';
  if (magic === '(\xb5/\xfd') return 'is compressed with zstd: decompress it, or use gzip';
  if (magic.startsWith('\xff\xfe') || magic.startsWith('\xfe\xff')) return 'is UTF-16 text: save it as UTF-8';
  return undefined;
}

/** Bytes looked at for control characters. */
const LOOKED_AT = 1 << 16;
/** Different control characters that a text may have: one or two may divide its fields, others are damage. */
const MOST_CONTROLS = 8;
const TAB = 9;
const RETURN = 13;
const BLANK = 32;

/** Where the first byte is that no text holds, -1: nowhere. */
function binaryAt(chunk: Buffer, isStart: boolean): number {
  if (isStart && binaryKind(chunk) !== undefined) return 0;
  const zero = chunk.indexOf(0);
  if (zero >= 0 || !isStart) return zero;
  const controls = new Set(
    chunk.subarray(0, LOOKED_AT).filter((byte) => byte < TAB || (byte > RETURN && byte < BLANK)),
  );
  return controls.size > MOST_CONTROLS ? 0 : -1;
}

/** @param line in which the binary data begin, from 1 */
function binaryError(path: string, chunk: Buffer, line: number): SondeError {
  const kind = line === 1 ? binaryKind(chunk) : undefined;
  const begins = line === 1 ? '' : ` from line ${line.toLocaleString('en')} on`;
  const other = line === 1 ? 'name a text file' : 'cut it off before that line, or fetch it again';
  const [what, cure] = (kind ?? `holds binary data${begins}, not lines of text: ${other}`).split(': ');
  return new SondeError('read-failed', `${path}: ${what}`, path, `${cure![0]!.toUpperCase()}${cure!.slice(1)}.`);
}

/**
 * Lines without their ends (LF or CR LF), as UTF-8; a byte order mark before the first is passed.
 *
 * @throws SondeError `not-found`, `not-permitted`, `is-a-directory`, `empty-file`, `read-failed` (also for a line
 *   longer than `LONGEST_LINE` and for binary data).
 */
export function linesOf(path: string): LineSource {
  const hash = createHash('sha256');
  const progress = { bytesRead: 0, bytesTotal: 0 };
  let isGzip = false;
  async function* portions(): AsyncGenerator<string[]> {
    try {
      const { gzip, bytes } = await opened(path);
      isGzip = gzip;
      progress.bytesTotal = bytes;
      const raw = createReadStream(path, { highWaterMark: 1 << 18 });
      raw.on('data', (chunk) => {
        hash.update(chunk);
        progress.bytesRead += chunk.length;
      });
      raw.pause();
      try {
        yield* split(decompressed(raw, gzip), path);
      } finally {
        raw.destroy();
      }
    } catch (error) {
      throw error instanceof SondeError ? error : readError(error, path);
    }
  }
  return { portions, sha256: () => hash.copy().digest('hex'), progress: () => ({ ...progress }), gzip: () => isGzip };
}

async function* split(stream: Readable, path: string): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  let length = 0;
  let isStart = true;
  let linesBefore = 0;
  for await (const piece of stream) {
    let chunk = piece as Buffer;
    const binary = binaryAt(chunk, isStart);
    if (binary >= 0) throw binaryError(path, chunk, linesBefore + newlines(chunk.subarray(0, binary)) + 1);
    if (isStart && chunk.subarray(0, BOM.length).equals(BOM)) chunk = chunk.subarray(BOM.length);
    isStart = false;
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      rest.push(chunk);
      length += chunk.length;
      if (length > LONGEST_LINE) {
        throw new SondeError('read-failed', `${path}: a line is longer than 1 MiB`, path, 'Name a file of records.');
      }
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, last)]).toString('utf8');
    rest = [chunk.subarray(last + 1)];
    length = rest[0]!.length;
    const lines = text.split('\n').map(withoutReturn);
    linesBefore += lines.length;
    yield lines;
  }
  const tail = Buffer.concat(rest).toString('utf8');
  if (tail !== '') yield tail.split('\n').map(withoutReturn);
}

function newlines(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
