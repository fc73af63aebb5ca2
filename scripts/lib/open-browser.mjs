/**
 * Shows an address in the user's browser. The address holds a secret, and every user of a machine may read the
 * arguments of all its processes: so the browser is given a small file of the user's own that leads there. It is
 * removed soon after. A browser that may not read it (some run in a sandbox) shows an error; the address is always
 * printed too.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A slow machine starts its browser in this time, ms. */
const KEPT_MS = 60_000;
/** A running browser reads the file within the first of these after it was told to; the other is for the telling, ms. */
const READ_MS = 2000;
const WAIT_MS = 10_000;

/**
 * Why no browser can be opened here; null where one can.
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | null}
 */
export function noBrowser(platform = process.platform, env = process.env) {
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return 'this is a session over SSH';
  if (env['CI']) return 'this runs unattended';
  if (platform === 'win32' || platform === 'darwin') return null;
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? null : 'there is no display';
}

/**
 * The system's own way to open a file, never through a shell.
 * @param {string} file
 * @param {NodeJS.Platform} platform
 * @returns {[command: string, ...args: string[]]}
 */
export function openerOf(file, platform = process.platform) {
  switch (platform) {
    case 'darwin':
      return ['open', file];
    case 'win32':
      return ['rundll32.exe', 'url.dll,FileProtocolHandler', file];
    default:
      return ['xdg-open', file];
  }
}

/**
 * A page that leads to `url`.
 * @param {string} url
 */
export function leadingPage(url) {
  const safe = url.replace(/[&"<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="referrer" content="no-referrer" />
  <meta http-equiv="refresh" content="0; url=${safe}" />
  <title>Sonde</title>
  <p><a href="${safe}">Open the desk</a></p>
</html>
`;
}

/**
 * Opens the browser and goes on.
 * @param {string} url
 * @param {() => void} onFailure nothing could be opened
 * @returns {Promise<void>} when the browser should have read the file; it goes with this process
 */
export function openBrowser(url, onFailure) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-open-'));
  const file = join(folder, 'desk.html');
  writeFileSync(file, leadingPage(url), { mode: 0o600, flag: 'wx' });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  setTimeout(remove, KEPT_MS).unref();
  const [command, ...args] = openerOf(file);
  // A group of its own: Ctrl-C in the terminal is not for the browser.
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.on('error', () => {
      onFailure();
      resolve();
    });
    child.on('exit', (code) => {
      if (code !== 0) onFailure();
      setTimeout(resolve, code === 0 ? READ_MS : 0);
    });
    // Some openers stay as long as their browser does.
    setTimeout(resolve, WAIT_MS).unref();
  });
}
