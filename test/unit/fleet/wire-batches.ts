/** Slices of captures that tests make, and batches of them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileRun } from '../../../src-main/run/fleet/sensor/file-run.ts';
import { Gatherer } from '../../../src-main/run/fleet/sensor/gather.ts';
import type { BatchBody } from '../../../src-main/run/fleet/wire/codec.ts';
import type { BatchHead } from '../../../src-main/run/fleet/wire/seal.ts';
import { attackOnly, generate, type CaptureSpec } from '../../generator/scenario.ts';

export const KEYS: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519');

export const HEAD: BatchHead = {
  sensor: 'berlin',
  run: 1_773_133_200_555,
  sequence: 7,
  shard: 0,
  shards: 1,
  until: 17_731_332_006,
  end: false,
  idle: false,
  lost: 0,
};

export const office = (seed: number, more: Partial<CaptureSpec> = {}): Uint8Array =>
  generate({ environment: 'office', hosts: 8, hours: 0.03, seed, ...more }).bytes;

export const attacks = (seed: number, ...kinds: string[]): Uint8Array =>
  attackOnly({ seed, hours: 0.02, attacks: kinds }).bytes;

/** A file of these bytes while something is done with it. */
export async function withFile<T>(bytes: Uint8Array, act: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-'));
  try {
    const path = join(folder, 'capture.pcapng');
    writeFileSync(path, bytes);
    return await act(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All slices of a capture, gathered for so many shards; a batch each time `isFull` says so, and at the end. */
export function gathered(
  bytes: Uint8Array,
  shards: number,
  isFull: (gatherer: Gatherer) => boolean = (gatherer) => gatherer.isFull(),
): Promise<BatchBody[][]> {
  return withFile(bytes, async (path) => {
    const batches: BatchBody[][] = [];
    let gatherer: Gatherer | undefined;
    const run = await FileRun.open({ files: [path], speed: 'max' }, (...slice) => gatherer?.take(...slice));
    const made = (gatherer = new Gatherer(run.source.meter.hosts, shards, () => void batches.push(made.flush())));
    while (await run.next()) if (isFull(made)) batches.push(made.flush());
    run.finish();
    batches.push(made.flush());
    await run.source.close();
    return batches;
  });
}
