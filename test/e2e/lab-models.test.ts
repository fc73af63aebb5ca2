import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { sonde } from '../integration/cli/run.ts';
import { labelledRecords } from '../unit/lab/records.ts';
import { mixedCapture, withLabels } from './labelled-flows.ts';
import { browse, goTo, missing, seriousFaults, serve, skipTour, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('models of the lab in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-models-desk-'));
    writeFileSync(at('monday.pcap'), mixedCapture(900));
    const made = await sonde(['features', at('monday.pcap'), '--out', at('plain.csv')]);
    expect(made.code).toBe(0);
    writeFileSync(at('monday.csv'), withLabels(readFileSync(at('plain.csv'), 'utf8')));
    served = await serve(folder, ['--db', at('desk.db')]);
    browser = await browse();
    desk = await visit(browser, served.url);
    page = desk.page;
    page.setDefaultTimeout(30_000);
    await skipTour(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const at = (name: string): string => join(folder, name);
  const records = (path: string): Promise<void> => page.locator('input[type=file]').first().setInputFiles(path);
  const landed = (): Promise<void> => page.waitForURL(/#\/lab\/models\/\d+$/, { timeout: MINUTES });
  const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
  const dialog = (): Locator => page.getByRole('dialog');

  /** Opens a capture; its overview. */
  async function opened(path: string): Promise<void> {
    const before = page.url();
    await goTo(page, 'open');
    await page.locator('input[type=file]').setInputFiles(path);
    await page.waitForURL((url) => /#\/c\/\d+\/overview/.test(url.hash) && url.href !== before, { timeout: MINUTES });
    await page.locator('main h1').waitFor();
  }

  it(
    'trains on labelled flows, with progress, and judges by records that were held back',
    async () => {
      await goTo(page, 'lab');
      await page.getByRole('link', { name: 'Models', exact: true }).click();
      await page.getByText('No model was kept yet').waitFor();
      await page.keyboard.press('n');
      const train = page.getByRole('button', { name: 'Train' });
      expect(await train.isDisabled()).toBe(true);
      await records(at('monday.csv'));
      await page.getByText("recognised as Sonde's features with labels").waitFor();
      await page.getByText('Parameters, all as usual').click();
      await page.getByRole('textbox', { name: 'trees', exact: true }).fill('20');
      await page.getByText('Parameters (1 not as usual)').waitFor();
      await page.getByRole('textbox', { name: 'Name' }).fill('Monday');
      await train.click();
      await landed();
      await page.getByRole('heading', { level: 1, name: 'Monday' }).waitFor();
      const judged = await region('On records that were held back').textContent();
      expect(judged).toMatch(/ROC-AUC\s*0\.9\d\d|ROC-AUC\s*1\.000/);
      expect(judged).toMatch(/Judged without having seen (refused|silence)/);
      expect(await region('What it is').textContent()).toContain('585 ordinary, 315 attacks: monday.csv');
      expect(await region('What it is').textContent()).toContain('trees 20, maxDepth 40');
    },
    2 * MINUTES,
  );

  it(
    'promotes it: captures that are opened from then on are scored by it too',
    async () => {
      await page.getByRole('button', { name: 'Promote', exact: true }).click();
      expect(await dialog().getByRole('textbox', { name: 'Scores as' }).inputValue()).toBe('random-forest');
      await dialog().getByRole('textbox', { name: 'Scores as' }).fill('Not a name');
      expect(await dialog().getByRole('button', { name: 'Promote' }).isDisabled()).toBe(true);
      await dialog().getByRole('textbox', { name: 'Scores as' }).fill('forest');
      // Whoever promotes it learns what that comes to.
      await dialog().getByText('of 10,000 ordinary flows about 500 are marked as anomalous').waitFor();
      await dialog().getByRole('textbox', { name: 'Why' }).fill('refused ones matter here');
      await page.keyboard.press('Enter');
      await region('Where it may be used').getByText('lab:forest').waitFor();
      await opened(at('monday.pcap'));
      const scored = page.locator('details').filter({ hasText: 'Scored by 1 model of the lab too' });
      const text = await scored.getByRole('listitem').textContent();
      expect(text).toMatch(/^Monday \(lab:forest\): \d+ of 900 flows at or above its threshold$/);
      const alarms = Number(/: (\d+) of/.exec(text!)![1]);
      expect(alarms).toBeGreaterThanOrEqual(315);
      expect(alarms).toBeLessThan(450);
    },
    2 * MINUTES,
  );

  it(
    'learns again from another file, and sets both side by side',
    async () => {
      writeFileSync(at('tuesday.pcap'), mixedCapture(1400));
      expect((await sonde(['features', at('tuesday.pcap'), '--out', at('plain-2.csv')])).code).toBe(0);
      writeFileSync(at('tuesday.csv'), withLabels(readFileSync(at('plain-2.csv'), 'utf8')));
      await goTo(page, 'lab/models/1');
      await page.getByRole('button', { name: 'Retrain' }).click();
      await page.getByText('as the model was trained').waitFor();
      await region('Options').getByText('trees 20, maxDepth 40').waitFor();
      await records(at('tuesday.csv'));
      await page.getByRole('textbox', { name: 'Name' }).fill('Tuesday');
      await page.getByRole('button', { name: 'Retrain', exact: true }).click();
      await landed();
      await page.getByRole('heading', { level: 1, name: 'Tuesday' }).waitFor();
      const beside = region('Beside the one before');
      await beside.getByText(/^(The newer one is the better|The one before is the better|They are alike)$/).waitFor();
      expect(await beside.getByRole('columnheader').allTextContents()).toEqual(['Figure', 'Tuesday', 'Monday']);
      expect(await region('Where it may be used').textContent()).toContain('It is not promoted');
    },
    2 * MINUTES,
  );

  it(
    'promotes the newer one in its place, and rolls back',
    async () => {
      await page.getByRole('button', { name: 'Promote', exact: true }).click();
      // Where the one before scores.
      await dialog().getByText('It takes the place of Monday').waitFor();
      await dialog().getByRole('button', { name: 'Promote' }).click();
      await region('Where it may be used').getByText('lab:forest').waitFor();
      await goTo(page, 'lab/models');
      await region('Scoring captures now').getByRole('link', { name: 'Tuesday' }).waitFor();
      await page.getByRole('button', { name: 'Roll back lab:forest' }).click();
      await dialog().getByText('Monday scores as lab:forest again').waitFor();
      await dialog().getByRole('textbox', { name: 'Why' }).fill('too many alarms');
      await dialog().getByRole('button', { name: 'Roll back' }).click();
      await region('Scoring captures now').getByRole('link', { name: 'Monday' }).waitFor();
      await page.getByRole('button', { name: 'Withdraw lab:forest' }).click();
      await dialog().getByRole('button', { name: 'Withdraw' }).click();
      await region('Scoring captures now').getByText('None').waitFor();
      const changes = await region('What was changed').getByRole('listitem').allTextContents();
      expect(changes).toHaveLength(4);
      expect(changes[1]).toMatch(/back to Monday as lab:forest from Tuesday.*too many alarms/);
      expect(changes[3]).toContain('refused ones matter here');
      await opened(at('tuesday.pcap'));
      await page.getByRole('region').first().waitFor();
      expect(await page.getByText('of the lab too').count()).toBe(0);
    },
    2 * MINUTES,
  );

  it(
    'keeps a model from an experiment, and says why flows cannot be scored by it',
    async () => {
      writeFileSync(at('records.txt'), labelledRecords(1500, 1));
      await goTo(page, 'lab/new');
      await records(at('records.txt'));
      await page.getByRole('button', { name: 'None' }).click();
      await page.getByRole('checkbox', { name: 'k means', exact: true }).check();
      await page.getByRole('textbox', { name: 'Seeds' }).fill('3');
      await page.getByText('Parameters, all as usual').click();
      await page.getByRole('textbox', { name: 'Settings to try' }).fill('3');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.waitForURL(/#\/lab\/\d+$/, { timeout: MINUTES });
      const tried = region('Settings tried: k means');
      const chosen = await tried.getByRole('row').filter({ hasText: 'chosen' }).getByRole('cell').first().textContent();
      await page.getByRole('button', { name: 'Keep a model' }).click();
      await dialog().getByText(`Parameters: clusters ${chosen}`).waitFor();
      await dialog().getByRole('button', { name: 'Train and keep' }).click();
      await landed();
      await page.getByRole('heading', { level: 1, name: 'records.txt · k means' }).waitFor();
      expect(await page.getByRole('button', { name: 'Promote', exact: true }).isDisabled()).toBe(true);
      await page.getByText('It cannot score flows: it learned from NSL-KDD').waitFor();
      expect(await region('What it is').textContent()).toContain('experiment 1');
      expect(await region('What it is').textContent()).toContain(`clusters ${chosen}`);
    },
    2 * MINUTES,
  );

  it('leaves as a file, comes in again, is renamed and deleted', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('records-k-means.sonde-model');
    await download.saveAs(at('brought.sonde-model'));
    await goTo(page, 'lab/models');
    await page.getByLabel('Model file').setInputFiles(at('brought.sonde-model'));
    await page.getByRole('heading', { level: 1, name: 'brought' }).waitFor();
    await page.getByRole('button', { name: 'Rename' }).click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Brought in');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Brought in' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/#\/lab\/models$/);
    await region('Models that are kept').waitFor();
    // The list may be drawn as it was, until it is asked again.
    await page.getByRole('link', { name: 'Brought in' }).waitFor({ state: 'detached' });
    await page.getByLabel('Model file').setInputFiles(at('records.txt'));
    expect(await page.getByRole('alert').first().textContent()).toMatch(/^records\.txt: this is not a model/i);
  });

  it(
    'says of a bad file what is wrong, and can be cancelled',
    async () => {
      writeFileSync(at('binary.csv'), Buffer.from(Array.from({ length: 4000 }, (_, i) => i % 7)));
      await goTo(page, 'lab/models/new');
      await records(at('binary.csv'));
      await page.getByRole('button', { name: 'Train' }).click();
      const job = (name: string): Locator => page.locator('.job').filter({ hasText: name });
      expect(await job('binary.csv').getByRole('alert').textContent()).toMatch(/binary\.csv: holds binary data/);
      writeFileSync(at('long.txt'), labelledRecords(12_000, 1));
      await goTo(page, 'lab/models/new');
      await records(at('long.txt'));
      await page.locator('.lab-estimate').getByText('It will take a few seconds').waitFor();
      await page.getByText('Parameters, all as usual').click();
      await page.getByRole('textbox', { name: 'trees', exact: true }).fill('1000');
      await page.getByRole('button', { name: 'Train' }).click();
      // Sending can be cancelled too, and looks alike.
      await page.waitForURL(/job=\d+/);
      await job('long.txt').getByRole('button', { name: 'Cancel' }).click();
      await job('long.txt').getByText('nothing of it was kept').waitFor();
      expect(await page.getByRole('row').filter({ hasText: 'long.txt' }).count()).toBe(0);
    },
    2 * MINUTES,
  );

  it(
    'learns every day once that is turned on, and says what came of it',
    async () => {
      await goTo(page, 'lab/models/daily');
      await page.getByText('Nothing was learned again yet').waitFor();
      const daily = page.getByRole('switch', { name: 'Learn again every day' });
      expect(await daily.isChecked()).toBe(false);
      await daily.focus();
      await page.keyboard.press('Space');
      await page.getByLabel('Hour').selectOption('05:00');
      await expect.poll(() => page.getByLabel('Hour').inputValue()).toBe('5');
      await page.reload();
      await expect.poll(() => daily.isChecked()).toBe(true);
      await page.getByText(/Next: .* 05:00:00\./).waitFor();
      await page.getByRole('button', { name: 'Learn now' }).click();
      const changed = region('What changed');
      await changed.getByText('Judged incidents').waitFor({ timeout: MINUTES });
      expect(await changed.textContent()).toContain('asked for by');
    },
    2 * MINUTES,
  );

  it('shows what is damaged in the database as such, and the rest beside it', async () => {
    const db = new Database(at('desk.db'));
    db.exec("INSERT INTO retrain_runs (at, user, body) VALUES (0, 'ann', '{')");
    db.exec("UPDATE lab_models SET summary = '{' WHERE name LIKE '%k means'");
    db.close();
    await page.reload();
    const changed = region('What changed');
    await changed.getByText('is damaged and cannot be read').waitFor();
    await changed.getByText('Judged incidents').waitFor();
    await goTo(page, 'lab/models/3');
    await page.getByRole('heading', { level: 1, name: 'records.txt · k means' }).waitFor();
    const figures = await region('On records that were held back').getByRole('definition').allTextContents();
    expect(figures).toEqual(Array(5).fill('not measured'));
  });

  it('stands in the audit log, each change of it', async () => {
    await goTo(page, 'audit');
    await page.locator('main h1').waitFor();
    const rows = page.getByRole('row');
    for (const words of [
      'trained a model',
      'promoted a model',
      'rolled back',
      'withdrew a model',
      'brought in a model',
    ]) {
      await rows.filter({ hasText: words }).first().waitFor();
    }
  });

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const place of [
        'lab/models',
        'lab/models/new',
        'lab/models/1',
        'lab/models/2',
        'lab/models/2/again',
        'lab/models/daily',
      ]) {
        await goTo(page, place);
        await page.locator('main h1').waitFor();
        await page.locator('.loading').first().waitFor({ state: 'hidden' });
        expect(await seriousFaults(page), place).toEqual([]);
      }
      await goTo(page, 'lab/models/1');
      await page.getByRole('button', { name: 'Promote', exact: true }).click();
      await dialog().getByRole('textbox', { name: 'Why' }).waitFor();
      expect(await seriousFaults(page), 'the dialog').toEqual([]);
      await page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'hidden' });
    },
    2 * MINUTES,
  );

  it('asked nothing of the browser that it refused', () => {
    expect(desk.complaints).toEqual([]);
  });
});
