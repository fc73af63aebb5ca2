/** Search over all captures, two captures held against each other, roles of hosts, and cases, in a browser. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedCasesOptions } from '../../src-main/run/api/cases/opened.ts';
import { openCaseFor } from '../../src-main/run/api/topics/cases.ts';
import { pcapFile } from '../generator/write.ts';
import { NETWORK, PUBLIC, SCANNER, smallOffice } from '../unit/roles/small-office.ts';
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

  async function importOffice(): Promise<void> {
    await served.desk.jobs.whenEnded(served.desk.importFiles([join(folder, 'office.pcap')]));
  }

  it('proposes roles with what was counted, and quiets what is confirmed from then on', async () => {
    writeFileSync(join(folder, 'office.pcap'), smallOffice());
    await importOffice();
    await goTo(page, 'c/3/hosts');
    const roles = page.getByRole('region', { name: 'Proposed roles' });
    await roles.getByText('answered 60 DNS questions of 6 hosts').waitFor();
    await roles.getByText('An intruder who looks around does the same').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('roles');
    await roles.getByRole('button', { name: `Confirm: ${SCANNER} is a Vulnerability scanner` }).click();
    await page.getByText(`${SCANNER}: Vulnerability scanner confirmed`).waitFor();
    await roles.getByText('1 role decided').click();
    await roles.getByText(`port scans, host sweeps and fingerprinting in the networks it scans (${NETWORK})`).waitFor();
    await roles.getByRole('button', { name: /^Reject: .* is no DNS server$/ }).click();
    await roles.getByText('2 roles decided').waitFor();
    await picture('roles-decided');
    await importOffice();
    await goTo(page, 'c/4/incidents');
    await page
      .getByRole('link', { name: new RegExp(`${SCANNER} tried`) })
      .first()
      .click();
    await page.getByText(`${SCANNER} is known to you as “Vulnerability scanner”`).first().waitFor();
    await goTo(page, 'audit');
    await page.getByText('Vulnerability scanner: confirmed').waitFor();
  });

  it('shows the networks it found, and takes one in by a click', async () => {
    await goTo(page, 'c/4/hosts');
    const networks = page.getByRole('region', { name: 'Our networks' });
    await networks.getByText('counts as outside, and 3 machines of it are on your own links').waitFor();
    await networks.getByRole('button', { name: `It is ours: ${PUBLIC}` }).click();
    await networks.getByText('is ours from the next capture on').waitFor();
    await goTo(page, 'settings');
    await page.getByLabel('Networks that are ours').waitFor();
    expect(await page.getByLabel('Networks that are ours').inputValue()).toContain(PUBLIC);
    expect(await seriousFaults(page)).toEqual([]);
    await picture('settings');
  });

  it('exports a case, opens it beside the desk, and refuses a changed one', async () => {
    await goTo(page, 'c/3/incidents');
    await page.getByRole('button', { name: 'Export as a case …' }).click();
    const made = page.getByRole('dialog', { name: 'Export as a case' });
    await made.getByLabel('Title').fill('The scan of Tuesday');
    const saving = page.waitForEvent('download');
    await made.getByRole('button', { name: 'Export', exact: true }).click();
    const file = join(folder, 'scan.sondecase');
    await (await saving).saveAs(file);
    const hash = (await made.getByText(/^[0-9a-f]{64}$/).innerText()).trim();
    await made.getByRole('button', { name: 'Close' }).last().click();
    await goTo(page, 'open');
    const tar = gunzipSync(readFileSync(file));
    tar[tar.indexOf('SQLite format 3') + 300]! ^= 1;
    writeFileSync(join(folder, 'changed.sondecase'), gzipSync(tar));
    await page.getByLabel('Captures to open').setInputFiles(join(folder, 'changed.sondecase'));
    await page.getByRole('alert').filter({ hasText: 'its part database.sqlite was changed' }).waitFor();
    await picture('case-damaged');
    await page.getByLabel('Captures to open').setInputFiles(file);
    const cases = page.getByRole('list', { name: 'Opened cases' });
    await cases.getByText('every part is as it was exported').waitFor();
    await cases.getByLabel('The hash you were told').fill('0'.repeat(64));
    await cases.getByText('It is another case').waitFor();
    await cases.getByLabel('The hash you were told').fill(hash);
    await cases.getByText('It is the case you were told of.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('cases');
    await cases.getByRole('button', { name: 'Look at it' }).click();
  });

  it('shows a case as a desk in which nothing can be changed, and leads back', async () => {
    const bar = page.getByRole('status').filter({ hasText: 'Case: The scan of Tuesday' });
    await bar.waitFor();
    expect(page.url()).toContain('#/c/3/incidents');
    const scan = page.getByRole('link', { name: new RegExp(`${SCANNER} tried`) }).first();
    await scan.waitFor();
    expect(await page.getByRole('button', { name: 'Export as a case …' }).isDisabled()).toBe(true);
    await scan.click();
    await page.getByRole('button', { name: 'Set status' }).waitFor();
    expect(await page.getByRole('button', { name: 'Set status' }).isDisabled()).toBe(true);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Packets for Wireshark' }).click();
    expect((await saving).suggestedFilename()).toMatch(/\.pcapng$/);
    await page.getByRole('button', { name: 'Show its packets' }).click();
    await page.getByRole('heading', { name: 'Packets', exact: true }).waitFor();
    await page
      .getByRole('status')
      .filter({ hasText: /packets?$|of \d/ })
      .first()
      .waitFor();
    await goTo(page, 'open');
    await page.getByRole('heading', { name: 'Captures of this case' }).waitFor();
    expect(await page.getByRole('button', { name: 'Choose files' }).count()).toBe(0);
    await goTo(page, 'audit');
    await page.getByText('office.pcap').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('case');
    await bar.getByRole('button', { name: 'Back to the desk' }).click();
    const cases = page.getByRole('list', { name: 'Opened cases' });
    await cases.getByRole('button', { name: 'Put away' }).click();
    await cases.waitFor({ state: 'detached' });
    expect(await bar.count()).toBe(0);
  });

  it('shows a case that was opened from outside while it is checked, and calls it off', async () => {
    const options = Reflect.get(served.desk.cases, 'options') as OpenedCasesOptions;
    const { openDesk } = options;
    const gate = Promise.withResolvers<void>();
    options.openDesk = async (...about) => gate.promise.then(() => openDesk(...about));
    const file = { path: join(folder, 'scan.sondecase'), name: 'scan.sondecase' };
    const opened = openCaseFor(served.desk, 'ann', file).catch((error: unknown) => error);
    try {
      const cases = page.getByRole('list', { name: 'Opened cases' });
      await cases.getByText('Every part of scan.sondecase is being checked …').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await picture('case-checked');
      await cases.getByRole('button', { name: 'Cancel opening scan.sondecase' }).click();
      gate.resolve();
      expect(await opened).toMatchObject({ code: 'cancelled' });
      await cases.waitFor({ state: 'detached' });
      expect(served.desk.cases.list()).toEqual([]);
    } finally {
      gate.resolve();
      options.openDesk = openDesk;
    }
  });
});
