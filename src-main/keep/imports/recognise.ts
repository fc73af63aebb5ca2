/** Whether an input holds records of flows, by its first bytes, compressed or not. */
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError, inputName } from '../../meter/packets/errors.ts';
import { compressionOf, type Compression } from '../../meter/packets/input/compressed-source.ts';
import type { RawSource } from '../../meter/packets/input/raw-source.ts';
import { zeekPath } from './zeek-tsv.ts';
import { RECORD_FORMATS } from './registry.ts';
import type { RecordFormat } from './record.ts';

export interface Recognised {
  format: RecordFormat;
  compression: Compression | null;
}

/** What the first bytes unpack to, at least their first piece; damage gives what came before it. */
function unpacked(head: Uint8Array, compression: Compression): Promise<Buffer> {
  return new Promise((resolve) => {
    const stream = compression === 'gzip' ? createGunzip() : createZstdDecompress();
    const done = (piece?: unknown): void => {
      stream.destroy();
      resolve(Buffer.isBuffer(piece) ? piece : Buffer.alloc(0));
    };
    stream.once('data', done);
    stream.once('end', () => done());
    stream.once('error', () => done());
    stream.end(head);
  });
}

/**
 * What records `raw` holds, without reading on in it; null where it holds none (a capture, or something else).
 *
 * @throws InputError for records that are known and cannot be read.
 */
export async function recordsIn(raw: RawSource): Promise<Recognised | null> {
  const compression = compressionOf(raw.head);
  const plain = Buffer.from(raw.head.buffer, raw.head.byteOffset, raw.head.length);
  const head = compression ? await unpacked(plain, compression) : plain;
  const format = RECORD_FORMATS.find((one) => one.recognises(head));
  const name = inputName(raw.path);
  if (!format) {
    const path = zeekPath(head);
    if (path === undefined) return null;
    const text = `${name}: Zeek's ${path.slice(0, 32)}.log tells nothing of flows. Give the conn.log beside it.`;
    throw new InputError('not-a-capture', raw.path, text);
  }
  const refusal = format.refuses?.(head);
  if (refusal !== undefined) throw new InputError('unsupported-version', raw.path, `${name}: ${refusal}`);
  return { format, compression };
}
