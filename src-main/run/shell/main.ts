/** The desktop application's first process. It holds the window; it never reads a packet. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import electron from 'electron';
import log from 'electron-log/node.js';
import updater from 'electron-updater';
import { VERSION } from '../../../src-shared/version.ts';
import { appRoot, resourcePath } from '../paths.ts';
import { Desktop } from './desktop.ts';
import { setUpLog } from './log.ts';
import { PRIVILEGES } from './page.ts';
import { lookForUpdates } from './updates.ts';

const { app, protocol } = electron;
const folder = join(appRoot(), 'dist', 'src-main', 'run', 'shell');

const logFile = (): string => join(app.getPath('logs'), 'main.log');
setUpLog(log, logFile);
process.on('uncaughtException', (error) => log.error(error));
process.on('unhandledRejection', (error) => log.error(error));
app.enableSandbox();
protocol.registerSchemesAsPrivileged([PRIVILEGES]);

const desktop = new Desktop(electron, {
  pages: join(appRoot(), 'dist', 'renderer'),
  preload: join(folder, 'preload.cjs'),
  engine: join(folder, 'engine.js'),
  icons: resourcePath('icons'),
  version: VERSION,
  platform: process.platform,
  argv: process.argv,
  folder: process.cwd(),
  logFile,
  log: (message) => log.warn(message),
});

if (desktop.start() && app.isPackaged) {
  // electron-builder writes this file where a feed was named when the package was made.
  const configured = existsSync(join(process.resourcesPath, 'app-update.yml'));
  const every = (ms: number, work: () => void): void => void setInterval(work, ms).unref();
  void app
    .whenReady()
    .then(() =>
      lookForUpdates({ load: () => updater.autoUpdater, configured, log: (message) => log.warn(message), every }),
    );
}
