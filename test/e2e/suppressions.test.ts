/** Silencing in a browser: in two clicks, by hand, from a file, and back again; and what the judgements come to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenDesk } from '../../src-main/run/api/desk.ts';
import { attackedWeek } from '../generator/week.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit, type Visit } from './support.ts';

const MINUTES = 60_000;
const DAY = 86_400_000;
/** The day after the week. */
const MONDAY = Date.UTC(2026, 2, 30, 12);

describe.skipIf(missing !== null)('silencing in a browser', { timeout: 3 * MINUTES }, () => {
  let folder: string;
  let served: Awaited<ReturnType<typeof serveHere>>;
  let desk: OpenDesk;
  let browser: Browser;
  let seen: Visit;
  let page: Page;
  let silenced: Locator;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-silence-'));
    const path = join(folder, 'week.pcapng');
    writeFileSync(path, attackedWeek().bytes);
    served = await serveHere(folder, { now: () => MONDAY });
    ({ desk } = served);
    await desk.jobs.whenEnded(desk.importFiles([path]));
    browser = await browse();
    seen = await visit(browser, served.url, 'light', { timezoneId: 'UTC' });
    page = seen.page;
    await page.clock.setFixedTime(MONDAY);
    page.setDefaultTimeout(30_000);
    await skipTour(page);
    silenced = page.getByRole('region', { name: 'Silenced as expected' });
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const rows = async () =>
    (await desk.readers.ask('listSuppressions', [MONDAY])).map(({ scope, hits }) => ({ scope, hits }));
  const incident = async (kind: string): Promise<string> => {
    const asked = { search: '', suppressed: 'show', order: 'time', limit: 100 } as const;
    const all = (await desk.readers.ask('listIncidents', [asked])).rows;
    return all.find((row) => row.kind === kind)!.uid;
  };

  it('takes two clicks from an incident, and one back', async () => {
    await goTo(page, `c/1/incidents/${await incident('port-scan')}`);
    await page.getByRole('button', { name: 'Silence as expected' }).click();
    const dialog = page.getByRole('dialog', { name: 'Silence as expected' });
    await dialog.getByText('It silences this incident and no other that is known.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByText('1 incident silenced.').waitFor();
    // What is said has a line of its own: it lies over nothing.
    const [said, all] = [await page.locator('.toasts').boundingBox(), await page.locator('.shell').boundingBox()];
    expect(said!.height).toBeGreaterThan(0);
    expect(all!.y + all!.height).toBeLessThanOrEqual(said!.y);
    const [made] = await desk.readers.ask('listSuppressions', [MONDAY]);
    expect(made).toMatchObject({
      scope: { kind: 'port-scan', source: '195.75.8.14', destination: '192.168.10.11' },
      expiresAt: MONDAY + 30 * DAY,
      hits: 1,
    });
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(rows).toEqual([]);
    await page.getByText('Taken back: 1 incident silenced no longer.').waitFor();
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Silence as expected' }).waitFor();
  });

  it('shows what a wider scope would silence before it is made', async () => {
    await page.getByRole('button', { name: 'Silence as expected' }).click();
    const dialog = page.getByRole('dialog', { name: 'Silence as expected' });
    for (const name of [/^Source/, /^Destination/]) await dialog.getByRole('checkbox', { name }).uncheck();
    await dialog.getByText('It would have silenced 2 incidents in the last 30 days.').waitFor();
    // The other one, with the way there.
    const others = dialog.locator('.preview').getByRole('link');
    expect(await others.count()).toBe(1);
    expect(await others.first().getAttribute('href')).toMatch(/^#\/c\/1\/incidents\/[0-9a-f]+$/);
    await dialog.getByRole('checkbox', { name: /^Found by/ }).check();
    await dialog.getByRole('combobox', { name: 'Found by' }).selectOption('behaviour:half-open-probe');
    await dialog.getByRole('checkbox', { name: /certain times/ }).check();
    // The hour of the incident itself is offered.
    expect(await dialog.getByLabel('From').inputValue()).toBe('22:00');
    await dialog.getByText('It silences this incident and no other that is known.').waitFor();
    await dialog.getByLabel('From').fill('23:00');
    await dialog.getByText('time: 23:00-23:00 is not like 22:00-06:00').waitFor();
    expect(await dialog.getByRole('button', { name: 'Silence', exact: true }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await rows()).toEqual([]);
  });

  it('goes by hand, with a zone and days', async () => {
    await goTo(page, 'history');
    await silenced.getByRole('button', { name: 'Silence by hand' }).click();
    const dialog = page.getByRole('dialog', { name: 'Silence by hand' });
    await dialog.getByText('Say what is to fall silent').waitFor();
    await dialog.getByRole('textbox', { name: 'Source' }).fill('192.168.10.0/33');
    await dialog.getByText('192.168.10.0/33 is neither an address nor a network').waitFor();
    await dialog.getByRole('textbox', { name: 'Source' }).fill('192.168.10.0/24');
    await dialog.getByRole('checkbox', { name: /certain times/ }).check();
    await dialog.getByLabel('From').fill('03:00');
    await dialog.getByLabel('To (not included)').fill('04:00');
    await dialog.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']) await dialog.getByText(day, { exact: true }).click();
    await dialog.getByText('It would have silenced 2 incidents in the last 30 days, one of them critical.').waitFor();
    await dialog.getByRole('textbox', { name: 'Why' }).fill('the scan of Sunday');
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByText('2 incidents silenced.').waitFor();
    const time = { hours: '03:00-04:00', days: ['sun'], zone: 'Europe/Berlin' };
    expect(await rows()).toEqual([{ scope: { source: '192.168.10.0/24', time }, hits: 2 }]);
    await silenced.getByRole('button', { name: 'Silence by hand' }).click();
    await dialog.getByRole('textbox', { name: 'Source' }).fill('0.0.0.0/0');
    await dialog.getByText(/^It would have silenced/).waitFor();
    const total = Number(/silenced (\d+) incidents/.exec((await dialog.locator('.preview').textContent()) ?? '')?.[1]);
    await expect.poll(() => dialog.locator('.preview').getByRole('link').count()).toBe(Math.min(10, total));
    await dialog.locator('.preview').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Silence as expected' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await goTo(page, 'history');
    await silenced
      .getByRole('row', { name: /anything from 192\.168\.10\.0\/24 at 03:00-04:00 on Sunday \(Europe\/Berlin\)/ })
      .waitFor();
  });

  it('comes from a file once what is new in it was shown, and goes into one', async () => {
    const saving = page.waitForEvent('download');
    await silenced.getByRole('button', { name: 'Export' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('sonde-suppressions-2026-03-30.json');
    const file = JSON.parse(readFileSync(await saved.path(), 'utf8')) as { suppressions: unknown[] };
    expect(file).toMatchObject({ schema: 'sonde.suppressions/1', suppressions: [{ reason: 'the scan of Sunday' }] });

    const send = (name: string, text: string): Promise<void> =>
      page
        .getByLabel('File of suppressions')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    file.suppressions.push({ scope: { kind: 'brute-force' }, reason: 'a test' }, { scope: { source: 'nowhere' } });
    await send('ours.json', JSON.stringify(file));
    const dialog = page.getByRole('dialog', { name: 'Import what is silenced' });
    await dialog.getByText('ours.json: 1 new, 1 the same as what is there, 1 refused.').waitFor();
    await dialog.getByText('nowhere is neither an address nor a network').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Bring in 1' }).click();
    await page.getByText('1 suppression brought in from ours.json.').waitFor();
    expect((await rows()).map(({ hits }) => hits)).toEqual([3, 2]);

    await send('odd.json', '{"schema":"another"}');
    await dialog.getByText('odd.json holds no suppressions').waitFor();
    expect(await dialog.getByRole('button', { name: /Bring in/ }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  it('offers to remove what has expired or never silenced anything, with a way back', async () => {
    const old = { reason: '', author: 'bob', createdAt: MONDAY - 60 * DAY };
    await desk.store.addSuppression({ ...old, scope: { kind: 'ddos' }, expiresAt: null });
    await desk.store.addSuppression({ ...old, scope: { kind: 'dga' }, expiresAt: MONDAY - DAY });
    await desk.refreshSuppressions();
    await silenced.getByText('1 has expired; 1 was made a week ago or earlier and never silenced anything.').waitFor();
    await silenced.getByRole('button', { name: 'Remove these 2' }).click();
    await page.getByText('2 suppressions removed.').waitFor();
    expect(await rows()).toHaveLength(2);
    const told = page.locator('.toast').filter({ hasText: '2 suppressions removed.' });
    await told.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await rows()).length).toBe(4);
    await silenced.getByRole('button', { name: 'Remove these 2' }).click();
    await expect.poll(async () => (await rows()).length).toBe(2);
  });

  it('shows false alarms beside the budget, and says what nobody judged', async () => {
    const rate = page.getByRole('region', { name: 'False alarms' });
    await rate.getByText('Nobody has judged the').waitFor();
    await goTo(page, `c/1/incidents/${await incident('dns-tunnel')}`);
    await page.getByRole('button', { name: 'Set status' }).click();
    await page.getByRole('dialog', { name: 'Set status' }).getByText('False alarm', { exact: true }).click();
    await page.getByText('Wrong: there was nothing.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Status: False alarm.').waitFor();
    await goTo(page, 'history');
    await rate
      .getByText(/1 was judged: 1 false alarm, 0 expected, 0 closed as real\. The other \d+ are not judged/)
      .waitFor();
    await rate.getByRole('img', { name: /^False alarms a day on 7 days, beside a budget of/ }).waitFor();
    expect(await rate.locator('.recharts-bar-rectangle path').count()).toBeGreaterThan(0);
    expect(await seriousFaults(page)).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
});
