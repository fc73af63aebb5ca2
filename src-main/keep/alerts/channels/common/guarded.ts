/** What anybody on this machine could have put there is no program of the administrator's. */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeliveryError } from '../../types.ts';

/** Write permission of others, and the bit by which a folder lets each remove only what is theirs. */
const WORLD = 0o002;
const STICKY = 0o1000;

/** 0 where it is not there, or may not be looked at. */
const modeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.mode,
    () => 0,
  );

/** From its own folder up to the root. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

/**
 * Links are followed: where the program lies, and where the links to it lie as far as its path names them. Windows has
 * no such bits.
 * @throws DeliveryError
 */
export async function checkGuarded(program: string): Promise<void> {
  if (process.platform === 'win32') return;
  if (((await modeOf(program)) & WORLD) !== 0)
    throw new DeliveryError(`${program} can be changed by everybody: chmod o-w`, false);
  const real = await realpath(program).catch(() => program);
  for (const folder of new Set([...foldersAbove(program), ...foldersAbove(real)])) {
    if (((await modeOf(folder)) & (WORLD | STICKY)) !== WORLD) continue;
    const why = `everybody can put another program in the place of ${program}`;
    throw new DeliveryError(`${why}: chmod o-w ${folder}`, false);
  }
}
