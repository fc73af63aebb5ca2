/** New versions, where the package names a place to look for them; a failure is noted in the log and troubles nobody. */
import type { AppUpdater } from 'electron-updater';

/** Looked for at the start and then so often, ms. */
const EVERY_MS = 24 * 60 * 60 * 1000;

export interface UpdateParts {
  /** Making one already reads the feed's configuration, so it is made only where there is one. */
  load(): Pick<AppUpdater, 'checkForUpdates' | 'autoDownload' | 'autoInstallOnAppQuit' | 'allowDowngrade' | 'logger'>;
  /** Whether the package says where new versions are. */
  configured: boolean;
  log(message: unknown): void;
  every(ms: number, work: () => void): void;
}

/** Asks for nothing in a checkout, nor in a package without a feed. Signatures are checked by the updater. */
export function lookForUpdates({ load, configured, log, every }: UpdateParts): boolean {
  if (!configured) return false;
  const updater = load();
  updater.autoDownload = true;
  updater.autoInstallOnAppQuit = true;
  updater.allowDowngrade = false;
  updater.logger = null;
  const look = (): void => void updater.checkForUpdates().catch((error: unknown) => log(error));
  look();
  every(EVERY_MS, look);
  return true;
}
