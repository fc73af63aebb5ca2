/** Takes the pictures of docs/tour.md: `node scripts/screenshots.mjs [FOLDER]`. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { hashPassword } from '../../src-main/run/serve/users.ts';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import { contract } from '../../src-shared/contract/index.ts';
import { makeClient } from '../../src-shared/contract/client.ts';
import { memoryLine } from '../../src-shared/contract/double.ts';
import type { OpenDesk } from '../../src-main/run/api/desk.ts';
import { likeRecords } from '../unit/lab/records.ts';
import { differingPixels, smallerPng } from './png.ts';
import { browse, goTo, serveHere } from './support.ts';

/** Two hours after the sample ends. */
const NOON = Date.UTC(2026, 2, 10, 12, 0);
const USER = { name: 'ann', password: 'a phrase for pictures' };
const SIZE = { width: 1280, height: 800 };
const TALL = { width: 1280, height: 1120 };
/** The pictures are part of the repository, bytes. */
const MOST = 256 * 1024;

/** Pixels that may differ from one time to the next. */
const NOISE = 32;

type Scheme = 'light' | 'dark';

interface Shot {
  name: string;
  place: string;
  size?: { width: number; height: number };
  schemes?: readonly Scheme[];
  /** Only the part of the page that has this name. */
  of?: string;
  /** Moves while it is taken, so that no two are the same: only taken where there is none yet. */
  moves?: boolean;
  /** Brings the page to what is to be seen; the view itself is there already. */
  prepare?(page: Page): Promise<void>;
}

const both = ['light', 'dark'] as const;

function shots(incident: string, host: string): Shot[] {
  return [
    { name: 'open', place: 'open' },
    { name: 'overview', place: 'c/1/overview', size: TALL, schemes: both },
    { name: 'incidents', place: 'c/1/incidents' },
    { name: 'incident', place: `c/1/incidents/${incident}`, size: TALL, schemes: both },
    { name: 'silence', place: `c/1/incidents/${incident}`, prepare: openSilence },
    { name: 'history', place: 'history?sample=1' },
    { name: 'suppressions', place: 'history', of: 'Silenced as expected' },
    { name: 'hosts', place: 'c/1/hosts' },
    { name: 'host', place: `c/1/hosts/${host}`, size: TALL },
    { name: 'flows', place: 'c/1/flows', prepare: filterFlows },
    { name: 'graph', place: 'c/1/graph' },
    { name: 'settings', place: 'settings', size: TALL },
    { name: 'audit', place: 'audit' },
    { name: 'live', place: 'live', size: TALL, schemes: both, moves: true, prepare: watchSome },
    { name: 'keys', place: 'c/1/overview', prepare: openKeys },
    { name: 'alerts', place: 'alerts', size: { width: 1280, height: 440 }, prepare: sendSomewhere },
    // How long each detector took stands in it. Last, so that the audit above does not know of it.
    { name: 'lab', place: 'lab', size: TALL, moves: true, prepare: (page) => judged(page, 'isolation-forest') },
    {
      name: 'lab-scores',
      place: 'lab',
      of: 'What moves the scores',
      prepare: (page) => judged(page, 'isolation-forest'),
    },
  ];
}

async function openSilence(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Silence as expected' }).click();
  await page.getByText('It silences this incident').waitFor();
}

async function filterFlows(page: Page): Promise<void> {
  const field = page.getByRole('combobox', { name: 'Filter' });
  await field.fill('app == SSH');
  await field.press('Escape');
  await field.press('Enter');
  await page.locator('.flow-bar strong').getByText('148').waitFor();
  await field.press('End');
  await field.pressSequentially(' && orig_b');
  await page.getByRole('option').first().waitFor();
}

async function openKeys(page: Page): Promise<void> {
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
}

/** Two channels and their routes, which are made where there are none. */
async function sendSomewhere(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New channel' }).waitFor();
  if ((await page.getByText('Nothing is sent yet').count()) > 0) {
    await makeChannel(page, 'webhook', { Name: 'On call', Address: 'https://alerts.example.com/sonde' });
    const mail = { 'Mail server': 'mail.example.com', Sender: 'sonde@example.com', Recipients: 'network@example.com' };
    await makeChannel(page, 'email', { Name: 'Network team', ...mail });
    await makeRoute(page, 'Critical', 'On call', '');
    await makeRoute(page, 'Critical and warning', 'Network team', '192.168.10.0/24');
  }
  await goTo(page, 'alerts/routes');
  await page.locator('.alert-routes').waitFor();
  await page.locator('.toast').first().waitFor({ state: 'hidden' });
}

async function makeChannel(page: Page, kind: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await goTo(page, `alerts/new?kind=${kind}`);
  for (const [name, value] of Object.entries(fields)) {
    await page.getByRole('textbox', { name, exact: true }).fill(value);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.alert-channels').waitFor();
}

async function makeRoute(page: Page, severity: string, channel: string, hosts: string): Promise<void> {
  await goTo(page, 'alerts/routes/new');
  await page.getByText(severity, { exact: true }).click();
  await page.getByRole('checkbox', { name: channel }).check();
  await page.getByRole('textbox', { name: 'Hosts' }).fill(hosts);
  if (hosts !== '') {
    await page.getByRole('switch', { name: 'Only at certain hours' }).focus();
    await page.keyboard.press('Space');
  }
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.alert-routes').waitFor();
}

/** The result of an experiment, which is made where there is none; one of its detectors. */
async function judged(page: Page, detector: string): Promise<void> {
  await page
    .getByRole('region', { name: 'Experiments' })
    .getByText(/Nothing was tried yet|Mark two/)
    .waitFor();
  if ((await page.getByText('Nothing was tried yet').count()) > 0) {
    await goTo(page, 'lab/new');
    const buffer = Buffer.from(likeRecords(4000, 1));
    const files = page.locator('input[type=file]').first();
    await files.setInputFiles({ name: 'a-labelled-week.txt', mimeType: 'text/plain', buffer });
    await page.getByRole('button', { name: 'None' }).click();
    for (const name of ['isolation forest', 'k means', 'gaussian mixture', 'k nearest']) {
      await page.getByRole('checkbox', { name, exact: true }).check();
    }
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForURL(/#\/lab\/\d+$/, { timeout: 120_000 });
  }
  await goTo(page, `lab/1?d=${detector}`);
  await page.getByRole('region', { name: 'What moves the scores' }).waitFor();
}

/** Watches until there is something to see. */
async function watchSome(page: Page): Promise<void> {
  if ((await page.getByRole('heading', { level: 1, name: /^Watch live/ }).count()) > 0) {
    await page.getByRole('combobox', { name: 'Speed' }).click();
    await page.getByRole('option', { name: '10 times as fast' }).click();
    await page.getByRole('button', { name: 'Play the sample' }).click();
    await page.waitForTimeout(200_000);
  }
  await page.locator('.live-heat-labels li').first().waitFor();
}

function clientOf(desk: OpenDesk): DeskClient {
  const [near, far] = memoryLine();
  desk.dispatcher.serve(far, { user: USER.name, role: 'admin', host: 'browser' });
  return makeClient(contract, near);
}

/** A desk in which something was done, so that no view is empty; what the tour of the pictures needs to know of it. */
async function prepare(desk: OpenDesk, later: (minutes: number) => void): Promise<{ incident: string; host: string }> {
  const client = clientOf(desk);
  const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
  await desk.jobs.whenEnded(job);
  const capture = 1;
  const { rows } = await client.incidents.list({ capture });
  const guessed = rows.find(({ kind }) => kind === 'brute-force');
  const scan = rows.find(({ kind }) => kind === 'port-scan');
  if (!guessed || !scan) throw new Error('the sample does not show what the pictures are about');
  later(4);
  await client.incidents.setStatus({ capture, uid: scan.uid, status: 'investigating', note: 'asked the owner of .51' });
  later(7);
  await client.suppressions.create({
    scope: { kind: 'policy-violation' },
    reason: 'the old FTP server, replaced in May',
    expiresAt: NOON + 30 * 86_400_000,
  });
  later(2);
  await client.flows.saveFilter({ name: 'Remote logins', filter: 'app == SSH || app == RDP' });
  later(1);
  await client.exports.flows({ capture, filter: 'app == SSH', format: 'csv' });
  later(3);
  await client.settings.set({ tourSeen: true, timeZone: 'UTC', networks: ['192.168.10.0/24', '2a0d:3344:5:10::/64'] });
  later(10);
  return { incident: guessed.uid, host: '192.168.10.51' };
}

async function signIn(browser: Browser, url: string, scheme: Scheme, now: number): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZE,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
    deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.clock.setFixedTime(now);
  await page.goto(url);
  await page.getByLabel('Name').fill(USER.name);
  await page.getByLabel('Password', { exact: true }).fill(USER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
  return page;
}

/** Nothing is loading and nothing moves any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('main .loading').first().waitFor({ state: 'hidden' });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  let before = '';
  await page.waitForTimeout(400);
  for (let i = 0; i < 20; i++) {
    const now = (await page.screenshot()).toString('base64');
    if (now === before) return;
    before = now;
    await page.waitForTimeout(250);
  }
}

/** The picture that is there already, but for a few pixels at edges that a browser draws now so, now so. */
function isSame(path: string, picture: Buffer): boolean {
  return existsSync(path) && differingPixels(readFileSync(path), picture) < NOISE;
}

async function take(page: Page, folder: string, shot: Shot, scheme: Scheme): Promise<void> {
  const path = join(folder, `${shot.name}${scheme === 'dark' ? '-dark' : ''}.png`);
  if (shot.moves && existsSync(path)) return;
  await page.setViewportSize(shot.size ?? SIZE);
  await goTo(page, shot.place);
  await page.reload();
  await page.locator('main h1, main .panel').first().waitFor();
  await settled(page);
  await shot.prepare?.(page);
  if (!shot.moves) await settled(page);
  const what = shot.of === undefined ? page : page.getByRole('region', { name: shot.of });
  const picture = smallerPng(await what.screenshot({ animations: 'disabled', caret: 'hide' }));
  if (!isSame(path, picture)) writeFileSync(path, picture);
  process.stdout.write(`${path} ${Math.round(picture.length / 1024)} kB\n`);
}

async function everything(folder: string, work: string): Promise<void> {
  const users = [{ name: USER.name, role: 'admin' as const, password: await hashPassword(USER.password) }];
  let now = NOON;
  const options = { users, now: () => now };
  // Imports are shown until the program ends: how fast they were differs from time to time.
  const first = await serveHere(work, options);
  const about = await prepare(first.desk, (minutes) => {
    now += minutes * 60_000;
  });
  await first.end();
  // From here on time passes: a live session shows it.
  const [from, since] = [now, performance.now()];
  const served = await serveHere(work, { users, now: () => from + Math.round(performance.now() - since) });
  const browser = await browse();
  try {
    for (const scheme of both) {
      const page = await signIn(browser, served.url, scheme, now);
      for (const shot of shots(about.incident, about.host))
        if ((shot.schemes ?? ['light']).includes(scheme)) await take(page, folder, shot, scheme);
      await page.context().close();
    }
  } finally {
    await browser.close();
    await served.end();
  }
}

const [, , folder = 'docs/tour'] = process.argv;
const work = mkdtempSync(join(tmpdir(), 'sonde-pictures-'));
mkdirSync(folder, { recursive: true });
try {
  await everything(folder, work);
} finally {
  rmSync(work, { recursive: true, force: true });
}
const large = readdirSync(folder).filter((name) => statSync(join(folder, name)).size > MOST);
if (large.length > 0) {
  process.stderr.write(`larger than ${MOST / 1024} kB: ${large.join(', ')}\n`);
  process.exitCode = 1;
}
