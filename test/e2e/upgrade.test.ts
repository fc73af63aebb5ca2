/** A database of the first version, as somebody who upgrades has it: everything is there; one of a later Sonde is left as it is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEWEST } from '../../src-main/keep/store/migrate.ts';
import { sonde } from '../integration/cli/run.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { makeOld, SETTINGS, UID } from '../unit/store/old-database.ts';
import { browse, goTo, missing, serve, visit } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('after an upgrade', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-upgraded-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('the desk shows what the first version kept, and goes by its settings', { timeout: 2 * MINUTES }, async () => {
    const path = join(folder, 'old.db');
    makeOld(path, 1, () => undefined);
    const served = await serve(folder, ['--db', path, '--port', '0']);
    const browser = await browse();
    try {
      const { page } = await visit(browser, served.url);
      page.setDefaultTimeout(MINUTES);
      await goTo(page, 'open');
      await page.getByRole('link', { name: 'office.pcap' }).first().waitFor();
      await goTo(page, `c/1/incidents/${UID}`);
      await page.getByRole('heading', { level: 1, name: '10.0.0.66 scanned 300 ports of 10.0.0.9' }).waitFor();
      await goTo(page, 'c/1/flows');
      await page.getByRole('gridcell', { name: '10.0.0.66' }).first().waitFor();
      await goTo(page, 'settings');
      await page.getByText(SETTINGS.networks[0]!).first().waitFor();
    } finally {
      await browser.close();
      await served.end('SIGTERM');
    }
    const db = new Database(path, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(NEWEST);
    db.close();
  });

  it('a database of a later Sonde is refused, and not touched', { timeout: MINUTES }, async () => {
    const path = join(folder, 'later.db');
    makeOld(path, NEWEST, (db) => db.pragma(`user_version = ${NEWEST + 1}`));
    const before = readFileSync(path);
    const { code, stderr } = await sonde(['serve', '--db', path, '--port', '0']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/later\.db.*newer/s)]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
