/** Whole processes under GNU time (Debian's `time`): seconds by the clock, of the processor, and peak memory. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run took. Without GNU time, `processor` and `peakMiB` are NaN. */
export interface Run {
  seconds: number;
  processor: number;
  peakMiB: number;
}

/** Whoever takes longer is not asked again. */
export const LIMIT_SECONDS = 300;
const TIME = '/usr/bin/time';

export const installed = (program: string): boolean =>
  existsSync(program) || spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0;

/**
 * Runs a command to its end, its output thrown away.
 * @returns undefined where it took longer than `LIMIT_SECONDS`
 * @throws Error where it failed
 */
export function measure(command: readonly string[]): Run | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  const note = join(folder, 'time');
  const timed = existsSync(TIME);
  const [program = '', ...args] = timed ? [TIME, '-q', '-o', note, '-f', '%U %S %M', ...command] : command;
  try {
    const begin = performance.now();
    const ran = spawnSync(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: LIMIT_SECONDS * 1000,
      maxBuffer: 1 << 28,
    });
    const seconds = (performance.now() - begin) / 1000;
    if (ran.error && (ran.error as NodeJS.ErrnoException).code === 'ETIMEDOUT') return undefined;
    if (ran.error) throw ran.error;
    if (ran.status !== 0) throw new Error(`${command.join(' ')} ended with ${ran.status}: ${ran.stderr.toString()}`);
    const [user = NaN, system = NaN, kib = NaN] = timed ? readFileSync(note, 'utf8').trim().split(' ').map(Number) : [];
    return { seconds, processor: user + system, peakMiB: Math.round(kib / 1024) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Least, median and most. */
export interface Spread {
  least: number;
  median: number;
  most: number;
}

export const spread = (values: readonly number[]): Spread => ({
  least: Math.min(...values),
  median: median(values),
  most: Math.max(...values),
});
