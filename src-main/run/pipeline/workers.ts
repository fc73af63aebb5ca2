/**
 * Where the worker threads' entry files lie. A worker is a file `src-main/<room>/<name>.worker.ts`; the build makes
 * `dist/src-main/<room>/<name>.worker.js` of it. Whoever starts one may itself be sources or a bundle.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appRoot, FROM_SOURCES } from '../paths.ts';

/** A worker's path under src-main, with forward slashes and without its ending: `run/pipeline/meter.worker`. */
export type WorkerName = `${string}.worker`;

/** The entry of a worker, for `new Worker(url)`. */
export function workerUrl(name: WorkerName): URL {
  return pathToFileURL(workerPath(appRoot(), name, FROM_SOURCES));
}

/** As {@link workerUrl}, for the application at `root`, running from its sources or from its bundles. */
export function workerPath(root: string, name: WorkerName, fromSources: boolean): string {
  const folder = fromSources ? join(root, 'src-main') : join(root, 'dist', 'src-main');
  return join(folder, ...`${name}${fromSources ? '.ts' : '.js'}`.split('/'));
}
