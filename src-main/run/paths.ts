/**
 * Where the project's own files lie, from sources, from `dist/` and from a packaged application.
 *
 * Bundling moves code to other files, so nothing may be found relative to the module that asks: everything is
 * found relative to the application's root, the nearest folder above whose package.json is ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

function isRoot(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return false;
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof content === 'object' && content !== null && 'name' in content && content.name === 'sonde';
}
