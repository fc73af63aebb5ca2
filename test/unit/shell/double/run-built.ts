/** Runs the built `main.js` with the double in the place of Electron, and says in one line what came of it. */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from './desktop.ts';
import { makeElectron } from './electron.ts';

const [root = '', folder = ''] = process.argv.slice(2);
const double = makeElectron({ folder });
Object.assign(globalThis, { electronDouble: double.electron });
const ELECTRON = 'double:electron';
registerHooks({
  resolve: (name, context, next) => (name === 'electron' ? { url: ELECTRON, shortCircuit: true } : next(name, context)),
  load: (url, context, next) =>
    url === ELECTRON
      ? { format: 'module', source: 'export default globalThis.electronDouble;', shortCircuit: true }
      : next(url, context),
});
await import(pathToFileURL(join(root, 'dist', 'src-main', 'run', 'shell', 'main.js')).href);
await until(() => double.windows[0]?.visible, 'the window');
const window = double.windows[0]!;
const engine = double.engines[0]!.entry;
const line = await double.ipcMain.invoke(window.webContents.mainFrame, 'sonde:connect', { token: 'a'.repeat(20) });
const said = { schemes: double.schemes, page: window.page?.status, engine, line };
double.app.quit();
await until(() => double.app.code !== undefined, 'the end');
process.stdout.write(`${JSON.stringify({ ...said, code: double.app.code })}\n`);
