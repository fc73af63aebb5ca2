/**
 * Where the project's own files lie, from sources, from `dist/` and from a packaged application.
 *
 * Bundling moves code to other files, so nothing may be found relative to the module that asks: everything is
 * found relative to the application's root, the nearest folder above whose package.json is ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** True while the TypeScript sources run themselves; false in a bundle. */
export const FROM_SOURCES: boolean = import.meta.url.endsWith('.ts');

let found: string | undefined;

/**
 * The folder with package.json: of the checkout, or `…/resources/app.asar` once packaged.
 * @throws Error where no folder above this module is the application's.
 */
export function appRoot(): string {
  found ??= rootAbove(fileURLToPath(import.meta.url));
  return found;
}

/** The application's root at or above `path`. @throws Error where there is none. */
export function rootAbove(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (isRoot(folder)) return folder;
    if (dirname(folder) === folder) throw new Error(`${path} does not lie within an installation of Sonde`);
  }
}

/**
 * A file or folder of `resources/`. The installers put that folder beside the archive of the code rather than in
 * it, so that other programs can read the files.
 */
export function resourcePath(...parts: string[]): string {
  return join(resourcesOf(appRoot()), ...parts);
}

/** The resources of the application whose root is `root`. */
export function resourcesOf(root: string): string {
  return root.endsWith('.asar') ? join(dirname(root), 'resources') : join(root, 'resources');
}

/** Where the desk's pages lie, once they are built. */
export function deskPages(): string {
  return join(appRoot(), 'dist', 'renderer');
}

/** Whether they are built. */
export function arePagesThere(folder: string = deskPages()): boolean {
  return existsSync(join(folder, 'index.html'));
}

/** What is to be done where they are not. */
export const BUILD_PAGES = FROM_SOURCES ? 'npm run build' : 'Install Sonde again; in a checkout: npm run build';

/** The user's own folder for what the desk keeps: XDG's, Apple's and Microsoft's conventions. */
export function dataFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  // Relative paths are invalid there and are to be ignored (XDG Base Directory Specification).
  const named = (name: string, otherwise: string): string => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  switch (platform) {
    case 'win32':
      return join(named('LOCALAPPDATA', join(home, 'AppData', 'Local')), 'Sonde');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Sonde');
    default:
      return join(named('XDG_DATA_HOME', join(home, '.local', 'share')), 'sonde');
  }
}

/** The database that the desk uses unless told otherwise. */
export function deskDatabase(): string {
  return join(dataFolder(), 'desk.db');
}

function isRoot(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return false;
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof content === 'object' && content !== null && 'name' in content && content.name === 'sonde';
}
