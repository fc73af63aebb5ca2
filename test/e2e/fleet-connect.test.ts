/** A fleet that is connected in the desk, in a real browser and with a real server. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../src-main/run/fleet/names.ts';
import { RedisTransport } from '../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../src-main/run/fleet/transport/settings.ts';
import { publicText } from '../../src-main/run/fleet/wire/keys.ts';
import { sealHealth } from '../../src-main/run/fleet/wire/health.ts';
import { NO_REDIS, REDIS, RedisServer } from '../integration/fleet/transport-server.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { health, publish, standing, tellWorker, told, workerHealth } from '../unit/fleet/desk-kit.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit } from './support.ts';

const MINUTE = 60_000;
const GROUP = 'office';
const PASSWORD = 'planted-password-77ab01';
const SENSORS = ['berlin', 'paris', 'rome'];

suiteNeeds(missing === null && REDIS, missing ?? NO_REDIS)('connecting a fleet', () => {
  const pairs = new Map(SENSORS.map((name) => [name, generateKeyPairSync('ed25519')]));
  const before = process.env['XDG_DATA_HOME'];
  let folder: string;
  let server: RedisServer;
  let all: RedisTransport;
  let here: Awaited<ReturnType<typeof serveHere>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  /** For whoever looks at it: FLEET_SHOTS names a folder. */
  async function picture(name: string, on = page): Promise<void> {
    const to = process.env['FLEET_SHOTS'];
    if (to !== undefined) await on.screenshot({ path: join(to, `${name}.png`), fullPage: true });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-connect-'));
    // Secrets go to the folder of whoever runs this.
    process.env['XDG_DATA_HOME'] = join(folder, 'data');
    server = await RedisServer.start([`requirepass ${PASSWORD}`]);
    all = new RedisTransport(await redisSettings(`redis://:${PASSWORD}@127.0.0.1:${server.port}`, '--fleet'));
    await all.ready(10_000);
    const at = Date.now();
    const until = Math.floor(at / 100) - 8;
    for (const [name, { privateKey }] of pairs) {
      if (name === 'rome') continue;
      await all.put(names.health(name), sealHealth(health(name, { at, until }), privateKey), 10 * MINUTE);
    }
    await all.takeLease(names.correlatorRole(GROUP), 'w1', 10 * MINUTE);
    const sensors = SENSORS.map((name) => standing(name, { until }));
    await tellWorker(all, GROUP, workerHealth('w1', { at, now: until / 10 - 1.5, sensors }));
    await publish(all, GROUP, [
      told('flood', ['berlin']),
      told('sweep', SENSORS, {
        kind: 'host-sweep',
        severity: 'warning',
        title: '10.0.0.66 swept 240 hosts of 3 networks',
        firstTs: '2026-11-21T09:40:00.000000000Z',
      }),
    ]);
    here = await serveHere(folder);
    browser = await browse();
    ({ page, complaints } = await visit(browser, here.url));
    page.setDefaultTimeout(10_000);
    await skipTour(page);
    await goTo(page, 'fleet');
  }, 3 * MINUTE);

  afterAll(async () => {
    await browser?.close();
    await here?.end();
    await all?.close();
    await server?.stop();
    if (before === undefined) delete process.env['XDG_DATA_HOME'];
    else process.env['XDG_DATA_HOME'] = before;
    rmSync(folder, { recursive: true, force: true });
  }, MINUTE);

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  it('says what is missing, and what is wrong with what was entered', { timeout: MINUTE }, async () => {
    await page.getByRole('heading', { name: 'Connect a fleet' }).waitFor();
    await page.getByRole('textbox', { name: 'Address' }).fill('rediss://redis.example.org');
    await page.getByLabel('TLS CA', { exact: true }).waitFor({ state: 'attached' });
    await picture('form-light-1440');
    await page.getByRole('textbox', { name: 'Address' }).fill('');
    await page.getByLabel('TLS CA', { exact: true }).waitFor({ state: 'detached' });
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByText('The address of the server is missing.').waitFor();
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'Address' }).fill(server.url);
    await page.getByText('The list of sensors is missing.').waitFor();
    await page.getByLabel('Sensors', { exact: true }).setInputFiles(file('wrong.json', '{"schema":"other"}'));
    await page.getByText('wrong.json').waitFor();
    await press('Connect');
    await page
      .getByRole('alert')
      .getByText(/Sensors: .*with the lines that sonde sensor --new-key prints/)
      .waitFor();
    const sensors = [...pairs].map(([name, { privateKey }]) => ({ name, key: publicText(privateKey) }));
    const list = file('sensors.json', JSON.stringify({ schema: 'sonde.sensors/1', sensors }));
    await page.getByLabel('Sensors', { exact: true }).setInputFiles(list);
    await press('Connect');
    await page.getByRole('alert').getByText('Switch that on if it is meant').waitFor();
    await page.getByRole('switch', { name: 'Allow private targets' }).check();
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await press('Test');
    await page
      .getByRole('status')
      .getByText(/Redis refuses: WRONGPASS/)
      .waitFor();
    await picture('refused-light-1440');
  });

  it('is tested, connected and shown', { timeout: MINUTE }, async () => {
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('textbox', { name: 'Group' }).fill(GROUP);
    await press('Test');
    await page
      .getByRole('status')
      .getByText(/Sensors of the list that were heard: 2 of 3 \(not rome\). The group office is analysed by w1/)
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('tested-light-1440');
    await press('Connect');
    await page.getByRole('heading', { level: 1, name: 'Fleet office' }).waitFor();
    await page.locator('.fleet-head').getByText(`Connected to ${server.url}`).waitFor();
    await page.getByText('seen by three sensors').waitFor();
    await picture('followed-light-1440');
  });

  it('is changed with what is kept, which is not shown', { timeout: MINUTE }, async () => {
    await press('Change');
    await page.getByText('berlin, paris, rome').waitFor();
    const password = page.getByRole('textbox', { name: 'Password' });
    expect([await password.inputValue(), await password.getAttribute('placeholder')]).toEqual(['', 'Kept, not shown.']);
    expect(await page.content()).not.toContain(PASSWORD);
    await picture('change-light-1440');
    await page.getByRole('textbox', { name: 'Group' }).fill('other');
    await press('Connect');
    await page.getByRole('heading', { level: 1, name: 'Fleet other' }).waitFor();
    await press('Change');
    await page.getByRole('textbox', { name: 'Group' }).fill(GROUP);
    await press('Connect');
    await page.getByRole('heading', { level: 1, name: 'Fleet office' }).waitFor();
  });

  it('fits, also in the dark and on a smaller screen', { timeout: MINUTE }, async () => {
    const { page: dark, context } = await visit(browser, here.url, 'dark');
    await goTo(dark, 'fleet');
    await dark.getByText('seen by three sensors').waitFor();
    await picture('followed-dark-1440', dark);
    for (const width of [1440, 1024]) {
      await dark.setViewportSize({ width, height: 900 });
      const wider = await dark
        .locator('.table-scroll')
        .evaluateAll((every) =>
          every.map((each) => Reflect.get(each, 'scrollWidth') - Reflect.get(each, 'clientWidth')),
        );
      expect([width, ...wider]).toEqual([width, ...wider.map(() => 0)]);
    }
    await picture('followed-dark-1024', dark);
    await dark.getByRole('button', { name: 'Change', exact: true }).click();
    await dark.getByText('berlin, paris, rome').waitFor();
    expect(await seriousFaults(dark)).toEqual([]);
    await picture('change-dark-1024', dark);
    await dark.setViewportSize({ width: 390, height: 844 });
    expect(await dark.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await picture('change-dark-390', dark);
    await context.close();
  });

  it('is disconnected, and forgotten', { timeout: MINUTE }, async () => {
    await press('Disconnect');
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('heading', { name: 'Connect a fleet' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Address' }).inputValue()).toBe(server.url);
    expect(await page.getByRole('textbox', { name: 'Group' }).inputValue()).toBe(GROUP);
    await press('Connect');
    await page.getByRole('heading', { level: 1, name: 'Fleet office' }).waitFor();
    await press('Disconnect');
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await press('Forget it');
    await page.getByText('The address of the server is missing.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Address' }).inputValue()).toBe('');
    expect(complaints).toEqual([]);
  });
});
