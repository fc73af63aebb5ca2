/** Captures without whom they tell of and what was said. */
import { randomBytes } from 'node:crypto';
import { lstatSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { openCaptures } from '../../../meter/packets/open.ts';
import type { InputSummary } from '../../../meter/packets/types.ts';
import { PcapngWriter } from '../pcapng.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { Rewriter } from './rewrite.ts';

export interface Anonymised {
  packets: number;
  /** Of the new file. */
  bytes: number;
  /** Packets of link types that are not understood, by LINKTYPE_ number: their time and length are kept alone. */
  unknownLinks: Map<number, number>;
  inputs: InputSummary[];
}

function isSpecial(path: string): boolean {
  try {
    return !lstatSync(realpathSync(path)).isFile();
  } catch {
    return false;
  }
}

/** What is there already stays whole until all of the new file is written. */
async function inPlaceOf<T>(out: string, work: (path: string) => Promise<T>): Promise<T> {
  if (isSpecial(out)) return work(out);
  const real = realOf(out);
  const beside = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.partial`);
  try {
    const done = await work(beside);
    renameSync(beside, real);
    return done;
  } catch (error) {
    rmSync(beside, { force: true });
    if (!(error instanceof SondeError) || error.where !== beside) throw error;
    throw new SondeError(error.code, error.message.replace(beside, out), out, error.cure, { cause: error });
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Reads the captures at `paths` as one and writes them to `out` as pcapng: headers with pseudonyms, payload cut, times and
 * lengths as they were. Comments, names and keys that stand in a capture are left out. Where it fails, `out` is as it was.
 *
 * @throws InputError when no capture can be read; SondeError when the file cannot be written.
 */
export async function anonymise(
  paths: readonly string[],
  out: string,
  names: Pseudonyms,
  program: string,
): Promise<Anonymised> {
  return inPlaceOf(out, (path) => written(paths, path, names, program));
}

async function written(paths: readonly string[], out: string, names: Pseudonyms, program: string): Promise<Anonymised> {
  const reader = await openCaptures(paths, { hash: 'auto' });
  const rewriter = new Rewriter(names);
  const unknownLinks = new Map<number, number>();
  try {
    const writer = new PcapngWriter(out, program);
    try {
      for (let batch = await reader.read(); batch; batch = await reader.read()) {
        const c = batch.columns;
        for (let i = 0; i < batch.count; i++) {
          const link = c.link[i]!;
          if (!Rewriter.knows(link)) unknownLinks.set(link, (unknownLinks.get(link) ?? 0) + 1);
          const copy = batch.data.slice(c.offset[i]!, c.offset[i]! + c.captured[i]!);
          const kept = rewriter.rewrite(link, copy);
          writer.add({ link, sec: c.sec[i]!, nano: c.nano[i]!, wire: c.wire[i]!, data: copy.subarray(0, kept) });
        }
        reader.release(batch);
      }
    } finally {
      writer.close();
    }
    return { packets: writer.packets, bytes: writer.bytes, unknownLinks, inputs: reader.summaries() };
  } finally {
    await reader.close();
  }
}
