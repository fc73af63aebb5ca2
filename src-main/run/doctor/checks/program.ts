/** Sonde, the runtime it runs on, and the machine. */
import { arch, cpus, release, totalmem } from 'node:os';
import { VERSION } from '../../../../src-shared/version.ts';
import { FROM_SOURCES } from '../../paths.ts';
import { failed, ok, warning, type Check } from '../types.ts';

/** What better-sqlite3 and the sources ask for. */
const NODE_LEAST = 24;
const MEMORY_LEAST = 2 ** 31;
const GIBIBYTE = 2 ** 30;

/** What runs this: Electron has a Node of its own. */
function runtime(): string {
  const { electron } = process.versions;
  return electron === undefined
    ? `Node ${process.versions.node}`
    : `Electron ${electron} (Node ${process.versions.node})`;
}

export const program: Check = {
  id: 'program',
  title: 'Sonde',
  run: async () => {
    const from = FROM_SOURCES ? 'from its sources' : 'as built';
    const major = Number(process.versions.node.split('.')[0]);
    const message = `version ${VERSION}, ${from}, on ${runtime()}`;
    if (major >= NODE_LEAST) return ok(message);
    return failed(message, `It needs Node ${NODE_LEAST}: start it with npm start, which brings its own.`);
  },
};

export const machine: Check = {
  id: 'machine',
  title: 'Machine',
  run: async () => {
    const memory = totalmem();
    const size = `${(memory / GIBIBYTE).toFixed(1)} GiB of memory`;
    const message = `${process.platform} ${release()} ${arch()}, ${cpus().length} processor threads, ${size}`;
    if (memory >= MEMORY_LEAST) return ok(message);
    return warning(message, 'Large captures want 2 GiB: open a part of them, or use a larger machine.');
  },
};
