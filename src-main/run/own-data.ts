/** Everything that Sonde keeps of its own accord on this machine, and how to be rid of it. */
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { errorLog } from './error-log.ts';
import { dataFolder } from './paths.ts';

export interface OwnPlace {
  path: string;
  /** What lies there, for people. */
  what: string;
  bytes: number;
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

/** Of a running or a killed desk: uploads and results on their way. */
const TEMPORARY = /^sonde-run-\d+-\w+$/;

function temporaryFolders(within: string): string[] {
  try {
    const own = process.getuid?.();
    return readdirSync(within)
      .filter((name) => TEMPORARY.test(name))
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
  return places.filter(([path]) => existsSync(path)).map(([path, what]) => ({ path, what, bytes: sizeOf(path) }));
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
