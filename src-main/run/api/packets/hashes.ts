/** SHA-256 of files, to know whether they are still those that were imported. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';

const CHUNK = 1 << 20;

/** In hex; ends early where it is stopped. @throws Error where one cannot be read */
export async function hashFiles(
  paths: readonly string[],
  onProgress: (bytes: number, total: number) => void,
  isStopped: () => boolean,
): Promise<string[]> {
  const total = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const found: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      if (isStopped()) return found;
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      onProgress(bytes, total);
    }
    found.push(hash.digest('hex'));
  }
  return found;
}
