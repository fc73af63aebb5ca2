/**
 * `npm start`, `npm start -- FILE …`: from a fresh clone to the desk. That is a window where Electron's runtime is
 * installed, else a page in the browser; without a display, its address. A damaged or missing optional part never
 * stops it. Triage without a desk is `npm run --silent sonde -- triage FILE`.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { cliEntry } from './lib/bundle.mjs';
import { foreground } from './lib/child.mjs';
import { noWindow, openWindow } from './lib/electron.mjs';
import { noBrowser, openBrowser } from './lib/open-browser.mjs';
import { ROOT } from './lib/project.mjs';
import { ensureRenderer } from './lib/renderer.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

const HELP = `Usage: npm start [-- [options] [FILE…]]

Opens the desk; a FILE (pcap or pcapng, also compressed) is read and its overview shown.

  --fleet URL --fleet-sensors FILE …
             follow a fleet of sensors (docs/fleet.md), with the options of sonde desk
  --browser  in the browser, also where the window could be opened
  --no-open  print the address and open nothing
  --port N   port of the desk in the browser (default: 27633, or a free one)
  --help     show this
`;

const FLEET = /^--fleet(-[a-z-]+)?(=|$)/;
/** Options of a fleet that name no file. */
const FLEET_TEXTS = new Set(['--fleet', '--fleet-group']);

await runMain(async () => {
  const given = read(process.argv.slice(2));
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const node = await setUp({ native: true });
  await ensureRenderer(ROOT, { onBuild: () => say('building the desk …') });
  const why = given.browser ? null : noWindow(ROOT);
  if (!given.browser && why === null) {
    const code = await openWindow(ROOT, given.files, given.fleet);
    if (code !== null) return code;
  }
  if (why !== null) say(why);
  return serve(node, given);
});

/** @typedef {{ files: string[], fleet: string[], browser: boolean, open: boolean, port: string | null, help: boolean }} Given */

/**
 * @param {string[]} args
 * @returns {Given}
 */
function read(args) {
  const given = /** @type {Given} */ ({ files: [], fleet: [], browser: false, open: true, port: null, help: false });
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--help' || arg === '-h') given.help = true;
    else if (arg === '--browser') given.browser = true;
    else if (arg === '--no-open') Object.assign(given, { browser: true, open: false });
    else if (arg === '--port') given.port = args[++i] ?? '';
    else if (arg.startsWith('--port=')) given.port = arg.slice('--port='.length);
    else if (FLEET.test(arg)) given.fleet.push(fleetOption(arg.includes('=') ? arg : `${arg}=${args[++i] ?? ''}`));
    else if (arg === '--') given.files.push(...args.slice(i + 1).map(fileOf));
    else if (arg.startsWith('-')) throw new SetupError(`unknown option ${arg}\n\n${HELP}`, 2);
    else given.files.push(fileOf(arg));
    if (arg === '--') break;
  }
  return given;
}

/**
 * What it means is for the program to say, but names of files are meant from where the user was.
 * @param {string} option as --name=value
 */
function fleetOption(option) {
  const equals = option.indexOf('=');
  const [name, value] = [option.slice(0, equals), option.slice(equals + 1)];
  return FLEET_TEXTS.has(name) || value === '' ? option : `${name}=${fileOf(value)}`;
}

/**
 * npm starts scripts in the project's folder; a name is meant from where the user was.
 * @param {string} name
 */
function fileOf(name) {
  const from = process.env['npm_lifecycle_event'] === undefined ? process.cwd() : process.env['INIT_CWD'];
  const path = resolve(from ?? process.cwd(), name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new SetupError(`${path}: no such file. Check the name`, 3);
  if (found.isDirectory()) throw new SetupError(`${path}: is a directory. Name the captures in it`, 3);
  return path;
}

/**
 * The desk in the browser.
 * @param {string} node
 * @param {Given} given
 */
async function serve(node, { files, fleet, open, port }) {
  const entry = cliEntry(ROOT);
  if (!existsSync(entry)) throw new SetupError(`${entry} is missing: npm run build makes it`);
  const options = ['--keep', '--json', ...fleet, ...(port === null ? [] : ['--port', port])];
  /** @type {Promise<void> | undefined} */
  let shown;
  const code = await foreground(node, [entry, 'serve', ...options, '--', ...files], {
    stdio: ['inherit', 'pipe', 'inherit'],
    onSpawn: (child) =>
      firstLine(child, (line) => {
        shown = show(line, child.pid ?? 0, open);
      }),
  });
  await shown;
  return code;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {(line: string) => void} then
 */
function firstLine(child, then) {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ part) => {
    const had = text.includes('\n');
    text += part;
    if (!had && text.includes('\n')) then(text.slice(0, text.indexOf('\n')));
  });
}

/**
 * @param {string} line what `serve --json` says
 * @param {number} ours the process that was started; another one says it where a desk runs already
 * @param {boolean} open
 * @returns {Promise<void> | undefined} what a process that ends at once has to wait for
 */
function show(line, ours, open) {
  const { url, pid } = /** @type {{ url: string, pid: number }} */ (JSON.parse(line));
  const second = pid !== ours;
  const why = open ? noBrowser() : 'it was asked for';
  process.stdout.write(`${second ? 'The desk runs already, at' : 'The desk is at'} ${url}\n`);
  if (!second) process.stdout.write('Keep the address to yourself. Ctrl-C ends it.\n');
  if (why === null) {
    const opened = openBrowser(url, () => say('no browser could be opened: open the address above'));
    return second ? opened : undefined;
  }
  if (process.env['SSH_CONNECTION']) say(`from your own machine: ssh -L ${tunnel(url)}, then open the address`);
  else if (open) say(`no browser is opened: ${why}. Open the address above`);
  return undefined;
}

/** @param {string} url */
function tunnel(url) {
  const { port } = new URL(url);
  return `${port}:127.0.0.1:${port} THIS-MACHINE`;
}
