/** Outputs must not be written over inputs: captures are evidence. And it must be known before the work that they can be. */
import { accessSync, constants, realpathSync, statSync, type BigIntStats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError } from './arguments.ts';
import { writeError } from './flows-file.ts';

function look(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/**
 * Refuses `path`, given with `--option`, when it is one of the inputs, under whatever name.
 *
 * @throws SondeError `usage`.
 */
export function refuseOverwriting(inputs: readonly string[], path: string | undefined, option: string): void {
  const out = path === undefined ? undefined : look(path);
  if (path === undefined || out === undefined || !out.isFile()) return;
  for (const input of inputs) {
    const known = input === '-' ? undefined : look(input);
    if (known?.ino === out.ino && known.dev === out.dev) {
      throw usageError(
        `--${option} ${path}: is one of the inputs and would be overwritten`,
        path,
        'Name another file.',
      );
    }
  }
}

/** The file that a path leads to, or would: a link of any kind is what it links to. */
function placeOf(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    const whole = resolve(path);
    try {
      return join(realpathSync(dirname(whole)), basename(whole));
    } catch {
      return whole;
    }
  }
}

/** @throws SondeError `usage` where two of the paths lead to one file */
export function refuseShared(paths: readonly (string | undefined)[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === undefined || !mayBeOverwritten(path)) continue;
    const place = placeOf(path);
    if (seen.has(place)) throw usageError(`${path}: is named for two things`, path, 'Name another file.');
    seen.add(place);
  }
}

/** A pipe or a device may be named twice. */
function mayBeOverwritten(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

/**
 * That a file can be made at `path`: its folder is there and may be written to. What happens later is said then.
 *
 * @throws SondeError `write-failed`.
 */
export function checkOutput(path: string | undefined): void {
  if (path === undefined) return;
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw writeError(error, path, 'nothing was read yet');
  }
}

/** Runs `work`, which writes `path` whole or not at all; a system error in it is one of writing. @throws SondeError */
export async function sayingWrite<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isSystem = error instanceof Error && 'syscall' in error && 'code' in error;
    throw isSystem ? writeError(error, path, 'nothing was written') : error;
  }
}
