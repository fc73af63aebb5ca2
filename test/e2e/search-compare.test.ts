/** Search over all captures, and two captures held against each other, in a browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapFile } from '../generator/write.ts';
import { Talk } from '../unit/signatures/talk.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit, type Visit } from './support.ts';

const MINUTES = 60_000;
const PICTURES = process.env['SONDE_PICTURES'];
const AGENT = 'StrangeLoader/7';

/** Requests of the client to the server; the second day has one more port and an agent of its own. */
function capture(day: number): Buffer {
  const talks = [80, 8080].slice(0, day + 1).flatMap((port, n) =>
    Array.from({ length: 3 + day * 5 }, (_, i) =>
      new Talk(port, 40_000 + n * 100 + i)
        .open()
        .up(`GET /${i} HTTP/1.1\r\nHost: shop.example\r\n${port === 8080 ? `User-Agent: ${AGENT}\r\n` : ''}\r\n`)
        .down(`HTTP/1.1 200 OK\r\nContent-Length: ${400 * day + 2}\r\n\r\n${'x'.repeat(400 * day + 2)}`)
        .close(),
    ),
  );
  const start = 1_700_000_000_000_000_000n + BigInt(day) * 86_400_000_000_000n;
  const packets = talks.flatMap(({ frames }, i) =>
    frames.map((data, k) => ({ ts: start + BigInt(i * 1000 + k) * 1_000_000n, data })),
  );
  return Buffer.from(pcapFile(packets));
}

describe.skipIf(missing !== null)('search and comparison in a browser', { timeout: 3 * MINUTES }, () => {
  let folder: string;
  let served: Awaited<ReturnType<typeof serveHere>>;
  let browser: Browser;
  let seen: Visit;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-search-'));
    served = await serveHere(folder);
    browser = await browse();
    seen = await visit(browser, served.url, 'light', { timezoneId: 'UTC' });
    page = seen.page;
    page.setDefaultTimeout(30_000);
    await skipTour(page);
    for (const [day, name] of ['monday.pcap', 'tuesday.pcap'].entries()) {
      writeFileSync(join(folder, name), capture(day));
      await served.desk.jobs.whenEnded(served.desk.importFiles([join(folder, name)]));
    }
    dialog = page.getByRole('dialog', { name: 'Search all captures' });
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200);
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  it('opens with its key, answers as one types, and leads to the host by the keyboard alone', async () => {
    await goTo(page, 'compare');
    await page.getByText('Choose what to compare').waitFor();
    await page.keyboard.press('/');
    await dialog.getByRole('combobox').waitFor();
    await page.keyboard.type('192.168.1.');
    await dialog.getByRole('group', { name: 'Hosts' }).getByRole('option').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('search-address');
    await dialog.getByText('Taken for: the beginning of an address').waitFor();
    await page.keyboard.press('ArrowDown');
    const chosen = dialog.locator('[aria-selected="true"]');
    const address = /^[\d.]+/.exec((await chosen.innerText()).trim())?.[0] ?? '';
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.waitForURL(`**/hosts/${address}`);
  });

  it('finds what only flows tell when it is asked to look through them, and leads to the flows', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('/');
    await dialog.getByRole('combobox').fill(AGENT);
    await dialog.getByText('Nothing found so far').waitFor();
    await dialog.getByRole('button', { name: 'Search flows too' }).click();
    await dialog.getByText('All flows were looked through: 2 of 2 captures').waitFor();
    await picture('search-flows');
    await dialog.getByRole('option', { name: /8 flows/ }).click();
    await page.waitForURL('**/flows?q=*');
    expect(decodeURIComponent(page.url())).toContain(AGENT);
    await page.keyboard.press('g');
    await page.keyboard.press('/');
    await dialog.getByRole('combobox').fill('no such thing');
    await dialog.getByText('Nothing found so far').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('leaves the key to a view that has a search of its own', async () => {
    await goTo(page, 'audit');
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    await page.keyboard.press('/');
    expect(await dialog.isVisible()).toBe(false);
    await page.keyboard.press('Escape');
  });

  it('compares two captures that are chosen in the list, and says what explains the difference', async () => {
    await goTo(page, 'open');
    await page.getByRole('button', { name: 'Actions for tuesday.pcap' }).click();
    await page.getByRole('menuitem', { name: 'Compare with another' }).click();
    await page.getByText('Choose what to compare').waitFor();
    await page.getByLabel('A, before').click();
    await page.getByRole('option', { name: 'monday.pcap' }).click();
    await page.getByRole('heading', { name: 'What explains the difference' }).waitFor();
    const explains = page.getByRole('region', { name: 'What explains the difference' });
    await explains.getByText('· http').waitFor();
    expect(await explains.locator('strong').innerText()).toMatch(/^\+/);
    expect(page.url()).toContain('compare?a=c1&b=c2');
    expect(await seriousFaults(page)).toEqual([]);
    await picture('compare');
    await page.getByRole('button', { name: 'Swap' }).click();
    await explains.locator('strong').filter({ hasText: '−' }).waitFor();
  });

  it('compares two days of everything', async () => {
    await goTo(page, 'compare?a=2023-11-14&b=2023-11-15');
    await page.getByRole('region', { name: 'What is compared' }).getByText('monday.pcap').waitFor();
    await picture('compare-days');
    expect(seen.complaints).toEqual([]);
  });
});
