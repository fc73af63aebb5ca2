/** A desk in a real browser: `sonde serve` with the real engine and database, and Debian's chromium. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { openDesk, type OpenDesk } from '../../src-main/run/api/desk.ts';
import type { FleetChoice } from '../../src-main/run/fleet/follow/fleet-desk.ts';
import { startServer, type ServerOptions } from '../../src-main/run/serve/server.ts';
import { ensureRenderer } from '../../scripts/lib/renderer.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'src-main', 'run', 'cli', 'main.ts');
const CHROMIUM = '/usr/bin/chromium';

export const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');

/** Why these tests cannot run here; null where they can. */
export const missing = existsSync(CHROMIUM) ? null : 'chromium is not installed';

export interface Served {
  url: string;
  port: string;
  child: ChildProcess;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the program; resolves when it says where it listens. */
export async function serve(folder: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Served> {
  await ensureRenderer(ROOT);
  const env = { ...process.env, ...more, TMPDIR: join(folder, 'tmp'), XDG_STATE_HOME: folder };
  mkdirSync(env.TMPDIR, { recursive: true });
  const child = spawn(process.execPath, [MAIN, 'serve', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', () => reject(new Error('the program ended at once')));
  });
  const { url } = JSON.parse(line) as { url: string };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  return { url, port: new URL(url).port, child, end };
}

export function browse(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: console errors, exceptions, refusals of the content policy. */
  complaints: string[];
}

export async function visit(
  browser: Browser,
  url: string,
  colorScheme: 'light' | 'dark' = 'light',
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme,
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, context, complaints };
}

/** Closes the introduction of the first visit. */
export async function skipTour(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Skip' }).click();
  await page.getByText('1 of 3').waitFor({ state: 'hidden' });
}

/** The desk in this process, so that a test has its clock and its threads at hand. */
export async function serveHere(
  folder: string,
  { fleet, ...options }: Partial<ServerOptions> & { fleet?: FleetChoice } = {},
): Promise<{ url: string; desk: OpenDesk; end(): Promise<void> }> {
  await ensureRenderer(ROOT);
  const clock = options.now === undefined ? {} : { now: options.now };
  const desk = await openDesk({ paths: false, database: join(folder, 'here.db'), fleet, ...clock });
  const server = await startServer({ desk, pages: join(ROOT, 'dist', 'renderer'), port: 0, ...options });
  const end = async (): Promise<void> => {
    await server.close();
    await desk.close();
  };
  return { url: server.url, desk, end };
}

/** Goes to a place of the desk without leaving the page. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.goto(`${page.url().split('#')[0]}#/${place}`);
}

/** Serious faults of accessibility that axe finds, as `rule: where`. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ target }) => target.join(' '))
        .join(', ')}`,
  );
}
