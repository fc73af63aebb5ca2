import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabJob } from '../../src-shared/contract/topics/lab.ts';
import { experimentEnded, testDesk } from '../integration/serve/desk-client.ts';
import { suiteNeeds } from '../setup/skip.ts';
import * as bad from '../unit/lab/bad-files.ts';
import { browse, goTo, missing, serve, skipTour, visit, type Served } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('the lab and files that nobody can learn from, in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-lab-bad-'));
    served = await serve(folder, ['--db', join(folder, 'desk.db')]);
    browser = await browse();
    page = (await visit(browser, served.url)).page;
    page.setDefaultTimeout(30_000);
    await skipTour(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  async function choose(path: string): Promise<void> {
    // By way of the list, so that the form begins anew.
    await goTo(page, 'lab');
    await page.getByRole('heading', { level: 1, name: 'New experiment' }).waitFor({ state: 'detached' });
    await goTo(page, 'lab/new');
    await page.locator('input[type=file]').first().setInputFiles(path);
  }

  async function chosen(name: string, content: string | Buffer): Promise<void> {
    const path = join(folder, name);
    writeFileSync(path, content);
    await choose(path);
  }

  const start = () => page.getByRole('button', { name: 'Start', exact: true });

  /** What the form says of the file before anything of it is sent but its beginning. */
  async function toldAtOnce(): Promise<string> {
    return (await page.getByRole('main').getByRole('alert').textContent()) ?? '';
  }

  /** What the experiment came to, once it was started. */
  async function toldByJob(name: string): Promise<string> {
    await page.getByRole('button', { name: 'None' }).click();
    await page.getByRole('checkbox', { name: 'isolation forest', exact: true }).check();
    await start().click();
    const job = page.locator('.job').filter({ hasText: name });
    await job.getByText('Came to nothing').waitFor();
    return (await job.getByRole('alert').textContent()) ?? '';
  }

  const uploads = (): string[] => readdirSync(join(folder, 'desk.db.captures'));

  it('a wrong delimiter: by what it seems to be divided, before it is sent', async () => {
    await chosen('colons.csv', bad.wrongDelimiter);
    expect(await toldAtOnce()).toBe(
      'The training data are of no format that is known: its lines are not divided by commas, semicolons, tabs or bars, ' +
        'but, it seems, by colons. Divide it by commas; the command line also takes its delimiter in a map ({"delimiter":":"}).',
    );
    expect(await start().isDisabled()).toBe(true);
    await page.getByText('Choose other training data.').waitFor();
  });

  it('the wrong delimiter of a known format: which it is', async () => {
    await chosen('semicolons.txt', bad.kddBySemicolons);
    await page.getByText('of no format that is known: it is NSL-KDD divided by semicolons').waitFor();
    expect(await start().isDisabled()).toBe(true);
  });

  it('no label column: asks which it is', async () => {
    await chosen('no-label.csv', bad.noLabel);
    await page.getByText('no label column is among its columns, divided by commas (packets, bytes, proto)').waitFor();
    await page.getByText('Say which column is the label, and mark values of it.').waitFor();
    expect(await start().isDisabled()).toBe(true);
  });

  it('one class only: which is missing, and what the label says', async () => {
    await chosen('one-class.csv', bad.oneClass);
    await page.getByRole('region', { name: 'Columns', exact: true }).waitFor();
    const told = await toldByJob('one-class.csv');
    expect(told).toContain('one-class.csv: there are no attacks to judge by');
    expect(told).toContain('The label says benign (300).');
    expect(told).toContain('Name files with both ordinary records and attacks');
    expect(told).not.toContain('--');
  });

  it('binary data: said at once, and again where it is started all the same', async () => {
    await chosen('binary.csv', bad.binary);
    const words = 'holds binary data, not lines of text. Name a text file.';
    expect(await toldAtOnce()).toBe(`binary.csv: ${words}`);
    expect(await toldByJob('binary.csv')).toBe(`binary.csv: ${words}`);
    await expect.poll(uploads).toEqual([]);
  });

  it('a quote that never closes: in which line it opens', async () => {
    await chosen('quote.csv', bad.openQuote);
    await page.getByRole('region', { name: 'Columns', exact: true }).waitFor();
    expect(await toldByJob('quote.csv')).toBe(
      `quote.csv: the quote that opens in line ${bad.OPEN_LINE} never closes. ` +
        'Close it, or leave quotes out; a quote inside a quoted field is doubled.',
    );
  });

  it('10,000 columns: how many there are and may be, before it is sent', async () => {
    await chosen('wide.csv', bad.wide);
    expect(await toldAtOnce()).toBe(
      'The training data are of no format that is known: it has 10,000 columns, and at most 2,000 are read. ' +
        'Leave out columns that say nothing.',
    );
    expect(await start().isDisabled()).toBe(true);
  });

  it(
    '3 GB: sending tells how far it is and can be cancelled, in little memory, and nothing of it stays',
    async () => {
      const path = join(folder, 'huge.txt');
      bad.hugeFile(path, 1 << 20);
      await choose(path);
      await page.getByText('The training data are recognised as NSL-KDD.').waitFor();
      await start().click();
      const sending = page.getByText(/^Sending huge\.txt: [\d.]+ MB of 3\.\d+ GB/);
      await sending.waitFor({ timeout: MINUTES });
      const bar = page.getByRole('progressbar', { name: 'Sent' });
      await expect
        .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: MINUTES })
        .toBeGreaterThan(2);
      const peak = bad.peakMemory(served.child.pid);
      await page.getByRole('status').getByRole('button', { name: 'Cancel' }).click();
      await sending.waitFor({ state: 'hidden' });
      await expect.poll(uploads).toEqual([]);
      expect(await page.locator('.job').filter({ hasText: 'huge.txt' }).count()).toBe(0);
      if (peak !== undefined) expect(peak).toBeLessThan(bad.GIBIBYTE);
      expect(await start().isDisabled()).toBe(false);
    },
    3 * MINUTES,
  );

  it(
    '3 GB that lie on this machine: reading tells how far it is and can be cancelled, in the memory of what was read',
    async () => {
      const path = join(folder, 'lies-here.txt');
      bad.hugeFile(path, 0.35 * bad.GIBIBYTE);
      const t = await testDesk({ database: join(folder, 'paths.db') });
      try {
        const before = process.memoryUsage.rss();
        let most = 0;
        const steps: string[] = [];
        let job = 0;
        t.client.lab.progress(
          {},
          {
            next: ({ step }: LabJob) => {
              steps.push(step);
              most = Math.max(most, process.memoryUsage.rss());
              if (step.includes('10 %')) void t.client.lab.cancel({ job });
            },
          },
        );
        ({ job } = await t.client.lab.start({ train: [{ kind: 'path', path }], detectors: ['mean-z2'], seeds: [1] }));
        const ended = await experimentEnded(t.client, job);
        expect(ended).toMatchObject({ stage: 'cancelled', experiment: null, error: null });
        expect(steps.some((step) => /: 5 % \(15\d of 3,072 MiB, [\d,]+ records\)/.test(step))).toBe(true);
        expect(most - before).toBeLessThan(1.25 * bad.GIBIBYTE);
        expect((await t.client.lab.list({})).experiments).toEqual([]);
      } finally {
        await t.desk.close();
      }
    },
    3 * MINUTES,
  );

  it(
    '3 GB that end in zeros: refused in the line in which they begin, without reading on',
    async () => {
      const path = join(folder, 'hole.txt');
      const lines = bad.hugeFile(path, 1 << 20);
      const t = await testDesk({ database: join(folder, 'hole.db') });
      try {
        const { job } = await t.client.lab.start({
          train: [{ kind: 'path', path }],
          detectors: ['mean-z2'],
          seeds: [1],
        });
        const { error, secondsElapsed } = await experimentEnded(t.client, job);
        expect(error!.message).toContain(`holds binary data from line ${(lines + 1).toLocaleString('en')} on`);
        expect(error!.cure).toBe('Cut it off before that line, or fetch it again.');
        expect(secondsElapsed).toBeLessThan(20);
      } finally {
        await t.desk.close();
      }
    },
    MINUTES,
  );

  it('goes on after all of them: a good file is learned from', async () => {
    const rows = Array.from(
      { length: 1200 },
      (_, i) => `${i % 3 === 0 ? 90 : i % 7},${i * 37},${i % 3 ? 'benign' : 'DoS'}`,
    );
    await chosen('good.csv', `packets,bytes,label\n${rows.join('\n')}\n`);
    await page.getByRole('region', { name: 'Columns', exact: true }).waitFor();
    await page.getByRole('radio', { name: 'With labels' }).check();
    await page.getByRole('radio', { name: 'At random' }).check();
    await page.getByRole('textbox', { name: 'Seeds' }).fill('1');
    await start().click();
    await page.waitForURL(/#\/lab\/\d+$/, { timeout: MINUTES });
    await page.getByRole('heading', { level: 1, name: 'good.csv' }).waitFor();
  });
});
