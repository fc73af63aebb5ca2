/** A capture that cannot be trusted says so where one looks; and Sonde itself is checked, told of, and deleted, in the desk. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cutTo, oneDirection, packetsOf } from '../generator/faults.ts';
import { officeNetwork } from '../generator/scenario.ts';
import { pcapFile } from '../generator/write.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, serve, seriousFaults, visit, type Served, type Visit } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('a capture in doubt, and a Sonde in doubt', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-trust-'));
    const office = officeNetwork({ hosts: 3, hours: 0.1, seed: 3, volume: 0.005, format: 'pcap-ns' });
    const capture = join(folder, 'tap.pcap');
    writeFileSync(capture, pcapFile(cutTo(oneDirection(packetsOf(office.bytes)), 96), { precision: 'ns' }));
    // All of it is deleted in the end: nothing of whoever runs this may be in reach.
    const own = { HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') };
    served = await serve(folder, ['--keep', '--port', '0', capture], own);
    browser = await browse();
    seen = await visit(browser, served.url);
    page = seen.page;
    page.setDefaultTimeout(MINUTES);
  }, 4 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, 4 * MINUTES);

  it('tells what is wrong with a capture, and how to mend it', { timeout: 3 * MINUTES }, async () => {
    await goTo(page, 'c/1/overview');
    await page.getByRole('heading', { name: 'Can this capture be trusted?' }).waitFor();
    const doubts = page.getByRole('region', { name: 'Can this capture be trusted?' });
    const first = doubts.getByRole('listitem').filter({ hasText: 'Only one direction of the traffic' });
    await first.getByText(/TCP connections that carried data, \d+ \([\d.]+ %\) show packets of one side/).waitFor();
    await doubts.getByRole('heading', { name: 'Packets cut short' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await first.getByText('How to mend it').click();
    await first.getByRole('link', { name: 'More in the help' }).click();
    await page.getByRole('heading', { level: 3, name: 'One direction only' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('One direction only');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'What Sonde cannot see' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'What Sonde cannot see' }).waitFor();
  });

  it('puts a doubt away, and brings it back', { timeout: 3 * MINUTES }, async () => {
    await goTo(page, 'c/1/overview');
    const doubts = page.getByRole('region', { name: 'Can this capture be trusted?' });
    await doubts.getByRole('button', { name: 'Put away: Packets cut short' }).click();
    await doubts.getByRole('heading', { name: 'Packets cut short' }).waitFor({ state: 'detached' });
    await doubts.getByRole('heading', { name: 'Only one direction of the traffic' }).waitFor();
    await doubts.getByText('1 doubt about this capture put away').click();
    await doubts.getByRole('button', { name: 'Show again' }).click();
    await doubts.getByRole('heading', { name: 'Packets cut short' }).waitFor();
  });

  it('checks Sonde itself, shows its log, and saves what helps a maintainer', { timeout: 3 * MINUTES }, async () => {
    mkdirSync(join(folder, 'sonde'), { recursive: true });
    writeFileSync(
      join(folder, 'sonde', 'errors.log'),
      '2026-01-01T00:00:00.000Z 0badcafe sonde 0.1.0 node v24\nError: password=hunter2 at 10.9.8.7\n',
    );
    await goTo(page, 'settings');
    await page.getByRole('button', { name: 'Check now' }).click();
    const checks = page.getByRole('list', { name: 'Checks' });
    await checks.getByText(/Database: .*sound, schema \d+/).waitFor();
    expect(await checks.getByRole('listitem').count()).toBeGreaterThan(10);
    await page.getByRole('button', { name: 'Show the log' }).click();
    const log = (await page.getByLabel('Log of errors').textContent()) ?? '';
    expect(log).toContain('0badcafe');
    expect(log).not.toMatch(/hunter2|10\.9\.8\.7/);
    expect(await seriousFaults(page)).toEqual([]);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the bundle' }).click();
    const text = readFileSync(await (await saving).path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ schema: 'sonde.diagnostics/1', tables: { captures: 1 } });
    expect(text).not.toMatch(/hunter2|10\.9\.8\.7|tap\.pcap|192\.168\./);
  });

  it('deletes all data when it is meant, and ends', { timeout: 3 * MINUTES }, async () => {
    const data = join(folder, 'data');
    expect(existsSync(join(data, 'sonde', 'desk.db'))).toBe(true);
    await page.getByRole('button', { name: 'Delete all my data …' }).click();
    const asking = page.getByRole('dialog', { name: 'Delete all my data?' });
    await asking.getByText(join(data, 'sonde'), { exact: true }).waitFor();
    await asking.getByRole('button', { name: 'Delete everything' }).click();
    await asking.getByText('Nothing was deleted: type delete first.').waitFor();
    await asking.getByLabel(/Type “delete”/).fill('delete');
    expect(await seriousFaults(page)).toEqual([]);
    const gone = new Promise<number | null>((resolve) => served.child.once('exit', resolve));
    await asking.getByRole('button', { name: 'Delete everything' }).click();
    expect(await gone).toBe(0);
    expect(existsSync(join(data, 'sonde'))).toBe(false);
    expect(existsSync(join(folder, 'sonde'))).toBe(false);
    expect(existsSync(join(folder, 'tap.pcap'))).toBe(true);
  });
});
