import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { sonde } from '../integration/cli/run.ts';
import { CONN_HEADER, conn, labelledRecords, unswFile } from '../unit/lab/records.ts';
import type { EvaluationReport } from '../../src-main/detect/lab/report.ts';
import { browse, goTo, missing, seriousFaults, serve, skipTour, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('the lab in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-lab-desk-'));
    served = await serve(folder, ['--db', join(folder, 'desk.db')]);
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

  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  /** The form with this training file. */
  async function chosen(path: string): Promise<void> {
    // By way of the list, so that the form begins anew.
    await goTo(page, 'lab');
    await goTo(page, 'lab/new');
    await page.locator('input[type=file]').first().setInputFiles(path);
  }

  /** … and, of the detectors, only these. */
  async function filled(path: string, detectors: readonly string[]): Promise<void> {
    await chosen(path);
    await page.getByRole('button', { name: 'None' }).click();
    for (const name of detectors) await page.getByRole('checkbox', { name, exact: true }).check();
  }

  async function saved(button: Locator): Promise<{ download: Download; text: string }> {
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    return { download, text: readFileSync(await download.path(), 'utf8') };
  }

  const matrix = async (): Promise<number[]> => {
    const cells = await page.locator('.lab-confusion td.number').allTextContents();
    return cells.map((text) => Number(text.replaceAll(',', '')));
  };

  const landed = (): Promise<void> => page.waitForURL(/#\/lab\/\d+$/, { timeout: MINUTES });

  it(
    'trains on a labelled file and judges: warned of a random split, led to the result',
    async () => {
      await page.getByRole('link', { name: 'Lab', exact: true }).click();
      await page.getByText('Nothing was tried yet').waitFor();
      await page.keyboard.press('e');
      expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
      await page.getByText(/Recognised from their columns.*NSL-KDD.*records of seven fields/).waitFor();
      const records = file('records.txt', labelledRecords(3000, 1));
      // What takes long is chosen by who wants it: before there are data what usually does, then what does by the estimate.
      const slow = page.getByRole('checkbox', { name: 'autoencoder', exact: true });
      expect(await page.getByRole('checkbox', { name: 'isolation forest', exact: true }).isChecked()).toBe(true);
      expect(await slow.isChecked()).toBe(false);
      await chosen(records);
      const estimate = page.locator('.lab-estimate');
      await estimate.getByText(/For some \d,\d00 records of \d+ encoded columns/).waitFor();
      expect(await estimate.textContent()).toContain('As measured on another machine');
      // Of so few records nothing does.
      expect(await slow.isChecked()).toBe(true);
      const all = await estimate.locator('strong').textContent();
      await filled(records, ['isolation forest', 'k means']);
      await expect.poll(() => estimate.locator('strong').textContent()).not.toBe(all);
      expect(await slow.isChecked()).toBe(false);
      await page.locator('.lab-detectors').getByText(/about \d+ seconds/).first().waitFor(); // prettier-ignore
      expect(await page.getByText('A random split puts records').count()).toBe(0);
      await page.getByRole('radio', { name: 'At random' }).check();
      await page.getByText('A random split puts records of the same attack on both sides.').waitFor();
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      await page.getByRole('heading', { level: 1, name: 'records.txt' }).waitFor();
      const notes = await page.getByRole('list', { name: 'Notes' }).textContent();
      expect(notes).toContain('A random split puts records of the same attack on both sides');
      // Only the view scrolls: what is for readers of screens alone makes the document no longer than the window.
      expect(await page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBe(0);
      const detectors = page.getByRole('region', { name: 'Detectors', exact: true });
      expect(await detectors.getByText('baseline').count()).toBe(2);
      expect(await detectors.getByText('selected', { exact: true }).count()).toBe(1);
      for (const title of [
        'ROC',
        'Precision and recall',
        'Scores by class',
        'At this threshold',
        'Kinds of attack',
        'Calibration',
        'Importance of columns',
        'What moves the scores',
        'Columns by class',
      ]) {
        await page.getByRole('region', { name: title, exact: true }).waitFor();
      }
    },
    2 * MINUTES,
  );

  it('moves the threshold by keys and by the pointer, and says what that comes to', async () => {
    const slider = page.getByRole('slider', { name: 'Threshold' });
    await slider.focus();
    await page.keyboard.press('End');
    await expect.poll(async () => (await matrix())[0]).toBe(0);
    const [, , alarmsAtEnd] = await matrix();
    expect(alarmsAtEnd).toBe(0);
    await page.getByText('moved by hand').waitFor();
    await page.keyboard.press('Home');
    await expect.poll(async () => (await matrix())[1]).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByText('as validation data set it').waitFor();
    const before = await matrix();
    const daily = page.locator('.lab-daily strong');
    const alarms = await daily.textContent();
    const box = (await slider.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 16, box.y + 60, { steps: 6 });
    await page.mouse.up();
    await expect.poll(matrix).not.toEqual(before);
    expect(await matrix()).toSatisfy((now: number[]) => now[0]! + now[1]! === before[0]! + before[1]!);
    expect(await daily.textContent()).not.toBe(alarms);
    // The address is the state.
    expect(page.url()).toMatch(/cut=\d+/);
    const moved = await matrix();
    await page.reload();
    await slider.waitFor();
    await expect.poll(matrix).toEqual(moved);
    await page.getByRole('button', { name: 'Take it back' }).click();
    await expect.poll(matrix).toEqual(before);
  });

  it('tells the spread of the seeds, and by what one is selected', async () => {
    const detectors = page.getByRole('region', { name: 'Detectors', exact: true });
    await detectors.getByText('No attack of the training data had a say.').waitFor();
    const auc = detectors
      .getByRole('row', { name: /isolation forest/ })
      .locator('td.number')
      .first();
    expect(await auc.textContent()).toMatch(/^[01]\.\d{3}$/);
    await detectors.getByText('Spread', { exact: true }).click();
    // One number where all seeds agree to the third decimal.
    expect(await auc.textContent()).toMatch(/^[01]\.\d{3}(–1?\.\d{3})?$/);
    await detectors.getByText('Means', { exact: true }).click();
  });

  it('shows how many clusters were tried, and what moves the scores', async () => {
    await page.getByRole('button', { name: 'k means' }).click();
    const clusters = page.getByRole('region', { name: 'Number of clusters', exact: true });
    await clusters.getByText('by the greatest silhouette, silhouette').waitFor();
    const tried = await saved(page.getByRole('button', { name: 'Number of clusters as CSV' }));
    const lines = tried.text.trim().split('\r\n');
    expect(lines[0]).toBe('clusters,inertia,silhouette,chosen,elbow');
    const rows = lines.slice(1).map((line) => line.split(',').map(Number));
    const chosen = rows.filter((row) => row[3] === 1);
    expect(chosen).toHaveLength(1);
    expect(Math.max(...rows.map((row) => row[2]!))).toBe(chosen[0]![2]);
    const picture = await saved(page.getByRole('button', { name: 'Number of clusters as SVG' }));
    expect(picture.text).toContain('silhouette');

    const moves = page.getByRole('region', { name: 'What moves the scores', exact: true });
    expect(await moves.locator('circle').count()).toBeGreaterThan(200);
    const dot = (await moves.locator('circle').nth(5).boundingBox())!;
    await page.mouse.move(dot.x + dot.width / 2, dot.y + dot.height / 2);
    await moves.getByText('contribution', { exact: true }).waitFor();
    const told = await saved(page.getByRole('button', { name: 'What moves the scores as CSV' }));
    const [head, ...records] = told.text.trim().split('\r\n');
    expect(head).toMatch(/^record,class,(\w+),\1: contribution/);
    expect(records).toHaveLength(120);
    expect(records.filter((line) => line.split(',')[1] === 'attack')).toHaveLength(60);
    const swarm = await saved(page.getByRole('button', { name: 'What moves the scores as SVG' }));
    expect(swarm.text).toContain('<circle');
    expect(swarm.text).not.toContain('var(--');
  });

  it('looks at another detector, and the figures are its own', async () => {
    await page.getByRole('button', { name: 'one-line rule' }).click();
    await page.getByRole('heading', { level: 2, name: 'one-line rule' }).waitFor();
    expect(page.url()).toContain('d=one-rule');
  });

  it('gives every figure as SVG and CSV', async () => {
    const roc = await saved(page.getByRole('button', { name: 'ROC as SVG' }));
    expect(roc.download.suggestedFilename()).toBe('experiment-1-one-rule-roc.svg');
    expect(roc.text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(roc.text).toContain('<path');
    expect(roc.text).not.toContain('var(--');
    const scores = await saved(page.getByRole('button', { name: 'Scores by class as CSV' }));
    expect(scores.text.split('\r\n')[0]).toBe('score from,score to,ordinary records,attacks,alarm');
    const rows = scores.text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    const alarms = (column: number): number =>
      rows.filter((row) => row[4] === 1).reduce((sum, row) => sum + row[column]!, 0);
    expect([alarms(3), alarms(2)]).toEqual([(await matrix())[0], (await matrix())[2]]);
    const boxes = await saved(page.getByRole('button', { name: 'Columns by class as SVG' }));
    expect(boxes.text).toContain('Kolmogorov–Smirnov');
  });

  it(
    'exports the experiment, which the command line repeats to the digit',
    async () => {
      const { text } = await saved(page.getByRole('button', { name: 'Export experiment' }));
      const path = file('experiment.json', text);
      const { report } = JSON.parse(text) as { report: EvaluationReport };
      const ran = await sonde(['evaluate', '--experiment', path, '--json']);
      expect([ran.code, ran.stderr]).toEqual([0, '']);
      const untimed = ({ results, details, ...rest }: EvaluationReport): unknown =>
        [rest, ...results, ...details!.baselines].map((each) => ({ ...each, fitMs: 0, scoreMs: 0 }));
      expect(untimed(JSON.parse(ran.stdout) as EvaluationReport)).toEqual(untimed(report));
    },
    MINUTES,
  );

  it('shows how detectors were set, and gives that as CSV', async () => {
    await page.getByRole('region', { name: 'Settings', exact: true }).getByText('each class counts half').waitFor();
    const used = await saved(page.getByRole('button', { name: 'Settings as CSV' }));
    const [head, ...rows] = used.text.trim().split('\r\n');
    expect(head).toBe('detector,parameter,value');
    expect(rows).toEqual(expect.arrayContaining(['isolation-forest,trees,150', 'k-means,clusters,0']));
  });

  it(
    'holds back as if traffic had drifted, tries settings, and shows what both came to',
    async () => {
      await filled(file('drift.txt', labelledRecords(1200, 5)), ['k means']);
      await page.getByRole('radio', { name: 'As if traffic had drifted' }).check();
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByText('Parameters, all as usual').click();
      await page.getByRole('textbox', { name: 'Settings to try' }).fill('3');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      const tried = page.getByRole('region', { name: 'Settings tried: k means', exact: true });
      await tried.getByText('chosen', { exact: true }).waitFor();
      expect(await tried.locator('tbody tr').count()).toBe(3);
      const { text } = await saved(page.getByRole('button', { name: 'Settings tried: k means as CSV' }));
      expect(text.split('\r\n')[0]).toBe('clusters,ROC-AUC 1,ROC-AUC 2,ROC-AUC 3,mean,chosen');
      await page.getByText('What columns matter is not measured').waitFor();
      await page.getByText('Options', { exact: false }).first().click();
      await page.getByText('six times, as if traffic had drifted').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    },
    2 * MINUTES,
  );

  it(
    'says what data of two formats were compared by',
    async () => {
      const lines = Array.from({ length: 600 }, (_, i) =>
        conn({
          ts: String(1655071198 + i * 7),
          uid: `C${i}`,
          ...(i % 3 === 0
            ? { label: 'Malicious' }
            : { label: 'Benign', conn_state: 'SF', orig_pkts: String(4 + (i % 9)) }),
        }),
      );
      await filled(file('zeek.txt', `${[...CONN_HEADER, ...lines].join('\n')}\n`), ['isolation forest']);
      const test = file('unsw.txt', unswFile(82_332, 600, 0));
      await page.locator('input[type=file]').nth(1).setInputFiles(test);
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      const shared = page.getByRole('region', { name: 'Compared by', exact: true });
      await shared.getByText(/\d+ columns? of the test data left out/).waitFor();
      const { text } = await saved(page.getByRole('button', { name: 'Compared by as CSV' }));
      expect(text.split('\r\n')[0]).toBe('feature,unit,training data,test data,estimated');
      expect(text).toMatch(/^left out,,,\w+,$/m);
    },
    2 * MINUTES,
  );

  it(
    'compares two experiments',
    async () => {
      await chosen(join(folder, 'records.txt'));
      await page.getByRole('radio', { name: 'With labels' }).check();
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByRole('textbox', { name: 'Name' }).fill('with labels');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      await goTo(page, 'lab');
      for (const name of ['Compare records.txt (1)', /^Compare with labels \(\d+\)/]) {
        await page.getByRole('checkbox', { name }).check();
      }
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      await page.waitForURL(/lab\/compare\/1\/\d+/);
      await page.getByText('Learns from ≠').waitFor();
      await page.getByText('They were not judged by the same records').waitFor();
    },
    2 * MINUTES,
  );

  it(
    'tries the same with the columns that a network is learned by heart by, and shows both side by side',
    async () => {
      const lines = Array.from({ length: 900 }, (_, i) =>
        conn({
          ts: String(1655071198 + i * 7),
          uid: `C${i}`,
          'id.orig_h': `10.0.0.${i % 3 === 0 ? 66 : i % 5}`,
          ...(i % 3 === 0
            ? { label: 'Malicious' }
            : { label: 'Benign', conn_state: 'SF', orig_pkts: String(4 + (i % 9)) }),
        }),
      );
      await filled(file('conn.txt', `${[...CONN_HEADER, ...lines].join('\n')}\n`), ['k means', 'DBSCAN']);
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      const judged = page.getByRole('region', { name: 'What was judged', exact: true });
      await judged.getByText('id.orig_h').first().waitFor();
      await page.getByRole('button', { name: 'DBSCAN', exact: true }).click();
      await page.getByRole('region', { name: 'How near is near', exact: true }).getByText('are dense').waitFor();
      await judged.getByRole('button', { name: 'Compare with them' }).click();
      await page.waitForURL(/lab\/compare\/\d+\/\d+/, { timeout: MINUTES });
      await page.getByText('Addresses, ports, times ≠').waitFor();
      const alarms = page.getByRole('region', { name: 'Alarms a day', exact: true });
      const cell = alarms
        .getByRole('row', { name: /DBSCAN/ })
        .locator('td.number')
        .first();
      const before = await cell.textContent();
      await alarms.getByRole('textbox', { name: 'Records a day' }).fill('5000000');
      await expect.poll(() => cell.textContent()).not.toBe(before);
      const both = page.url();
      expect(await seriousFaults(page)).toEqual([]);
      // The second time it is there already.
      await page.goBack();
      await goTo(page, `lab/${/compare\/(\d+)/.exec(both)![1]}`);
      await page.getByRole('button', { name: 'Compare with them' }).click();
      await page.waitForURL(both);
    },
    2 * MINUTES,
  );

  it(
    'notices a swapped pair of UNSW-NB15, and records that stand on both sides',
    async () => {
      await filled(file('UNSW_train.txt', unswFile(82_332, 700, 0)), ['isolation forest']);
      const test = file('UNSW_test.txt', unswFile(175_341, 700, 660));
      await page.locator('input[type=file]').nth(1).setInputFiles(test);
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      const judged = page.getByRole('region', { name: 'What was judged', exact: true });
      await judged.getByText('here it is the other way round').waitFor();
      await judged.getByText('40 test records also in the training data, left out').waitFor();
    },
    2 * MINUTES,
  );

  it('says of a file without labels what it lacks, before anything is sent', async () => {
    await chosen(file('no-label.txt', labelledRecords(300, 1).replaceAll(/,\w+,21$/gm, '')));
    await page.getByText('The training data are of no format that is known').waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    await page.getByText('Say which column is the label, and mark values of it.').waitFor();
  });

  it.each([
    [
      'one-class.txt',
      labelledRecords(300, 1).replaceAll(/,(neptune|satan),/g, ',normal,'),
      /one-class\.txt: there are no attacks/,
    ],
    ['binary.txt', Buffer.from(Array.from({ length: 4000 }, (_, i) => i % 7)), /binary\.txt: holds binary data/],
  ])('%s ends in a clear message', async (name, content, words) => {
    await filled(file(name, content), ['isolation forest']);
    await page.getByRole('button', { name: 'Start' }).click();
    const job = page.locator('.job').filter({ hasText: name });
    await job.getByText('Came to nothing').waitFor();
    expect(await job.getByRole('alert').textContent()).toMatch(words);
  });

  it(
    'reads any CSV once its label is said',
    async () => {
      const rows = Array.from(
        { length: 1200 },
        (_, i) => `${i % 3 === 0 ? 90 : i % 7},${i * 37},${i % 3 === 0 ? 'DoS' : 'benign'}`,
      );
      await chosen(file('any.csv', `packets,bytes,label\n${rows.join('\n')}\n`));
      const columns = page.getByRole('region', { name: 'Columns', exact: true });
      await columns.waitFor();
      expect(await columns.getByLabel('Label', { exact: true }).inputValue()).toBe('label');
      expect(await columns.getByRole('checkbox', { name: 'benign' }).isChecked()).toBe(true);
      await columns.getByText('What the other 2 columns are').click();
      await columns.getByLabel('Role of bytes').selectOption('shortcut');
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('radio', { name: 'With labels' }).check();
      await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
      await page.getByRole('button', { name: 'Start' }).click();
      await landed();
      await page.getByRole('region', { name: 'Kinds of attack' }).getByText('DoS').waitFor();
      await page.getByText('Options', { exact: false }).first().click();
      await page.getByText('label, where benign is ordinary').waitFor();
    },
    MINUTES,
  );

  it('can be cancelled', async () => {
    await filled(file('long.txt', labelledRecords(12_000, 1)), ['autoencoder', 'k nearest', 'local outlier']);
    await page.getByRole('button', { name: 'Start' }).click();
    // Sending can be cancelled too, and looks alike.
    await page.waitForURL(/job=\d+/);
    const job = page.locator('.job').filter({ hasText: 'long.txt' });
    await job.getByRole('button', { name: 'Cancel' }).click();
    await job.getByText('nothing of it was kept').waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'long.txt' }).count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const place of ['lab', 'lab/new', 'lab/1', 'lab/2', 'lab/compare/1/2']) {
        await goTo(page, place);
        await page.locator('main h1').waitFor();
        await page.locator('.loading').first().waitFor({ state: 'hidden' });
        expect(await seriousFaults(page), place).toEqual([]);
      }
    },
    2 * MINUTES,
  );

  it('asked nothing of the browser that it refused', () => {
    expect(desk.complaints).toEqual([]);
  });
});
