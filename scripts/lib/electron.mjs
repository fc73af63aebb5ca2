/** Whether the desk's window can be opened here, and by which program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { foreground } from './child.mjs';
import { say } from './say.mjs';

/** Electron ends at once where it cannot run at all, ms. */
const AT_ONCE_MS = 5000;

/**
 * Electron's own runtime, which its package fetches separately.
 * @param {string} root
 * @param {NodeJS.Platform} platform
 */
export function electronBinary(root, platform = process.platform) {
  const dist = join(root, 'node_modules', 'electron', 'dist');
  if (platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, platform === 'win32' ? 'electron.exe' : 'electron');
}

/** @param {string} root */
export function shellEntry(root) {
  return join(root, 'dist', 'src-main', 'run', 'shell', 'main.js');
}

/**
 * Why no window can be opened, in one line with what to do; null where one can.
 * @param {string} root
 * @param {{ platform?: NodeJS.Platform, env?: NodeJS.ProcessEnv, uid?: number }} [on]
 * @returns {string | null}
 */
export function noWindow(root, { platform = process.platform, env = process.env, uid = process.getuid?.() } = {}) {
  if (!existsSync(electronBinary(root, platform)))
    return 'Electron’s runtime is not installed (npx install-electron fetches it), so the desk is for your browser';
  if (!existsSync(shellEntry(root)))
    return 'the window is not built (npm run build makes it), so the desk is for your browser';
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'])
    return 'there is no display for a window, so the desk is for your browser';
  if (platform === 'linux' && uid === 0)
    return 'Electron keeps its sandbox only for ordinary users, and you are root, so the desk is for your browser';
  return null;
}

/**
 * Opens the window and stays as long as it does; null where Electron cannot run here after all.
 * @param {string} root
 * @param {string[]} files absolute paths
 * @param {string[]} [fleet] options of a fleet, as --name=value
 * @returns {Promise<number | null>} its exit code
 */
export async function openWindow(root, files, fleet = []) {
  const started = Date.now();
  const named = fleet.length === 0 ? files : [...fleet, '--', ...files];
  // Set by whoever runs this from within another Electron: it would become a plain Node.
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: undefined };
  const code = await foreground(electronBinary(root), [root, ...named], { env, endBySignal: false });
  if (code === 0 || Date.now() - started > AT_ONCE_MS) return code;
  say(`Electron does not run here (it ended with ${code}), so the desk is for your browser`);
  return null;
}
