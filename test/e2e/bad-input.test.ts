import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs, suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, SAMPLE, serve, serveHere, skipTour, visit, type Served } from './support.ts';

const MINUTES = 60_000;
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A pcap file (microseconds, little-endian) of `link` with a record a second. */
function pcap(link: number, packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  [0xa1b2c3d4, 0x00040002, 0, 0, 65_535, link].forEach((word, i) => header.writeUInt32LE(word, i * 4));
  const records = packets.map((packet, i) => {
    const head = Buffer.alloc(16);
    [1_773_133_200 + i, 0, packet.length, packet.length].forEach((word, k) => head.writeUInt32LE(word, k * 4));
    return Buffer.concat([head, packet]);
  });
  return Buffer.concat([header, ...records]);
}

/** A spanning-tree frame (IEEE 802.1D): what is left on a wire where nobody speaks IP. */
const STP = Buffer.concat([Buffer.from('0180c2000000a483e7c9a52c0026424203', 'hex'), Buffer.alloc(43)]);
const SILENT = Array.from({ length: 20 }, () => STP);

suiteNeeds(missing === null, missing ?? '')('bad input in the browser', () => {
  let folder: string;
  let browser: Browser;
  let served: Served;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-bad-'));
    // Read before anything else: a file that was named and is gone by then.
    served = await serve(folder, ['--db', join(folder, 'desk.db'), join(folder, 'vanished.pcap')]);
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

  function file(name: string, content: string | Buffer): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  async function open(path: string, on = page): Promise<Locator> {
    await goTo(on, 'open');
    await on.locator('input[type=file]').setInputFiles(path);
    return on
      .locator('.job')
      .filter({ hasText: path.split('/').at(-1)! })
      .first();
  }

  /** What was read without damage is shown at once. */
  const landed = (on = page): Promise<void> => on.waitForURL(/#\/c\/\d+\/overview/, { timeout: MINUTES });

  async function refusal(path: string, on = page): Promise<string> {
    const job = await open(path, on);
    await job.getByText('Not read').waitFor({ timeout: MINUTES });
    return (await job.getByRole('alert').textContent()) ?? '';
  }

  /** The desk still takes a capture. */
  async function goesOn(on = page, name = 'silent-again.pcap'): Promise<void> {
    await open(file(name, pcap(1, SILENT)), on);
    await landed(on);
  }

  it('a file that was named at the start and is gone', async () => {
    await goTo(page, 'open');
    const job = page.locator('.job').filter({ hasText: 'vanished.pcap' });
    expect(await job.getByRole('alert').textContent()).toBe(
      `${join(folder, 'vanished.pcap')}: no such file. Check the path.`,
    );
  });

  it.each([
    [
      'notes.pcap',
      'These are notes, not packets.\n'.repeat(20),
      'notes.pcap: not a packet capture; it looks like text. Give a pcap or pcapng file, plain or compressed with gzip or zstd.',
    ],
    [
      'nothing.pcap',
      '',
      'nothing.pcap: is empty (0 bytes). Was the capture stopped before its first packet was written?',
    ],
    [
      'noise.pcapng',
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 197 + 91) % 251)),
      'noise.pcapng: not a packet capture',
    ],
  ])('%s is refused in plain words, and nothing of it stays', async (name, content, words) => {
    expect(await refusal(file(name, content))).toContain(words);
    // It is said at once; the file goes a moment later.
    const left = (): string[] => readdirSync(join(folder, 'desk.db.captures')).filter((each) => each.endsWith(name));
    await expect.poll(left).toEqual([]);
    await expect.poll(() => page.getByRole('row').filter({ hasText: name }).count()).toBe(0);
    await goesOn();
  });

  it('a capture that is cut off: what was read is judged, and where it broke off is said', async () => {
    const whole = gunzipSync(readFileSync(SAMPLE));
    const job = await open(file('cut.pcapng', whole.subarray(0, 5_000_001)));
    await job.getByText('the file ends in the middle of a record; everything before it was read').waitFor();
    await job.getByRole('link', { name: 'See what happened' }).click();
    await page.getByText('Not all of the input was analysed.').waitFor();
    await goTo(page, 'open');
    await page.getByRole('row').filter({ hasText: 'cut.pcapng' }).getByText('partly read').waitFor();
  });

  it.each([
    ['silent.pcap', pcap(1, SILENT), /There is no IP traffic in this capture/],
    ['strange-link.pcap', pcap(9999, SILENT), /There is no IP traffic in this capture/],
    ['no-packet.pcap', pcap(1, []), /There is no packet in this capture/],
  ])('%s is no all-clear: it says that there was nothing to judge, in every view', async (name, content, words) => {
    const job = await open(file(name, content));
    if (name.startsWith('strange'))
      await job.getByRole('link', { name: 'See what happened' }).click({ timeout: MINUTES });
    else await landed();
    await page.getByRole('heading', { level: 1, name: words }).waitFor();
    await page.getByText('Was the right network card captured').waitFor();
    if (name.startsWith('strange')) await page.getByText('a link type that cannot be decoded').waitFor();
    const capture = /#\/(c\/\d+)\//.exec(page.url())![1]!;
    for (const view of ['incidents', 'hosts', 'flows', 'graph']) {
      await goTo(page, `${capture}/${view}`);
      await page.locator('main .state-title').first().waitFor();
      expect(await page.locator('.error-note').count()).toBe(0);
    }
  });

  it('a capture whose file is gone still shows everything, and says why it has no packets to export', async () => {
    await open(file('gone.pcapng.gz', readFileSync(SAMPLE)));
    await landed();
    const uploads = join(folder, 'desk.db.captures');
    const stored = readdirSync(uploads).find((name) => name.endsWith('gone.pcapng.gz'))!;
    const keptAside = readFileSync(join(uploads, stored));
    rmSync(join(uploads, stored));
    await page
      .getByRole('link', { name: /guessed passwords/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Packets for Wireshark' }).click();
    const told = page.getByRole('alert').filter({ hasText: 'gone.pcapng.gz' });
    await told.waitFor();
    const text = (await told.textContent())!;
    expect(text).toContain('no such file');
    expect(text).not.toContain(stored);
    writeFileSync(join(uploads, stored), keptAside);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      told.getByRole('button', { name: 'Try again' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.pcapng$/);
  });

  needs(canMount, 'a small file system can only be mounted by root on Linux')(
    'a full disk is said, what was kept before is there, and freeing space is the way on',
    async () => {
      const small = mkdtempSync(join(tmpdir(), 'sonde-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=7m', 'tmpfs', small]);
      const full = await serve(join(small, 'x'), ['--db', join(small, 'desk.db')]);
      try {
        const { page: here, context } = await visit(browser, full.url);
        here.setDefaultTimeout(30_000);
        await skipTour(here);
        await goesOn(here, 'before.pcap');
        // Too big to be sent, then small enough to be sent but not to be kept.
        const sent = file('large.pcapng', gunzipSync(readFileSync(SAMPLE)).subarray(0, 8_000_000));
        await goTo(here, 'open');
        await here.locator('input[type=file]').setInputFiles(sent);
        await here
          .getByText('The disk of the server is full')
          .or(here.getByText('the disk of the server is full'))
          .waitFor();
        const kept = file('packed.pcapng.gz', readFileSync(SAMPLE));
        expect(await refusal(kept, here)).toContain('the disk is full');
        await here.getByRole('row').filter({ hasText: 'before.pcap' }).waitFor();
        execFileSync('mount', ['-o', 'remount,size=200m', small]);
        await open(kept, here);
        await landed(here);
        await here.getByRole('heading', { level: 1, name: /critical/ }).waitFor();
        await context.close();
      } finally {
        await full.end('SIGTERM');
        execFileSync('umount', [small]);
        rmSync(small, { recursive: true });
      }
    },
    3 * MINUTES,
  );

  it('a reading thread that runs out of memory says so, and the desk goes on', async () => {
    const limit = { NODE_OPTIONS: '--max-old-space-size=48' };
    const tight = await serve(join(folder, 'tight'), [SAMPLE], limit);
    try {
      const { page: here, context } = await visit(browser, tight.url);
      here.setDefaultTimeout(30_000);
      await skipTour(here);
      const job = here.locator('.job').filter({ hasText: 'office-hour' });
      await job.getByText('Not read').waitFor({ timeout: MINUTES });
      expect(await job.getByRole('alert').textContent()).toMatch(
        /^there was not enough memory for this import.*editcap/,
      );
      await here.getByRole('row').filter({ hasText: 'office-hour' }).getByText('import not ended').waitFor();
      await goesOn(here);
      await context.close();
    } finally {
      await tight.end('SIGTERM');
    }
  });

  it('a reading thread that dies shows as such, and the next import works', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    const { url, desk, end } = await serveHere(own);
    try {
      const { page: here, context } = await visit(browser, url);
      here.setDefaultTimeout(30_000);
      await skipTour(here);
      cpSync(SAMPLE, join(folder, 'dying.pcapng.gz'));
      const job = await open(join(folder, 'dying.pcapng.gz'), here);
      await job.getByText('Scoring flows').or(job.getByText('Keeping the results')).waitFor({ timeout: MINUTES });
      await desk.jobs.kill(1);
      await job.getByText('Not read').waitFor();
      expect(await job.getByRole('alert').textContent()).toContain('ended unexpectedly');
      await here.getByRole('row').filter({ hasText: 'dying.pcapng.gz' }).getByText('import not ended').waitFor();
      await goesOn(here);
      await context.close();
    } finally {
      await end();
    }
  });

  it('a program that was killed in the middle of an import says so when it is back', async () => {
    const path = file('half.pcapng', gunzipSync(readFileSync(SAMPLE)));
    const job = await open(path);
    const row = page.getByRole('row').filter({ hasText: 'half.pcapng' }).getByText('import not ended');
    await job.getByText('Reading packets').waitFor();
    await row.waitFor();
    await served.end('SIGKILL');
    await page.getByText('The program does not answer.').waitFor();
    served = await serve(folder, ['--db', join(folder, 'desk.db'), '--port', served.port]);
    const again = await visit(browser, served.url);
    page = again.page;
    page.setDefaultTimeout(30_000);
    await page.getByRole('row').filter({ hasText: 'half.pcapng' }).getByText('import not ended').waitFor();
    await page.getByRole('row').filter({ hasText: 'half.pcapng' }).getByRole('link').first().click();
    await page.getByText('its import or live session still runs, or was ended before its end').waitFor();
    await goesOn();
  });
});
