/** Outputs must not be written over inputs: captures are evidence. */
import { statSync, type BigIntStats } from 'node:fs';
import { usageError } from './arguments.ts';

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
