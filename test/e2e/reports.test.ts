import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { BERLIN, fillTwoWeeks, NOW, opened } from '../unit/reports/history.ts';
import { web, type Web } from '../integration/alerts/channels-servers.ts';
import { browse, goTo, missing, seriousFaults, serve, skipTour, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;
const TOKEN = '123456:ABCdefGHIjklMNOpqrSTUvwxYZ012345678';
/** Pixels that the view is wider than the window lets it. */
const BEYOND = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.view'))`;

suiteNeeds(missing === null, missing ?? '')('reports in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;
  let chat: Web;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-reports-desk-'));
    const path = join(folder, 'desk.db');
    const store = await opened(path);
    await fillTwoWeeks(store);
    await store.close();
    chat = await web((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ ok: true, result: { message_id: 1 } }));
    });
    served = await serve(folder, ['--db', path], { XDG_DATA_HOME: folder });
    browser = await browse();
    desk = await visit(browser, 'about:blank', 'light', { timezoneId: BERLIN });
    page = desk.page;
    page.setDefaultTimeout(30_000);
    // The browser's clock says which day it is.
    await page.clock.setFixedTime(NOW);
    await page.goto(served.url);
    await skipTour(page);
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    await chat?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 2 * MINUTES);

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  const region = (name: string | RegExp): Locator => page.getByRole('region', { name });
  const row = (name: string): Locator => page.getByRole('listitem', { name });

  async function made(): Promise<{ name: string; data: Buffer }> {
    const [download] = await Promise.all([page.waitForEvent('download'), button('Make the report').click()]);
    const path = join(folder, 'made');
    await download.saveAs(path);
    return { name: download.suggestedFilename(), data: readFileSync(path) };
  }

  it('are made on demand, from the alert history on', { timeout: MINUTES }, async () => {
    await goTo(page, 'history');
    await page.getByRole('link', { name: 'Report of a day or a week' }).click();
    await region('A report now').getByText('days of Europe/Berlin').waitFor();
    await page.getByText('Last week', { exact: true }).click();
    const pdf = await made();
    expect(pdf.name).toBe('sonde-report-2026-11-16-to-2026-11-22.pdf');
    expect(pdf.data.subarray(0, 5).toString()).toBe('%PDF-');
    await page.getByText('The report tells of 6 incidents.').waitFor();
    await page.getByText('HTML', { exact: true }).click();
    await page.getByText('Own days', { exact: true }).click();
    await page.getByLabel('First day').fill('2026-11-17');
    await page.getByLabel('Last day').fill('2026-11-16');
    await page.getByText('The last day has to be the first one or later.').waitFor();
    expect(await button('Make the report').isDisabled()).toBe(true);
    await page.getByLabel('Last day').fill('2026-11-17');
    const html = await made();
    expect(html.name).toBe('sonde-report-2026-11-17.html');
    expect(html.data.toString()).toContain('What happened in a day');
    expect(html.data.toString()).toContain('Possible data exfiltration by 192.168.10.23');
    await page.getByLabel('Anonymised').check();
    const [hidden, again] = [await made(), await made()];
    expect(hidden.name).toBe('sonde-report-anonymised-2026-11-17.html');
    expect(hidden.data.toString()).toMatch(/Possible data exfiltration by 192\.168\.\d+\.\d+/);
    expect(hidden.data.toString()).not.toContain('192.168.10.23');
    // By the key beside the database: two reports agree, but for when they were made.
    const timeless = ({ data }: { data: Buffer }): string => data.toString().replaceAll(/\d\d:\d\d(:\d\d)?/g, '');
    expect(timeless(again)).toBe(timeless(hidden));
    expect(readFileSync(join(folder, 'desk.db.pseudonyms.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    await page.getByLabel('Anonymised').uncheck();
    await page.getByText('One capture', { exact: true }).click();
    const one = await made();
    expect(one.name).toBe('sonde-report-eth0.html');
    expect(one.data.toString()).toContain('What is in this traffic');
  });

  it('need a channel that carries documents', { timeout: MINUTES }, async () => {
    await region('Sent by a schedule').getByText('Reports go by channels that carry documents').waitFor();
    expect(await button('New schedule').count()).toBe(0);
    await goTo(page, 'alerts/new?kind=telegram');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Chat');
    await page.getByRole('textbox', { name: 'Token of the bot', exact: true }).fill(TOKEN);
    await page.getByRole('textbox', { name: 'Chat', exact: true }).fill('-1001');
    await page.getByRole('textbox', { name: 'Server', exact: true }).fill(`http://127.0.0.1:${chat.port}/`);
    await page.getByRole('switch', { name: 'Allow private targets' }).focus();
    await page.keyboard.press('Space');
    await button('Save').click();
    await row('Chat').waitFor();
  });

  it('are sent by a schedule that says in a sentence what it does', { timeout: MINUTES }, async () => {
    await goTo(page, 'alerts/reports');
    await button('New schedule').click();
    const sentence = page.locator('.alert-sentence');
    await page.getByRole('checkbox', { name: 'Chat' }).waitFor();
    expect(await page.getByRole('checkbox', { name: 'Chat' }).isChecked()).toBe(true);
    await page.getByLabel('Day of the week').selectOption('Friday');
    await page.getByLabel('Hour', { exact: true }).selectOption('16:00');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Ber');
    await page.getByRole('option', { name: BERLIN }).click();
    expect(await sentence.textContent()).toBe(
      'Each Friday at 16:00 (Europe/Berlin), of the seven days before, as PDF: Chat.',
    );
    await page.getByLabel('Anonymised').check();
    await sentence.getByText('as anonymised PDF: Chat').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await button('Save').click();
    const there = row('Weekly report');
    await there.getByText('Each Friday at 16:00 (Europe/Berlin)').waitFor();
    await there.getByText(/^Next: \d{4}-\d\d-\d\d 16:00:00\. None was sent yet\./).waitFor();
  });

  it('go out at once when asked, as a document', { timeout: MINUTES }, async () => {
    await row('Weekly report').getByRole('button', { name: 'Send now' }).click();
    await page.getByText('On its way to 1 channel').waitFor();
    await expect.poll(() => chat.seen.length).toBe(1);
    const [{ url, body } = { url: '', body: Buffer.alloc(0) }] = chat.seen;
    expect(url).toContain('/sendDocument');
    expect(body.toString('latin1')).toContain('%PDF-');
    await row('Weekly report')
      .getByText(/Last: \d{4}/)
      .waitFor();
    await row('Weekly report').getByRole('link', { name: 'Deliveries' }).click();
    await page
      .getByRole('row')
      .filter({ hasText: 'Report: ' })
      .getByText(/delivered after/)
      .waitFor();
  });

  it('are in the settings document, switched off and removed', { timeout: MINUTES }, async () => {
    await goTo(page, 'alerts/document');
    const [download] = await Promise.all([page.waitForEvent('download'), button('Download').click()]);
    await download.saveAs(join(folder, 'settings.json'));
    const document = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as { reports: unknown[] };
    expect(document.reports).toMatchObject([
      { id: 'weekly-report', every: 'week', weekday: 5, hour: 16, channels: ['chat'], anonymised: true },
    ]);
    await goTo(page, 'alerts/reports');
    await page.getByRole('switch', { name: 'Weekly report on or off' }).focus();
    await page.keyboard.press('Space');
    await row('Weekly report').getByText('Off: none is sent.').waitFor();
    await row('Weekly report').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await region('Sent by a schedule').getByText('None is sent').waitFor();
  });

  it.each(['light', 'dark'] as const)(
    'have no serious fault of accessibility, and need no scrolling sideways, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 700, height: 900 });
      for (const part of ['reports', 'reports/new']) {
        await goTo(page, `alerts/${part}`);
        await page.locator('.panel').first().waitFor();
        expect(await seriousFaults(page), part).toEqual([]);
        expect(await page.evaluate<number>(BEYOND), part).toBe(0);
      }
    },
    MINUTES,
  );

  it('asked nothing of the browser that it refused', () => {
    expect(desk.complaints).toEqual([]);
  });
});
