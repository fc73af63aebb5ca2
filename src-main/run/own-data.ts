/** Everything that Sonde keeps of its own accord on this machine, and how to be rid of it. */
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { SondeError } from '../../src-shared/errors.ts';
import { claimDatabase } from '../keep/store/claim.ts';
import { errorLog } from './error-log.ts';
import { dataFolder, deskDatabase } from './paths.ts';

/** Of a running or a killed desk: uploads and results on their way. */
const TEMPORARY = /^sonde-run-(\d+)-\w+$/;

/** The process whose temporary folder has this name; undefined where it is none. */
export function processOf(name: string): number | undefined {
  const pid = TEMPORARY.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether a process of this number runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export interface OwnPlace {
  path: string;
  /** What lies there, for people. */
  what: string;
  bytes: number;
  /** The process of a desk that runs and uses it, which is not this one. */
  heldBy?: number;
}

export interface Surroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
  temporary: string;
}

const here = (): Surroundings => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
  temporary: tmpdir(),
});

/** Electron's own folder for an application called Sonde: what the window remembers, its keychain's secrets, its log. */
function windowFolders({ platform, env, home }: Surroundings): string[] {
  const named = (name: string, otherwise: string): string => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  switch (platform) {
    case 'win32':
      return [join(named('APPDATA', join(home, 'AppData', 'Roaming')), 'Sonde')];
    case 'darwin':
      return [join(home, 'Library', 'Logs', 'Sonde')];
    default:
      return [join(named('XDG_CONFIG_HOME', join(home, '.config')), 'Sonde')];
  }
}

function temporaryFolders(within: string): string[] {
  try {
    const own = process.getuid?.();
    return readdirSync(within)
      .filter((name) => processOf(name) !== undefined)
      .map((name) => join(within, name))
      .filter((path) => own === undefined || lstatSync(path).uid === own);
  } catch {
    return [];
  }
}

/** Bytes of a file, or of all files below a folder; links are not followed. */
function sizeOf(path: string): number {
  try {
    const stats = lstatSync(path);
    if (!stats.isDirectory()) return stats.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}

/** What is there now. */
export function ownPlaces(around: Surroundings = here()): OwnPlace[] {
  const { platform, env, home, temporary } = around;
  const places = [
    [dataFolder(platform, env, home), 'captures, flows, incidents, settings, secrets of channels, baselines'] as const,
    ...windowFolders(around).map((path) => [path, 'what the window remembers'] as const),
    [dirname(errorLog()), 'the log of errors'] as const,
    ...temporaryFolders(temporary).map((path) => [path, 'temporary files'] as const),
  ];
  return places
    .filter(([path]) => existsSync(path))
    .map(([path, what]) => ({ path, what, bytes: sizeOf(path), ...holderOf(path) }));
}

/** Uploads and results of a desk that runs, whose removal would break it. */
function holderOf(path: string): Pick<OwnPlace, 'heldBy'> {
  const pid = processOf(basename(path));
  return pid === undefined || pid === process.pid || !runs(pid) ? {} : { heldBy: pid };
}

/**
 * Removes a place and all in it. A link in its place is removed, not what it leads to.
 * @throws what the system says
 */
export function removePlace({ path }: OwnPlace): void {
  if (lstatSync(path).isSymbolicLink() && statSync(path).isDirectory()) {
    // Somebody keeps it elsewhere: what is there goes, the place stays as they made it.
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
    return;
  }
  rmSync(path, { recursive: true, force: true });
}

/** @throws SondeError where a desk other than that of `mine` (its database) has the desk's own database open */
export function checkUnused(mine?: string): void {
  const own = deskDatabase();
  if (!existsSync(own) || (mine !== undefined && resolve(mine) === resolve(own))) return;
  // Windows keeps open files: the claim's own is let go at once.
  try {
    claimDatabase(own).release();
  } catch (error) {
    if (!(error instanceof SondeError) || error.code !== 'database-busy') throw error;
    throw new SondeError(error.code, error.message, own, 'End that desk, then delete.', { cause: error });
  }
}

export interface Left extends OwnPlace {
  why: string;
}

/** Removes all that is kept but what a running desk uses; what is left, and why. */
export function deleteOwnData(places: readonly OwnPlace[] = ownPlaces()): { deleted: OwnPlace[]; left: Left[] } {
  const deleted: OwnPlace[] = [];
  const left: Left[] = [];
  for (const place of places) {
    const why = place.heldBy === undefined ? removed(place) : heldWords(place.heldBy);
    if (why === null) deleted.push(place);
    else left.push({ ...place, why });
  }
  return { deleted, left };
}

const heldWords = (pid: number): string =>
  `a desk that runs uses it (process ${pid}); end that desk, and do this again`;

/** Null, or why it could not be. */
function removed(place: OwnPlace): string | null {
  try {
    removePlace(place);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
