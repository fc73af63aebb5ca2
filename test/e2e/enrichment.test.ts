import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { radarDouble, TOKEN, type Double } from '../integration/radar/double.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { asRecord, cityRecord, mmdb } from '../unit/enrich/mmdb-writer.ts';
import { capture, knock } from '../unit/signatures/intel/traffic.ts';
import { browse, goTo, missing, seriousFaults, serve, skipTour, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;
const SOON = { timeout: 60_000 };
const BAD = '203.0.113.9';
/** Where pictures go; without it there are none. */
const PICTURES = process.env.SONDE_PICTURES;

suiteNeeds(missing === null, missing ?? '')('places and Radar in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;
  let double: Double;
  let heard = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-enrichment-desk-'));
    double = await radarDouble();
    const at = { '203.0.113.0/24': cityRecord('NL', 'Netherlands', 'Utrecht') };
    writeFileSync(join(folder, 'city.mmdb'), mmdb({ type: 'GeoLite2-City', records: at }));
    const whose = { '203.0.113.0/24': asRecord(64_500, 'Example') };
    writeFileSync(join(folder, 'as.mmdb'), mmdb({ type: 'GeoLite2-ASN', records: whose }));
    const scan = Array.from({ length: 400 }, (_, i) => knock(BAD, '10.0.0.5', 1000 + i)).flat();
    writeFileSync(join(folder, 'scan.pcap'), capture(scan));
    // Secrets are kept there, not among those of whoever runs the test.
    const XDG_DATA_HOME = join(folder, 'data');
    mkdirSync(XDG_DATA_HOME);
    served = await serve(folder, ['--db', join(folder, 'desk.db')], { XDG_DATA_HOME });
    browser = await browse();
    desk = await visit(browser, 'about:blank');
    page = desk.page;
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => void (heard += payload.toString())));
    await page.goto(served.url);
    page.setDefaultTimeout(SOON.timeout);
    await skipTour(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    await double?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 4 * MINUTES);

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const field = (name: string): Locator => page.getByLabel(name, { exact: true });
  const picture = async (name: string): Promise<void> => {
    if (PICTURES === undefined) return;
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  };

  it(
    'names databases, and says what they are or what is wrong with them',
    async () => {
      await goTo(page, 'settings');
      const box = page.getByRole('textbox', { name: 'Databases of places' });
      await box.fill(join(folder, 'scan.pcap'));
      await button('Save').last().click();
      await page.getByRole('alert').getByText('no MMDB file').waitFor();
      await box.fill(`${join(folder, 'city.mmdb')}\n${join(folder, 'as.mmdb')}`);
      await button('Save').last().click();
      await page.getByText(/^GeoLite2-City of 2026-05-28.*tells countries$/).waitFor();
      await page.getByText(/^GeoLite2-ASN of 2026-05-28.*tells networks$/).waitFor();
    },
    2 * MINUTES,
  );

  it(
    'has Radar switched off, and says that nothing of the traffic leaves',
    async () => {
      await page.getByText('Switched off: nothing is fetched.').waitFor();
      await page.getByText('nothing of yours leaves this machine but the token').waitFor();
      expect(await button('Test it now').isDisabled()).toBe(true);
      await picture('settings-off');
      expect(double.asked).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'fetches with a token, once it is on, and shows the server’s answer',
    async () => {
      await field('Server of Cloudflare Radar').fill(double.server);
      await button('Save the server').click();
      await field('Token for Cloudflare Radar').fill(`${TOKEN}x`);
      await button('Save the token').click();
      await page.getByPlaceholder('Kept, not shown.').waitFor();
      await page.getByRole('switch', { name: 'Fetch from Cloudflare Radar' }).focus();
      await page.keyboard.press('Space');
      await page.getByText(/No answer that helps.*Authentication error/).waitFor();
      await picture('settings-refused');
      await field('Token for Cloudflare Radar').fill(TOKEN);
      await button('Save the token').click();
      // By hand not within ten seconds of the last time.
      await expect
        .poll(
          async () => {
            await button('Test it now').click();
            return page.getByText(/Radar answered .*200: 10 networks/).isVisible();
          },
          { timeout: 60_000, interval: 3000 },
        ) // prettier-ignore
        .toBe(true);
      await page.getByText('AS64500 EXAMPLE-NET').waitFor();
      await page.getByText(/^Last fetched/).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByText('Test it now').scrollIntoViewIfNeeded();
      await picture('settings-on');
      expect(heard).not.toContain(TOKEN);
    },
    3 * MINUTES,
  );

  it(
    'shows places and Radar’s word with an incident and a host',
    async () => {
      await goTo(page, 'open');
      await page.locator('input[type=file]').setInputFiles(join(folder, 'scan.pcap'));
      await page.waitForURL(/#\/c\/1\/overview/);
      await goTo(page, 'c/1/incidents');
      await page.getByRole('link', { name: /203\.0\.113\.9 \(AS64500 Example, NL\)/ }).click();
      await page.getByText('203.0.113.9: AS64500 Example, NL').waitFor();
      await page.getByText(/AS64500 is among the ten networks/).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await picture('incident');
      await goTo(page, `c/1/hosts/${BAD}`);
      await page.getByText('Utrecht, Netherlands (NL); AS64500 Example').waitFor();
      await page.getByText(/AS64500 is among the ten networks/).waitFor();
      await picture('host');
      await goTo(page, 'c/1/flows');
      await button('Columns').click();
      await page.getByRole('checkbox', { name: 'Country country' }).check();
      await page.getByRole('checkbox', { name: 'Network network' }).check();
      await page.keyboard.press('Escape');
      const cell = (column: string): Locator => page.locator(`[role=gridcell][data-column=${column}]`).first();
      await expect.poll(() => cell('country').textContent(), SOON).toBe('NL');
      await expect.poll(() => cell('network').textContent(), SOON).toBe('AS64500 Example');
      await cell('network').scrollIntoViewIfNeeded();
      await picture('flows');
      expect(desk.complaints).toEqual([]);
      for (const { url, body } of double.asked) expect(`${url} ${body}`).not.toMatch(/203\.0|64500|Example/);
    },
    3 * MINUTES,
  );
});
