/**
 * `npm run bench:desk [-- --flows N]`: the desk in Debian's chromium on a capture of 1,000,000 flows, through
 * `sonde serve` with the real engine and database. What is measured, and against which goals, stands in
 * docs/performance.md. A benchmark, never a test: the figures go to the terminal and to `.bench/desk.json`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { ensureBundle, cliEntry } from '../../scripts/lib/bundle.mjs';
import { ensureRenderer } from '../../scripts/lib/renderer.mjs';
import { makeDeskCapture } from './desk-capture.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, '.bench');
const CHROMIUM = '/usr/bin/chromium';
const RUNS = 5;
const IMPORT_LIMIT_MS = 15 * 60_000;
const FLOWS = 1_000_000;

const given = process.argv.indexOf('--flows');
const flows = given < 0 ? FLOWS : Number(process.argv[given + 1]);
if (!Number.isSafeInteger(flows) || flows < 1000) throw new Error('--flows: not a whole number from 1000');

const results: { what: string; value: number; unit: string; goal: string }[] = [];
function note(what: string, value: number, unit: string, goal = ''): void {
  results.push({ what, value, unit, goal });
  process.stdout.write(`${what.padEnd(66)} ${value.toLocaleString('en-US').padStart(10)} ${unit.padEnd(4)} ${goal}\n`);
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Resident memory of a process, MB. */
function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kib ?? NaN) * 1024) / 1e6);
}

function peakMb(pid: number): number {
  const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kib ?? NaN) * 1024) / 1e6);
}

/** The page's time until the text of `selector` is there after `act`, ms. */
async function until(page: Page, act: () => Promise<unknown>, ready: string): Promise<number> {
  const begin = performance.now();
  await act();
  await page.waitForFunction(ready, undefined, { polling: 'raf', timeout: 120_000 });
  return Math.round(performance.now() - begin);
}

/** The first row is there, and nothing is being searched. */
const ROWS_THERE = `document.querySelector('.flow-row [data-column="ts"]')?.textContent?.trim().length > 0`;
const OVERVIEW_THERE = `document.querySelectorAll('section.panel').length >= 9 && !document.querySelector('.loading')`;

/** In the page: the time from the turn to the overview, made by itself when the import is done, until all is shown. */
const WATCH_LANDING = `void (window.overviewTook = new Promise((resolve) => {
  addEventListener('hashchange', () => {
    const begin = performance.now();
    const look = () => (${OVERVIEW_THERE}) ? resolve(performance.now() - begin) : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }, { once: true });
}))`;

async function place(page: Page, hash: string): Promise<void> {
  await page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);
}

/** Leaves the flows view, so that the next visit asks anew; then the time to the first page. */
async function firstPage(page: Page, query: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await place(page, '#/settings');
    await page.waitForFunction(`!document.querySelector('.flow-row')`);
    times.push(await until(page, () => place(page, `#/c/1/flows${query}`), ROWS_THERE));
  }
  return median(times);
}

interface Scrolled {
  frames: number;
  blank: number;
  longestMs: number;
}

/** Runs in the page: scrolls in steps and looks at every frame. */
const SCROLL = `async (steps, pixels, everyMs) => {
  const table = document.querySelector('[role=grid]');
  const box = table.getBoundingClientRect();
  const blankNow = () => [...table.querySelectorAll('.flow-row')].some((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    const seen = bottom > box.top + 30 && top < box.bottom;
    return seen && (row.querySelector('[data-column="ts"]')?.textContent ?? '').trim() === '';
  });
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let [frames, blank, longestMs, since] = [0, 0, 0, 0];
  const look = () => {
    frames++;
    const now = performance.now();
    if (!blankNow()) return void (since = 0);
    blank++;
    since ||= now;
    longestMs = Math.max(longestMs, now - since);
  };
  for (let step = 0; step < steps; step++) {
    table.scrollTop += pixels;
    const end = performance.now() + everyMs;
    do { await frame(); look(); } while (performance.now() < end);
  }
  for (let i = 0; i < 120 && since > 0; i++) { await frame(); look(); }
  return { frames, blank, longestMs: Math.round(longestMs) };
}`;

/** Scrolls in steps and counts frames in which a row in sight had nothing in it. */
function scroll(page: Page, steps: number, pixels: number, everyMs: number): Promise<Scrolled> {
  return page.evaluate(`(${SCROLL})(${steps}, ${pixels}, ${everyMs})`);
}

async function jump(page: Page, share: number): Promise<number> {
  return until(
    page,
    () =>
      page.evaluate(
        `(() => { const t = document.querySelector('[role=grid]'); t.scrollTop = t.scrollHeight * ${share}; })()`,
      ),
    `(() => { const t = document.querySelector('[role=grid]').getBoundingClientRect();
      const rows = [...document.querySelectorAll('.flow-row')].filter((r) => { const b = r.getBoundingClientRect(); return b.bottom > t.top + 30 && b.top < t.bottom; });
      return rows.length > 5 && rows.every((r) => (r.querySelector('[data-column="ts"]')?.textContent ?? '').trim() !== ''); })()`,
  );
}

async function measure(page: Page): Promise<void> {
  for (const [what, query, goal] of [
    ['first page, all flows by time', '', '< 300'],
    ['first page, filter by a port', '?q=id.resp_p+%3D%3D+22', '< 300'],
    ['first page, filter by port and time', '?q=id.resp_p+%3D%3D+22&t=1773140000-1773143600', '< 300'],
    ['first page, filter by a host', '?q=id.orig_h+%3D%3D+10.1.0.7', '< 300'],
    [
      'first page, three conditions by time',
      '?q=id.resp_p+%3D%3D+22+%26%26+conn_state+%3D%3D+S0+%26%26+duration+%3C+1',
      '',
    ],
    ['first page, sorted by duration', '?sort=duration', '< 300'],
    ['first page, sorted by bytes sent, largest first', '?sort=orig_bytes&desc=1', '< 300'],
    ['first page, sorted by score, highest first', '?sort=score&desc=1', '< 300'],
    ['first page, sorted by packets (no index)', '?sort=orig_pkts&desc=1', ''],
    ['first page, filter by packets (no index)', '?q=orig_pkts+%3E+1', ''],
  ] as const) {
    note(what, await firstPage(page, query), 'ms', goal);
  }
  await firstPage(page, '');
  const wheel = await scroll(page, 150, 120, 16);
  note('wheel, 150 steps of 5 rows: frames with a blank row', wheel.blank, `/${wheel.frames}`, '0');
  const fast = await scroll(page, 60, 800, 50);
  note('page down, 60 times, 20 a second: frames with a blank row', fast.blank, `/${fast.frames}`, '0');
  note('  longest time a blank row was seen', Math.max(wheel.longestMs, fast.longestMs), 'ms');
  const jumps: number[] = [];
  for (const share of [0.5, 0.05, 0.95, 0.3, 0.77]) jumps.push(await jump(page, share));
  note('scroll bar dragged to another place, until its rows are there', median(jumps), 'ms');
  note('  worst of five', Math.max(...jumps), 'ms');
  for (const [what, hash, ready] of [
    ['overview', '#/c/1/overview', OVERVIEW_THERE],
    ['hosts', '#/c/1/hosts', `document.querySelectorAll('tbody tr, [role=row]').length > 5`],
    ['graph', '#/c/1/graph', `document.querySelector('canvas') && !document.querySelector('.loading')`],
    ['incidents', '#/c/1/incidents', `document.querySelector('h1')`],
  ] as const) {
    await place(page, '#/settings');
    await page.waitForFunction(`document.title.startsWith('Settings')`);
    note(`${what}, shown again`, await until(page, () => place(page, hash), ready), 'ms');
  }
}

async function main(): Promise<void> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: apt-get install chromium`);
  mkdirSync(CACHE, { recursive: true });
  await ensureBundle(ROOT);
  await ensureRenderer(ROOT);
  const capture = join(CACHE, `desk-${flows}.pcap`);
  if (!existsSync(capture)) makeDeskCapture(capture, flows);
  const database = join(CACHE, 'desk.db');
  for (const end of ['', '-wal', '-shm', '.lock', '.lock-journal']) rmSync(database + end, { force: true });
  process.stdout.write(
    `${flows.toLocaleString('en-US')} flows, ${Math.round(statSync(capture).size / 1e6)} MB; ${cpus().length} × ${cpus()[0]?.model ?? '?'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}\n`,
  );
  const child = spawn(process.execPath, [cliEntry(ROOT), 'serve', '--json', '--db', database, capture], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve((JSON.parse(line) as { url: string }).url));
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
    const begin = performance.now();
    await page.goto(address);
    // As after `npm start -- FILE`: what was read is shown at once.
    await place(page, '#/open?job=1');
    const skip = page.getByRole('button', { name: 'Skip' });
    if (await skip.isVisible().catch(() => false)) await skip.click();
    await page.evaluate(WATCH_LANDING);
    await page.waitForURL(/#\/c\/1\/overview/, { timeout: IMPORT_LIMIT_MS });
    note('import, from file to kept', Math.round((performance.now() - begin) / 100) / 10, 's');
    note('  peak memory of the program', peakMb(child.pid!), 'MB');
    note('  database', Math.round(statSync(database).size / 1e6), 'MB');
    note(
      'overview after the import, all its panels',
      Math.round(Number(await page.evaluate('window.overviewTook'))),
      'ms',
      '< 1,000',
    );
    await measure(page);
    const session = await page.context().newCDPSession(page);
    const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'));
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
    note('renderer: JavaScript heap at the end', Math.round(heap / 1e6), 'MB');
    const system = await browser.newBrowserCDPSession();
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentMb(id));
    note('renderer: resident memory of the process', Math.max(...renderers), 'MB', '< 500');
    note('the program at the end: resident memory', residentMb(child.pid!), 'MB');
  } finally {
    await browser.close();
    child.kill('SIGTERM');
  }
  writeFileSync(join(CACHE, 'desk.json'), JSON.stringify({ flows, at: new Date().toISOString(), results }, null, 1));
}

await main();
