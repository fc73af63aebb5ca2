import { createWriteStream, closeSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';

export type Compression = 'none' | 'gzip' | 'zstd';

/** What the ending of a file name asks for. */
export const compressionOf = (path: string): Compression =>
  path.endsWith('.gz') ? 'gzip' : path.endsWith('.zst') ? 'zstd' : 'none';

/** Compresses in memory. The gzip header names neither time nor operating system, so it is the same everywhere. */
export function compress(data: Uint8Array, how: Compression, level = 9): Uint8Array {
  if (how === 'none') return data;
  if (how === 'zstd') return zstdCompressSync(data);
  const out = gzipSync(data, { level });
  out[9] = 255;
  return out;
}

/**
 * Writes chunks to a file, compressed when its name ends in `.gz` or `.zst`. Chunks may be reused by their producer
 * as soon as the next is asked for: plain files are written before that, compressed ones copy.
 */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<number> {
  let total = 0;
  const how = compressionOf(path);
  if (how === 'none') {
    const fd = openSync(path, 'w');
    try {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at, chunk.length - at);
        total += chunk.length;
      }
    } finally {
      closeSync(fd);
    }
    return total;
  }
  function* copies(): Generator<Uint8Array> {
    for (const chunk of chunks) {
      total += chunk.length;
      yield chunk.slice();
    }
  }
  const out = createWriteStream(path);
  await pipeline(Readable.from(copies()), how === 'gzip' ? createGzip({ level: 6 }) : createZstdCompress(), out);
  if (!out.closed) await once(out, 'close');
  return total;
}
