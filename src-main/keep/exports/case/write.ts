/** A case as one file: the manifest first, then the parts in its order, gzip around all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { writeWhole } from '../../../detect/whole-file.ts';
import { MANIFEST, sealed, type CaseManifest, type CasePart } from './manifest.ts';
import { padding, tarHeader, TAR_END } from './tar.ts';

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

async function partsOf(folder: string, names: readonly string[]): Promise<CasePart[]> {
  const parts: CasePart[] = [];
  for (const name of names) {
    const path = join(folder, name);
    parts.push({ name, bytes: (await stat(path)).size, sha256: await hashOfFile(path) });
  }
  return parts;
}

async function* entries(folder: string, manifest: CaseManifest): AsyncGenerator<Uint8Array> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  yield tarHeader(MANIFEST, text.length);
  yield text;
  yield new Uint8Array(padding(text.length));
  for (const { name, bytes } of manifest.parts) {
    yield tarHeader(name, bytes);
    yield* createReadStream(join(folder, name)) as AsyncIterable<Buffer>;
    yield new Uint8Array(padding(bytes));
  }
  yield TAR_END;
}

/**
 * Writes the files `names` of `folder` with their manifest to `out`, whole or not at all.
 *
 * @returns the manifest, with the hash of the case
 */
export async function writeCase(
  folder: string,
  names: readonly string[],
  facts: Omit<CaseManifest, 'parts' | 'sha256'>,
  out: string,
): Promise<CaseManifest> {
  const manifest = sealed({ ...facts, parts: await partsOf(folder, names) });
  await writeWhole(out, (file) =>
    pipeline(Readable.from(entries(folder, manifest)), createGzip(), async (packed: AsyncIterable<Buffer>) => {
      for await (const chunk of packed) await file.writeFile(chunk);
    }),
  );
  return manifest;
}
