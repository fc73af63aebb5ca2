/**
 * `npm run smoke:electron [-- PICTURE.png]`: the real window. Starts Electron with the sample capture, waits for its
 * incidents, and takes a screenshot (default: `.cache/smoke-electron.png`). Where Electron cannot run it fails, says why
 * and what to do: a check that passes by doing nothing is worse than none.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ensureBundle } from './lib/bundle.mjs';
import { electronBinary, shellEntry } from './lib/electron.mjs';
import { ROOT } from './lib/project.mjs';
import { ensureRenderer } from './lib/renderer.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';

const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');
const START_MS = 60_000;
const FIND_MS = 120_000;
/** An empty window makes a smaller picture, bytes. */
const PICTURE_MIN = 20_000;

await runMain(async () => {
  const picture = resolve(process.argv[2] ?? join(ROOT, '.cache', 'smoke-electron.png'));
  const why = cannotRun();
  if (why !== null) throw new SetupError(`the window cannot be tried here: ${why}`);
  await ensureBundle(ROOT, { onBuild: () => say('building …') });
  await ensureRenderer(ROOT, { onBuild: () => say('building the desk …') });
  if (!existsSync(shellEntry(ROOT))) throw new SetupError(`${shellEntry(ROOT)} is missing: npm run build makes it`);
  const home = mkdtempSync(join(tmpdir(), 'sonde-smoke-'));
  try {
    await smoke(home, picture);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  }
});

/** @returns {string | null} what is missing, and how to get it */
function cannotRun() {
  const binary = electronBinary(ROOT);
  if (!existsSync(binary))
    return `Electron’s runtime is not installed (${binary}). npx install-electron fetches it, where the network allows`;
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return 'there is no display. Run it under one, for example: xvfb-run npm run smoke:electron';
  if (process.platform === 'linux' && process.getuid?.() === 0)
    return 'Electron keeps its sandbox only for ordinary users, and you are root. Run it as another user';
  if (!existsSync(SAMPLE)) return `the sample capture is missing (${SAMPLE}). npm run sample makes it`;
  return null;
}

/**
 * In folders of its own, so that it neither sees nor changes the user's desk.
 * @param {string} home
 * @param {string} picture
 */
async function smoke(home, picture) {
  const { _electron } = await import('playwright-core');
  const data = { XDG_DATA_HOME: home, XDG_STATE_HOME: home, LOCALAPPDATA: home };
  const own = process.platform === 'darwin' ? { HOME: home } : {};
  const env = /** @type {Record<string, string>} */ ({ ...process.env, ...data, ...own });
  // Set by whoever runs this from within another Electron: it would become a plain Node.
  delete env['ELECTRON_RUN_AS_NODE'];
  const app = await _electron.launch({
    executablePath: electronBinary(ROOT),
    args: [ROOT, `--user-data-dir=${join(home, 'profile')}`, SAMPLE],
    env,
    timeout: START_MS,
  });
  try {
    const page = await app.firstWindow({ timeout: START_MS });
    /** @type {string[]} */
    const faults = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    // Opening a file by an argument leads to its overview as soon as it is read; its incidents stand there.
    await page.waitForURL(/^app:\/\/sonde\/.*#\/c\/\d+\/overview/, { timeout: FIND_MS });
    const incident = page.locator('a.incident-title').first();
    await incident.waitFor({ timeout: FIND_MS });
    const title = (await incident.textContent())?.trim() ?? '';
    mkdirSync(dirname(picture), { recursive: true });
    await page.screenshot({ path: picture });
    if (faults.length > 0) throw new SetupError(`the page has errors:\n${faults.join('\n')}`);
    if (title === '') throw new SetupError('the first incident has no title');
    if (statSync(picture).size < PICTURE_MIN) throw new SetupError(`the picture shows next to nothing: ${picture}`);
    say(`the window shows the sample’s incidents, first “${title}”; ${picture}`);
  } finally {
    await app.close();
  }
}
