/** Outputs must not be written over inputs: captures are evidence. And it must be known before the work that they can be. */
import { accessSync, constants, statSync, type BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
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
