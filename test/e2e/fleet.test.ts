/** The fleet on the desk: how its sensors and workers do, and what they saw, in a real browser. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../src-main/run/fleet/names.ts';
import { MemoryBroker, MemoryTransport } from '../../src-main/run/fleet/transport/memory.ts';
import type { TooLarge } from '../../src-main/run/fleet/types.ts';
import { sealHealth } from '../../src-main/run/fleet/wire/health.ts';
import { health, publish, standing, tellWorker, told, workerHealth } from '../unit/fleet/desk-kit.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit } from './support.ts';

const MINUTES = 60_000;
const GROUP = 'main';
const SENSORS = ['berlin', 'paris', 'rome', 'oslo'];
const LOOK_MS = 200;

suiteNeeds(missing === null, missing ?? '')('the fleet on the desk', () => {
  const broker = new MemoryBroker();
  const transport = new MemoryTransport(broker);
  const pairs = new Map(SENSORS.map((name) => [name, generateKeyPairSync('ed25519')]));
  const keys = new Map([...pairs].map(([name, { publicKey }]) => [name, publicKey]));
  let folder: string;
  let here: Awaited<ReturnType<typeof serveHere>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let ticking: NodeJS.Timeout;

  /** As sensors and workers say it every second. */
  async function speak(): Promise<void> {
    const at = Date.now();
    const until = Math.floor(at / 100) - 8;
    const say = (name: string, by: string, more: Parameters<typeof health>[1] = {}): Promise<void> => {
      const sealed = sealHealth(
        health(name, { at, until, run: 1_790_000_000_000, ...more }),
        pairs.get(by)!.privateKey,
      );
      return transport.put(names.health(name), sealed, 60_000);
    };
    const spool = { batches: 3, bytes: 41_000, ceiling: 1 << 30, lostBatches: 0, lostFlows: 0 };
    await say('berlin', 'berlin', { flows: 300 + Math.floor(at / 10) });
    await say('paris', 'paris', {
      dropped: Math.floor(at / 1000) - 1_795_000_000,
      packetsPerSecond: 81_000,
      bitsPerSecond: 5.2e8,
      spool,
    });
    await say('rome', 'oslo');
    await say('oslo', 'oslo', { replay: true, until: 17_000_000_000, interface: '/captures/of-2023.pcap' });
    const sensors = [standing('berlin', { until }), standing('paris', { until, missing: 2, waiting: 4 })];
    await tellWorker(transport, GROUP, workerHealth('w1', { at, now: until / 10 - 1.5, sensors }));
    await tellWorker(transport, GROUP, workerHealth('w2', { at, now: 0, model: null, standby: true }));
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-'));
    await transport.takeLease(names.correlatorRole(GROUP), 'w1', 10 * MINUTES);
    await speak();
    ticking = setInterval(() => void speak().catch(() => undefined), 500);
    await publish(transport, GROUP, [
      told('flood', ['berlin']),
      told('sweep', ['berlin', 'paris', 'rome'], {
        kind: 'host-sweep',
        severity: 'warning',
        title: '10.0.0.66 swept 240 hosts of 3 networks',
        firstTs: '2026-11-21T09:40:00.000000000Z',
      }),
    ]);
    const fleet = { transport, group: GROUP, keys, lookMs: LOOK_MS };
    here = await serveHere(folder, { fleet });
    browser = await browse();
    ({ page, complaints } = await visit(browser, here.url));
    page.setDefaultTimeout(30_000);
    await skipTour(page);
    await goTo(page, 'fleet');
  }, 3 * MINUTES);

  afterAll(async () => {
    clearInterval(ticking);
    await browser?.close();
    await here?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const row = (name: string): Locator =>
    page.getByRole('row').filter({ has: page.locator('.fleet-name', { hasText: name }) });

  /** For whoever looks at it: FLEET_SHOTS names a folder. */
  async function picture(name: string, on = page): Promise<void> {
    const to = process.env['FLEET_SHOTS'];
    if (to !== undefined) await on.screenshot({ path: join(to, `${name}.png`), fullPage: true });
  }

  it('shows how sensors and workers do', async () => {
    await page.getByRole('heading', { level: 1, name: 'Fleet main' }).waitFor();
    await row('paris').getByText('loses').waitFor();
    expect(await row('berlin').textContent()).toMatch(/sends.*120.*800k.*none.*1\.5 s/);
    expect(await row('paris').textContent()).toMatch(/packets, 2 batches missing/);
    expect(await row('rome').textContent()).toContain('not believed');
    expect(await row('oslo').textContent()).toMatch(/of-2023.*replay/);
    expect(await row('w1').textContent()).toMatch(/works.*analyses the site.*abababababab/);
    expect(await row('w2').textContent()).toContain('stands by');
    expect(await seriousFaults(page)).toEqual([]);
    await picture('light-1440');
  });

  it('shows what they saw, each with who saw it, and leads to the incident', async () => {
    const sweep = page.getByRole('row').filter({ hasText: 'swept 240 hosts' });
    expect(await sweep.textContent()).toContain('seen by three sensors');
    await publish(transport, GROUP, [told('late', ['paris'], { title: 'it came while somebody looked' })]);
    const late = page.getByRole('row').filter({ hasText: 'it came while somebody looked' });
    expect(await late.textContent()).toContain('seen by paris');
    await sweep.getByRole('link').first().click();
    const head = page.locator('.incident-head');
    await head.getByText('Seen by three sensors').waitFor();
    expect(await head.textContent()).toContain('berlin, paris, rome');
    await page.getByText('are not kept on the desk').first().waitFor();
    await picture('incident');
    await page.goBack();
  });

  it('says what was too large to be taken from the server', async () => {
    const found = transport.tooLarge as Map<string, TooLarge>;
    found.set('sonde:table:workers:main', { part: 'giant', bytes: 512 << 20, times: 3 });
    const note = page.getByRole('status').filter({ hasText: 'Too large to be taken from the server' });
    await note.waitFor();
    expect(await note.textContent()).toMatch(/sonde:table:workers:main \(giant, 537 MB, 3 times\)\. .*who has rights/);
    found.clear();
    await note.waitFor({ state: 'detached' });
  });

  it('says that the server is away, and goes on when it is back', async () => {
    broker.away = true;
    await page.getByRole('status').filter({ hasText: 'What is shown is as old as that' }).waitFor();
    expect(await page.locator('.fleet-head').textContent()).toContain('Not connected to memory');
    broker.away = false;
    await page.locator('.fleet-head').getByText('Connected to memory').waitFor();
  });

  it('is as readable in the dark and on a narrow screen', async () => {
    const { page: dark, context } = await visit(browser, here.url, 'dark');
    await goTo(dark, 'fleet');
    await dark.getByRole('heading', { level: 1, name: 'Fleet main' }).waitFor();
    await dark.getByText('seen by three sensors').waitFor();
    expect(await seriousFaults(dark)).toEqual([]);
    await picture('dark-1440', dark);
    await dark.setViewportSize({ width: 1024, height: 900 });
    await picture('dark-1024', dark);
    const wider = await dark
      .locator('.table-scroll')
      .evaluateAll((every) => every.map((one) => Reflect.get(one, 'scrollWidth') - Reflect.get(one, 'clientWidth')));
    expect(wider).toEqual(wider.map(() => 0));
    await dark.setViewportSize({ width: 390, height: 844 });
    expect(await dark.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await picture('dark-390', dark);
    await context.close();
    await page.setViewportSize({ width: 390, height: 844 });
    await picture('light-390');
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(complaints).toEqual([]);
  });
});
