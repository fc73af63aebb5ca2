import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browse, goTo, missing, SAMPLE, seriousFaults, serve, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;
/** Begins every pcapng file, RFC draft-ietf-opsawg-pcapng 4.1. */
const SECTION_HEADER = 0x0a0d0d0a;

describe.skipIf(missing !== null)('the desk in a browser', { timeout: 3 * MINUTES }, () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-desk-'));
    served = await serve(folder, ['--db', join(folder, 'desk.db')]);
    browser = await browse();
    desk = await visit(browser, served.url);
    page = desk.page;
    page.setDefaultTimeout(30_000);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  it('drops the token from the address, and introduces itself in three steps, once', async () => {
    await page.getByText('1 of 3').waitFor();
    expect(page.url()).not.toContain('token');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.reload();
    await page.getByText('Drop packet captures here').waitFor();
    expect(await page.getByText('1 of 3').count()).toBe(0);
  });

  it('opens the sample and says what happened', async () => {
    await page.getByRole('button', { name: 'Open the sample capture' }).click();
    // What was read without damage is shown at once.
    await page.waitForURL(/#\/c\/1\/overview/, { timeout: MINUTES });
    await page.getByRole('heading', { level: 1, name: /critical/ }).waitFor();
    for (const title of [
      'Incidents',
      'Timeline',
      'Hosts over time',
      'Anomaly frequency',
      'Severities',
      'Top kinds',
      'Top talkers',
      'Protocol mix',
      'Packet sizes',
    ]) {
      await page.getByRole('region', { name: title, exact: true }).waitFor();
    }
    expect(await page.locator('.error-note').count()).toBe(0);
  });

  it('narrows every view to the time that is dragged over, and back brings the whole again', async () => {
    await goTo(page, 'c/1/overview');
    const chart = page.getByRole('group', { name: /^Timeline/ });
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Show the whole time again' }).waitFor();
    await page.getByRole('link', { name: 'Flows', exact: true }).click();
    await page.locator('.flow-bar strong').waitFor();
    expect(await flowsShown(page)).toBeLessThan(8000);
    await page.keyboard.press('x');
    await expect.poll(() => flowsShown(page), { timeout: 20_000 }).toBeGreaterThan(8000);
  });

  it('filters flows, points at the character of a fault, and includes a value by its menu', async () => {
    await goTo(page, 'c/1/flows');
    const field = page.getByRole('combobox', { name: 'Filter' });
    await field.fill('id.resp_p == 22 && orig_bites > 4');
    await page.getByText('At character 20').waitFor();
    expect(await page.locator('.filter-under mark').textContent()).toBe('orig_bites');
    await page.getByRole('button', { name: 'orig_bytes' }).click();
    expect(await field.inputValue()).toBe('id.resp_p == 22 && orig_bytes > 4');
    await field.fill('app == DNS');
    await field.press('Escape');
    await field.press('Enter');
    await expect.poll(() => flowsShown(page)).toBeLessThan(6000);
    const before = await flowsShown(page);
    await page.locator('[data-column="id.orig_h"]').first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Include/ }).click();
    await expect.poll(() => flowsShown(page)).toBeLessThan(before);
    expect(await field.inputValue()).toMatch(/^app == DNS && id\.orig_h == \S+$/);
    await page.goBack();
    await expect.poll(() => field.inputValue()).toBe('app == DNS');
  });

  it('reaches every cell of the table by the keyboard', async () => {
    await goTo(page, 'c/1/flows');
    await page.locator('[data-column="app"]').first().waitFor();
    await page.getByRole('grid', { name: 'Flows' }).focus();
    await page.keyboard.press('Control+End');
    await expect.poll(() => page.locator('.flow-row[aria-selected=true]').getAttribute('aria-rowindex')).toBe('8670');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Flow' }).getByText('community_id').waitFor();
    await page.keyboard.press('Escape');
  });

  it('shows what was learned of a flow by protocol, in words', async () => {
    await goTo(page, `c/1/flows?q=${encodeURIComponent('facts contains "tls.ja4" && facts contains "tls.subject"')}`);
    await page.locator('.flow-row').first().click();
    await page.keyboard.press('Enter');
    const learned = page.getByRole('dialog', { name: 'Flow' }).getByRole('region', { name: 'TLS' });
    await learned.waitFor();
    expect(await learned.locator('.fact-name').allTextContents()).toEqual(
      expect.arrayContaining(['Server name ', 'Version ', 'Issuer of the certificate ', 'JA4 ']),
    );
    await page.keyboard.press('Escape');
  });

  it('shows the names of a host with from where, by whom and when', async () => {
    await goTo(page, 'c/1/hosts/216.92.69.194');
    const rows = page.getByRole('region', { name: 'Names', exact: true }).first().getByRole('row');
    await expect
      .poll(() => rows.allInnerTexts())
      .toContainEqual(
        expect.stringMatching(/^northtravel\.co\.uk\s+its certificate\s+itself\s+2026-03-10 \S+\s+2026-03-10 \S+$/),
      );
  });

  it('makes a column wider by keys and by the pointer, and remembers it', async () => {
    await goTo(page, 'c/1/flows');
    const cell = page.locator('[data-column="app"]').first();
    await cell.waitFor();
    const width = async (): Promise<number> => (await cell.boundingBox())!.width;
    const before = await width();
    const edge = page.getByRole('separator', { name: 'Width of Application' });
    await edge.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(width).toBe(before + 8);
    const at = (await edge.boundingBox())!;
    await page.mouse.move(at.x + 4, at.y + 8);
    await page.mouse.down();
    await page.mouse.move(at.x + 44, at.y + 8, { steps: 4 });
    await page.mouse.up();
    await expect.poll(width).toBe(before + 48);
    await page.reload();
    await cell.waitFor();
    expect(await width()).toBe(before + 48);
    await edge.focus();
    await page.keyboard.press('Home');
    await expect.poll(width).toBe(before);
  });

  it('shows long lists page by page', async () => {
    await goTo(page, 'c/1/hosts');
    const rows = page.locator('main table').last().locator('tbody tr');
    await page.getByText('200 of 444 are shown.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('400 of 444 are shown.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => rows.count()).toBe(444);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  it('turns single keys off for those who press them by accident', async () => {
    await goTo(page, 'settings');
    const single = page.getByRole('switch', { name: 'Single keys' });
    await single.uncheck({ force: true });
    await page.keyboard.press('?');
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    expect(page.url()).toMatch(/#\/settings$/);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.getByRole('dialog').getByText('Single keys are turned off').waitFor();
    await page.keyboard.press('Escape');
    await single.check({ force: true });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('silences an incident and its like, shows it silenced, and takes it back', async () => {
    await goTo(page, 'c/1/incidents');
    const title = /tried 1,000 ports/;
    await page.getByRole('link', { name: title }).click();
    await page.getByRole('button', { name: 'Silence as expected' }).click();
    await page.getByText('It silences this incident and no other that is known.').waitFor();
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByText('1 incident silenced.').waitFor();
    await goTo(page, 'c/1/incidents');
    await page.getByRole('link', { name: /guessed passwords/ }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: title }).count()).toBe(0);
    await goTo(page, 'history');
    await page.getByRole('region', { name: 'Silenced as expected' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByText(/^\d+ incidents of the built-in sample, which is made up, are left out\./).waitFor();
    expect(await page.getByRole('link', { name: title }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show the sample’s too' }).click();
    await page.getByRole('link', { name: title }).waitFor();
  });

  it('keeps what was decided about an incident', async () => {
    await goTo(page, 'c/1/incidents');
    await page.getByRole('link', { name: /guessed passwords/ }).click();
    await page.getByRole('heading', { level: 1, name: /guessed passwords/ }).waitFor();
    await page.keyboard.press('s');
    await page.getByText('Investigating').click();
    await page.getByLabel('Note').fill('asked the owner');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('region', { name: 'What was decided' }).getByText('asked the owner').waitFor();
    await goTo(page, 'audit');
    await page.getByRole('cell', { name: 'status' }).first().waitFor();
  });

  it('exports the packets of an incident, which can be read again', async () => {
    await goTo(page, 'c/1/incidents');
    await page.getByRole('link', { name: /guessed passwords/ }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Packets for Wireshark' }).click(),
    ]);
    const path = join(folder, 'guessed.pcapng');
    await file.saveAs(path);
    expect(readFileSync(path).readUInt32LE(0)).toBe(SECTION_HEADER);
    await goTo(page, 'open');
    await page.locator('input[type=file]').setInputFiles(path);
    await page.waitForURL(/#\/c\/(?!1\/)\d+\/overview/, { timeout: MINUTES });
    await goTo(page, 'open');
    const row = page.getByRole('row').filter({ hasText: 'guessed.pcapng' });
    await row.waitFor({ timeout: MINUTES });
    await row.getByText('144', { exact: true }).waitFor({ timeout: MINUTES });
  });

  it('says what is wrong with a file that is no capture, and what to do', async () => {
    const path = join(folder, 'notes.pcap');
    writeFileSync(path, 'These are notes, not packets.\n'.repeat(20));
    await goTo(page, 'open');
    await page.locator('input[type=file]').setInputFiles(path);
    const told = page.locator('.job').filter({ hasText: 'notes.pcap' });
    await told.getByText('Not read').waitFor({ timeout: MINUTES });
    expect((await told.getByRole('alert').textContent())!.length).toBeGreaterThan(20);
  });

  it.each(['light', 'dark'] as const)('has no serious fault of accessibility in any view, %s', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    const views = [
      'open',
      'history',
      'settings',
      'audit',
      'c/1/overview',
      'c/1/incidents',
      'c/1/hosts',
      'c/1/hosts/192.168.10.51',
      'c/1/flows',
      'c/1/graph',
    ];
    const faults: string[] = [];
    for (const view of views) {
      await goTo(page, view);
      await page.locator('main .panel, main .flow-row').first().waitFor();
      faults.push(...(await seriousFaults(page)).map((fault) => `${view}: ${fault}`));
    }
    await goTo(page, 'c/1/incidents');
    await page.getByRole('link', { name: /guessed passwords/ }).click();
    const why = page.getByRole('region', { name: 'Why it scored' });
    await why.getByText('Baseline: a flow of which nothing is known').waitFor();
    await why.getByText(/^This flow: score 0\.\d\d$/).waitFor();
    faults.push(...(await seriousFaults(page)).map((fault) => `incident: ${fault}`));
    expect(faults).toEqual([]);
  });

  it('made the browser complain of nothing', () => {
    expect(desk.complaints).toEqual([]);
  });

  it('says so when the program dies, and goes on with what was kept when it is back', async () => {
    await goTo(page, 'c/1/overview');
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
    await served.end('SIGKILL');
    await page.getByText('The program does not answer.').waitFor();
    served = await serve(folder, ['--db', join(folder, 'desk.db'), '--port', served.port]);
    const again = await visit(browser, served.url);
    await again.page.getByRole('link', { name: /^Sample/ }).click();
    await again.page.getByRole('heading', { level: 1, name: /critical/ }).waitFor();
    await again.context.close();
  });

  it('cancels an import and keeps what was read', async () => {
    const again = await visit(browser, served.url);
    const input = again.page.locator('input[type=file]');
    await input.waitFor({ state: 'attached' });
    await input.setInputFiles([SAMPLE]);
    const reading = again.page.locator('.job').filter({ hasText: 'Reading packets' });
    await reading.waitFor({ timeout: MINUTES });
    await reading.getByRole('button', { name: 'Cancel' }).click();
    await again.page
      .locator('.job')
      .getByText(/^Cancelled/)
      .waitFor({ timeout: MINUTES });
    await again.context.close();
  });
});

async function flowsShown(page: Page): Promise<number> {
  const text = (await page.locator('.flow-bar strong').textContent()) ?? '';
  return Number(text.replace(/\D/g, ''));
}
