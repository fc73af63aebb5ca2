/** Packets that live sessions keep on disk: a folder a capture, named by its number. They go with the capture. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { adoptFiles } from '../../meter/capture/ring/files.ts';
import type { CaptureDetail } from '../../../src-shared/contract/topics/captures.ts';

/** Formats of inputs that are no files: the engines of live captures. */
const ENGINES: ReadonlySet<string> = new Set(['helper', 'cap', 'dumpcap']);

export function ringFolder(rings: string, capture: number): string {
  return join(rings, String(capture));
}

/**
 * Files that hold the packets of a capture which was watched live, oldest first; null for one that was read from files.
 * @throws SondeError `not-found` where none were kept
 */
export async function livePackets(
  rings: string,
  { id, name, inputs }: Pick<CaptureDetail, 'id' | 'name' | 'inputs'>,
): Promise<string[] | null> {
  if (inputs.length === 0 || !inputs.every(({ format }) => ENGINES.has(format))) return null;
  const folder = ringFolder(rings, id);
  const files = existsSync(folder) ? await adoptFiles(folder) : [];
  if (files.length > 0) return files.map(({ path }) => path);
  throw new SondeError(
    'not-found',
    `no packets of ${name} were kept on disk`,
    folder,
    'Choose “Keep headers” or “Keep whole packets” before the next start.',
  );
}

export function removeRing(rings: string, capture: number): void {
  rmSync(ringFolder(rings, capture), { recursive: true, force: true });
}

/** Removes what belongs to no capture any more. */
export function cleanRings(rings: string, captures: readonly { id: number }[]): void {
  if (!existsSync(rings)) return;
  const known = new Set(captures.map(({ id }) => String(id)));
  for (const name of readdirSync(rings)) {
    if (/^\d+$/.test(name) && !known.has(name)) rmSync(join(rings, name), { recursive: true, force: true });
  }
}
