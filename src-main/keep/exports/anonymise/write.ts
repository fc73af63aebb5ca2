/** Captures without whom they tell of and what was said. */
import { randomBytes } from 'node:crypto';
import { lstatSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { makeDecoder } from '../../../meter/packets/decoder.ts';
import { openCaptures } from '../../../meter/packets/open.ts';
import { makeSegmentBatch, type InputSummary, type PacketBatch } from '../../../meter/packets/types.ts';
import type { ArpNamed, PacketKey } from '../../store/queries/packets.ts';
import { FlowMatch } from '../flow-match.ts';
import { PcapngWriter } from '../pcapng.ts';
import { ANONYMISED } from '../../../../src-shared/domain/anonymised.ts';
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

export interface AnonymiseOptions {
  /** Packets of these flows alone, and of this ARP. Absent: all. */
  only?: { keys: readonly PacketKey[]; arp: ArpNamed | null } | undefined;
  /** Input bytes that were read, as they are on disk; of how many (NaN: unknown). */
  onProgress?: (bytes: number, total: number) => void;
  /** Asked between batches of packets. */
  isStopped?: () => boolean;
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
 * @throws InputError when no capture can be read; SondeError when the file cannot be written, or `cancelled`.
 */
export async function anonymise(
  paths: readonly string[],
  out: string,
  names: Pseudonyms,
  program: string,
  options: AnonymiseOptions = {},
): Promise<Anonymised> {
  return inPlaceOf(out, (path) => written(paths, path, names, program, options));
}

/** Marks what is wanted of a batch; null: all of it is. */
function chooser(only: AnonymiseOptions['only']): (batch: PacketBatch) => Uint8Array | null {
  if (!only) return () => null;
  const [match, decoder, segments] = [new FlowMatch(only.keys, only.arp), makeDecoder(), makeSegmentBatch()];
  return (batch) => {
    const wanted = new Uint8Array(batch.count);
    decoder.decode(batch, segments);
    match.mark(batch, segments, wanted);
    return wanted;
  };
}

async function written(
  paths: readonly string[],
  out: string,
  names: Pseudonyms,
  program: string,
  { only, onProgress, isStopped }: AnonymiseOptions,
): Promise<Anonymised> {
  const reader = await openCaptures(paths, { hash: 'auto' });
  const rewriter = new Rewriter(names);
  const wantedOf = chooser(only);
  const unknownLinks = new Map<number, number>();
  try {
    const writer = new PcapngWriter(out, program, ANONYMISED);
    try {
      for (let batch = await reader.read(); batch; batch = await reader.read()) {
        if (isStopped?.()) throw new SondeError('cancelled', 'the export was cancelled', out, '');
        const wanted = wantedOf(batch);
        const c = batch.columns;
        for (let i = 0; i < batch.count; i++) {
          if (wanted && wanted[i] !== 1) continue;
          const link = c.link[i]!;
          if (!Rewriter.knows(link)) unknownLinks.set(link, (unknownLinks.get(link) ?? 0) + 1);
          const copy = batch.data.slice(c.offset[i]!, c.offset[i]! + c.captured[i]!);
          const kept = rewriter.rewrite(link, copy, c.wire[i]!);
          writer.add({ link, sec: c.sec[i]!, nano: c.nano[i]!, wire: c.wire[i]!, data: copy.subarray(0, kept) });
        }
        reader.release(batch);
        const { bytes, total } = reader.progress();
        onProgress?.(bytes, total);
      }
    } finally {
      writer.close();
    }
    return { packets: writer.packets, bytes: writer.bytes, unknownLinks, inputs: reader.summaries() };
  } finally {
    await reader.close();
  }
}
