/** Notifications of the desktop channel in a browser: allowed there, shown, and a click opens the incident. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, serve, seriousFaults, skipTour, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;

/** What the page asks to be shown, and the click that a test cannot make on a screen that is not there. */
const DOUBLE = `{
  globalThis.shownNotices = [];
  globalThis.Notification = class extends EventTarget {
    static permission = 'default';
    static async requestPermission() { return (this.permission = 'granted'); }
    constructor(title, options) { super(); Object.assign(this, { title, ...options, closed: false }); shownNotices.push(this); }
    close() { this.closed = true; }
  };
}`;

suiteNeeds(missing === null, missing ?? '')('notifications in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-notices-'));
    const XDG_DATA_HOME = join(folder, 'data');
    mkdirSync(XDG_DATA_HOME);
    served = await serve(folder, ['--db', join(folder, 'desk.db')], { XDG_DATA_HOME });
    browser = await browse();
    seen = await visit(browser, 'about:blank');
    page = seen.page;
    await page.addInitScript(DOUBLE);
    await page.goto(served.url);
    page.setDefaultTimeout(MINUTES);
    await skipTour(page);
  }, 4 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, 4 * MINUTES);

  const titles = (): Promise<string[]> => page.evaluate('shownNotices.map(({ title }) => title)');

  it('are shown by this browser once it was asked', { timeout: 3 * MINUTES }, async () => {
    await goTo(page, 'alerts/new?kind=desktop');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Screen');
    await page.getByText('Without that they are shown by the machine on which Sonde runs.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const row = page.locator('.alert-channels').getByRole('listitem', { name: 'Screen' });
    await row.getByRole('button', { name: 'Show them in this browser' }).click();
    await row.getByText('This browser shows its notifications while the desk is open in it.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await row.getByRole('button', { name: 'Send test' }).click();
    await row.getByText('The test arrived').waitFor();
    await expect.poll(titles, { timeout: MINUTES }).toEqual(['Test of this channel']);
  });

  it('lead to their incident', { timeout: 5 * MINUTES }, async () => {
    await goTo(page, 'live');
    await page.getByRole('combobox', { name: 'Speed' }).click();
    await page.getByRole('option', { name: '60 times as fast' }).click();
    await page.getByRole('button', { name: 'Play the sample', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /^Playing/ }).waitFor();
    await goTo(page, 'settings');
    await expect.poll(async () => (await titles()).length, { timeout: 3 * MINUTES }).toBeGreaterThan(1);
    const title = (await titles())[1]!;
    expect(title).toMatch(/^(Critical|Warning): /);
    await page.evaluate("shownNotices[1].dispatchEvent(new Event('click'))");
    await page
      .getByRole('heading', { name: title.replace(/^\w+: /, '') })
      .first()
      .waitFor();
    expect(new URL(page.url()).hash).toMatch(/^#\/c\/\d+\/incidents\/[0-9a-f]+$/);
    expect(await page.evaluate('shownNotices[1].closed')).toBe(true);
    expect(seen.complaints).toEqual([]);
  });
});
