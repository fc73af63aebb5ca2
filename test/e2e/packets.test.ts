/** Packets in a browser: from a flow to its packets, a field and its bytes, the stream, what matched in it; hostile bytes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapFile } from '../generator/write.ts';
import { readPaths } from '../unit/packets/helpers.ts';
import { Talk } from '../unit/signatures/talk.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit, type Visit } from './support.ts';

const MINUTES = 60_000;
const PICTURES = process.env['SONDE_PICTURES'];
const HOSTILE =
  '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>\u0000\u001b[2J\u00e2\u0080\u00ae';

function capture(): Buffer {
  const frames = new Talk(80, 40_000)
    .open()
    .up(`GET /?q=<script>alert(1)</script> HTTP/1.1\r\nHost: <b>h</b>\r\nX-Note: ${HOSTILE}\r\n\r\n`)
    .down(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n${HOSTILE}\r\n`)
    .close().frames;
  const packets = frames.map((data, k) => ({ ts: 1_700_000_000_000_000_000n + BigInt(k) * 1_250_000n, data }));
  return Buffer.from(pcapFile(packets));
}

describe.skipIf(missing !== null)('packets in a browser', { timeout: 2 * MINUTES }, () => {
  let folder: string;
  let served: Awaited<ReturnType<typeof serveHere>>;
  let browser: Browser;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-packets-view-'));
    const file = join(folder, 'talk.pcap');
    writeFileSync(file, capture());
    served = await serveHere(folder);
    await served.desk.jobs.whenEnded(served.desk.importFiles([file]));
    browser = await browse();
    seen = await visit(browser, served.url, 'light', { timezoneId: 'UTC' });
    page = seen.page;
    page.setDefaultTimeout(30_000);
    await skipTour(page);
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  /** For who wants to look at it: a picture in both themes. */
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

  it('are reached from their flow, and taken apart', async () => {
    await goTo(page, 'c/1/flows');
    const flows = page.getByRole('grid', { name: 'Flows' });
    await flows.getByRole('row').nth(1).waitFor();
    await flows.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Show its packets' }).click();
    const list = page.getByRole('grid', { name: 'Packets' });
    await list.getByText('[SYN]').first().waitFor();
    await list.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    const tree = page.getByRole('tree', { name: 'Layers and fields' });
    await tree.getByText('Method').click();
    expect(await page.locator('.hex-bytes .hex-marked').allTextContents()).toEqual(['47', '45', '54']);
    await page.locator('.hex-bytes span').nth(23).click();
    expect(await tree.locator('[aria-selected=true]').textContent()).toContain('Protocol 6 (TCP)');
    expect(page.url()).toMatch(/#\/c\/1\/packets\?.*frame=4/);
    expect(await seriousFaults(page)).toEqual([]);
    await picture('packets');
  });

  it('show the stream of both directions, with what the rule found, and find text in it', async () => {
    await page.getByText('Stream', { exact: true }).click();
    const rows = page.getByRole('group', { name: 'Stream' });
    await rows.locator('.stream-sent').first().waitFor();
    expect(await rows.locator('.stream-answer').first().textContent()).toContain('← HTTP/1.1 200 OK\\r\\n');
    expect(await rows.locator('mark').first().textContent()).toBe('<script');
    await page.getByRole('textbox', { name: 'Find in the stream' }).fill('content-TYPE');
    await page.getByText('1 of 1').waitFor();
    expect(await rows.locator('mark.stream-found').allTextContents()).toEqual(['Content-Type']);
    expect(await seriousFaults(page)).toEqual([]);
    await picture('stream');
    await page.getByText('Hex', { exact: true }).click();
    await rows.locator('.stream-hex').first().waitFor();
    await picture('stream-hex');
  });

  it('stay text whatever they hold', async () => {
    await page.getByText('Text', { exact: true }).click();
    const rows = page.getByRole('group', { name: 'Stream' });
    await rows.getByText('onerror=').first().waitFor();
    expect(await rows.textContent()).toContain('</script>\\x00\\x1b[2J\\xe2\\x80\\xae');
    expect(await page.locator('.packets img, .packets script, .packets b').count()).toBe(0);
    expect(await page.title()).toBe('Packets · Sonde');
    expect(seen.complaints).toEqual([]);
  });

  it('are saved anonymised, from the view and from the list of captures, with a map that stays at home', async () => {
    await page.getByRole('button', { name: 'Save anonymised …' }).click();
    await page.getByRole('dialog').getByText('All packets of this selection as a pcapng file').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await goTo(page, 'open');
    await page.getByRole('button', { name: 'Actions for talk.pcap' }).click();
    await page.getByRole('menuitem', { name: 'Anonymised copy …' }).click();
    const dialog = page.getByRole('dialog', { name: 'An anonymised copy' });
    await dialog.getByRole('checkbox', { name: 'Also a map that leads back' }).check();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('anonymise');
    await dialog.getByRole('button', { name: 'Make the copy' }).click();
    await dialog.getByText('here.db.pseudonyms.key').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await picture('anonymised');
    const [copy] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save the copy' }).click(),
    ]);
    const [map] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save the map' }).click(),
    ]);
    expect(copy.suggestedFilename()).toBe('sonde-anonymised-capture-1.pcapng');
    const [before, after] = [await readPaths([join(folder, 'talk.pcap')]), await readPaths([await copy.path()])];
    expect(after.packets.map(({ sec, nano, wire }) => [sec, nano, wire])).toEqual(
      before.packets.map(({ sec, nano, wire }) => [sec, nano, wire]),
    );
    expect(after.rows.filter(({ payload }) => payload !== '')).toEqual([]);
    const ends = new Set(before.rows.flatMap(({ src, dst, srcMac, dstMac }) => [src, dst, srcMac, dstMac]));
    expect(ends.size).toBe(4);
    expect(
      after.rows.flatMap(({ src, dst, srcMac, dstMac }) => [src, dst, srcMac, dstMac]).filter((e) => ends.has(e)),
    ).toEqual([]);
    const bytes = readFileSync(await copy.path()).toString('latin1');
    expect(['script', 'GET', 'Host', 'onerror', 'talk'].filter((word) => bytes.includes(word))).toEqual([]);
    const lines = readFileSync(await map.path(), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const pseudonyms = new Map(lines.map((line) => line.split(',') as [string, string]));
    expect(pseudonyms.get(before.rows[0]!.src)).toBe(after.rows[0]!.src);
    await dialog.getByText('Close', { exact: true }).click();
    await page.goBack();
    await page.getByRole('grid', { name: 'Packets' }).waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it('are saved as a file, and shown in a narrow window', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as pcapng' }).click(),
    ]);
    expect(readFileSync(await saved.path()).readUInt32LE(0)).toBe(0x0a0d0d0a);
    await page.setViewportSize({ width: 640, height: 900 });
    await page.getByText('Packet', { exact: true }).last().click();
    await page.getByRole('tree').waitFor();
    const wide = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(wide).toBeLessThanOrEqual(0);
    await picture('narrow');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('are of a capture that can be read again, after which both are told apart', async () => {
    await goTo(page, 'open');
    await page.getByRole('button', { name: 'Actions for talk.pcap' }).click();
    await page.getByRole('menuitem', { name: 'Read again …' }).click();
    await page.getByRole('dialog').getByText('this one stays as it is').waitFor();
    await picture('read-again');
    await page.getByRole('button', { name: 'Read again' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Actions for talk.pcap' }).count()).toBe(2);
    await goTo(page, 'compare');
    await page.getByLabel('A, before').click();
    await page.getByRole('option', { name: /^talk\.pcap \(2, imported / }).waitFor();
    await picture('chooser');
    expect(seen.complaints).toEqual([]);
  });
});
