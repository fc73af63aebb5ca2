import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, seriousFaults, serve, skipTour, visit, type Served } from './support.ts';

const MINUTES = 60_000;
/** Pixels that the view is wider than the window lets it. */
const BEYOND = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.view'))`;

suiteNeeds(missing === null, missing ?? '')('continuous exports in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-siem-desk-'));
    served = await serve(folder, ['--db', join(folder, 'desk.db')], { XDG_DATA_HOME: folder });
    browser = await browse();
    ({ page } = await visit(browser, 'about:blank'));
    page.setDefaultTimeout(30_000);
    await page.goto(served.url);
    await skipTour(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, 2 * MINUTES);

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const field = (name: string): Locator => page.getByRole('textbox', { name, exact: true });
  const row = (name: string): Locator => page.locator('.alert-channels').getByRole('listitem', { name });

  it('are made in a form that says what they do, and tried out', async () => {
    await goTo(page, 'alerts/siem');
    await page.getByText('Nothing is exported').waitFor();
    await button('New export').click();
    await field('To').fill(join(folder, 'incidents.log'));
    await page.getByRole('combobox', { name: 'Format' }).selectOption('eve');
    await page.getByText(/^Incidents as Suricata EVE to .*, put aside beyond 100 MB; 10 files in all\.$/).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await button('Send test').click();
    await page.getByText('one line was appended').waitFor();
    expect(readFileSync(join(folder, 'incidents.log'), 'utf8')).toContain('"event_type":"alert"');
    await button('Save').click();
    await row('SIEM').getByText('Waits for a live session.').waitFor();
  });

  it('to a log server of this network need a yes, and say why they fail', async () => {
    await button('New export').click();
    await field('Name').fill('Log server');
    await field('To').fill('syslog+tcp://127.0.0.1:1');
    await page.getByRole('combobox', { name: 'Format' }).selectOption('cef');
    await button('Save').click();
    await page.getByRole('alert').getByText('private network').waitFor();
    await page.getByRole('switch', { name: 'Allow private targets' }).focus();
    await page.keyboard.press('Space');
    await button('Send test').click();
    await page.getByText('The test did not arrive').waitFor();
    await button('Save').click();
    await row('Log server').waitFor();
    expect(await page.evaluate(BEYOND)).toBeLessThanOrEqual(0);
    expect(await seriousFaults(page)).toEqual([]);
  });
});
