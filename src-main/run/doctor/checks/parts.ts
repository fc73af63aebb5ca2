/** The parts that are not TypeScript: SQLite, cap, the tensor library, Electron. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadTensors } from '../../../detect/detectors/autoencoder/backend.ts';
import { sqliteVersion } from '../../../keep/store/examine.ts';
import { loadCap } from '../../../meter/capture/sources/cap-source.ts';
import { failed, note, ok, type Check } from '../types.ts';

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

export const sqlite: Check = {
  id: 'sqlite',
  title: 'Database engine',
  run: async () => {
    try {
      return ok(`SQLite ${sqliteVersion()} (better-sqlite3)`);
    } catch (error) {
      return failed(
        `better-sqlite3 does not load: ${firstLine(error)}`,
        'In a checkout: npm ci, then npm start. Once installed: install Sonde again.',
      );
    }
  },
};

export const cap: Check = {
  id: 'cap',
  title: 'Capture without a helper',
  run: async () => {
    const found = await loadCap();
    if (!(found instanceof Error)) return ok('the cap package loads');
    return note(
      `the cap package does not load (${firstLine(found)}); only the helper, or dumpcap, can capture`,
      process.platform === 'linux'
        ? 'Nothing to do where the helper is set up (below); else install libpcap-dev and a compiler, then npm ci.'
        : 'Windows: install Npcap from npcap.com; macOS: install Sonde again.',
    );
  },
};

export const tensors: Check = {
  id: 'tensors',
  title: 'Tensor library',
  run: async () => {
    try {
      const { name } = await loadTensors();
      if (name === 'tensorflow') return ok('native TensorFlow');
      if (name === 'wasm')
        return note('WebAssembly with SIMD; native TensorFlow is not there, so training takes longer');
      return note('plain JavaScript; training takes some ten times as long as with WebAssembly');
    } catch (error) {
      return failed(`no tensor library works: ${firstLine(error)}`, 'Install Sonde again. Only training needs it.');
    }
  },
};

/** Whether its program was ever downloaded. Asking the package itself would begin the download. */
function isElectronHere(): boolean {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    return existsSync(join(folder, 'dist', name));
  } catch {
    return false;
  }
}

/** Whether the window can be had from here. */
export const shell: Check = {
  id: 'window',
  title: 'Window',
  run: async () => {
    if (process.versions['electron'] !== undefined) return ok(`Electron ${process.versions['electron']}`);
    if (isElectronHere()) return ok('Electron is here');
    return note('Electron is not here: the desk opens in the browser', 'sonde serve, or npm start.');
  },
};
