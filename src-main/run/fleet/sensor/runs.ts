/**
 * Numbers of runs only rise: workers pass over a run that is lower than one they know. A card's run is numbered by the clock, which may
 * be set back; so the last number is kept beside the spool, and the streams tell it where there is no spool.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import { names } from '../names.ts';
import type { Transport } from '../types.ts';
import { openBatch } from '../wire/seal.ts';
import { WireError } from '../wire/error.ts';
import { overtaken } from './resume.ts';

const FILE = 'last-run';
/** The server is asked for so long at most: packets are waiting. */
const ASK_MS = 1000;
const AGAIN_MS = 100;
/** Above any clock's milliseconds; what is higher was written by nobody of ours. */
const HIGHEST = 2 ** 52;

export const CLOCK_BEHIND =
  'The clock stands before the last start of this sensor: this run is numbered after that one. Look at the clock of this machine.';

export interface RunOptions {
  sensor: string;
  shards: number;
  key: KeyObject;
  transport: Pick<Transport, 'last'>;
  /** Of the spool; absent: nothing is kept here. */
  folder: string | undefined;
  /** The number that was asked for. */
  asked: number | undefined;
  /** ms since 1970 (for tests). */
  now?: () => number;
}

export interface NewRun {
  run: number;
  /** The clock stands before the last run. */
  isClockBehind: boolean;
}

/** The number of a run that begins now. @throws SondeError for a number that was asked for and is not above the last */
export async function nextRun(options: RunOptions): Promise<NewRun> {
  const { sensor, asked, folder, now = Date.now } = options;
  const last = Math.max(keptRun(folder), await sentRun(options));
  if (asked !== undefined && asked <= last) throw overtaken(sensor, asked, last);
  const clock = now();
  return { run: asked ?? Math.max(clock, last + 1), isClockBehind: asked === undefined && clock <= last };
}

/** Remembers a run that has begun; where that cannot be written the streams have to tell. */
export function keepRun(folder: string | undefined, run: number): void {
  if (folder === undefined || run <= keptRun(folder)) return;
  const path = join(folder, FILE);
  try {
    writeFileSync(`${path}.new`, `${run}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // A folder that cannot be written is told of by the spool.
  }
}

/** -1 where none is known. */
function keptRun(folder: string | undefined): number {
  if (folder === undefined) return -1;
  try {
    const text = readFileSync(join(folder, FILE), 'utf8').trim();
    return /^\d{1,16}$/.test(text) ? believable(Number(text)) : -1;
  } catch {
    return -1;
  }
}

const believable = (run: number): number => (run <= HIGHEST ? run : -1);

/** Of what this sensor has signed in its streams. */
async function sentRun({ sensor, shards, key, transport }: RunOptions): Promise<number> {
  const ours = createPublicKey(key as never);
  const until = performance.now() + ASK_MS;
  let highest = -1;
  for (let shard = 0; shard < shards;) {
    try {
      const entry = await transport.last(names.slices(shard, sensor));
      if (entry) highest = Math.max(highest, believable(runOf(entry.body, ours)));
      shard++;
    } catch (error) {
      if (!(error instanceof SondeError)) throw error;
      // Without rights, too: whoever publishes hears of that.
      if (error.code !== 'connection-lost' || performance.now() >= until) return highest;
      await wait(AGAIN_MS);
    }
  }
  return highest;
}

function runOf(body: Uint8Array, key: KeyObject): number {
  try {
    return openBatch(body, () => key).run;
  } catch (error) {
    if (error instanceof WireError) return -1;
    throw error;
  }
}
