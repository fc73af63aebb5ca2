import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERLIN, fillTwoWeeks, opened } from '../../unit/reports/history.ts';
import { sonde } from './run.ts';

const SLOW = 120_000;
const NOW = ['--now', '2026-11-23T07:00', '--zone', BERLIN];

let folder: string;
let db: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-report-'));
  db = join(folder, 'kept.db');
  const store = await opened(db);
  await fillTwoWeeks(store);
  await store.close();
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const report = (out: string, ...args: string[]) => sonde(['report', '--db', db, '--out', join(folder, out), ...args]);
const text = (out: string): string => readFileSync(join(folder, out), 'utf8');

describe('sonde report', { timeout: SLOW }, () => {
  it.each(['html', 'pdf'])('writes the same %s twice, and says what page one says', async (format) => {
    const week = ['--from', '2026-11-16', '--to', '2026-11-22', ...NOW];
    const [one, two] = [await report(`one.${format}`, ...week), await report(`two.${format}`, ...week)];
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(one.stderr).toContain('6 incidents. 1 critical incident is open and needs action.');
    const [a, b] = [`one.${format}`, `two.${format}`].map((name) => readFileSync(join(folder, name)));
    expect(a!.equals(b!)).toBe(true);
  });

  it('takes the last day that is named as part of it, and days as those of the zone', async () => {
    await report('zone.html', '--from', '2026-11-16', '--to', '2026-11-22', ...NOW);
    expect(text('zone.html')).toContain('2026-11-16 00:00:00 +01:00 up to 2026-11-23 00:00:00 +01:00');
    await report('utc.html', '--from', '2026-11-16', '--to', '2026-11-22', '--zone', 'UTC', '--now', '2026-11-23');
    expect(text('utc.html')).toContain('2026-11-16 00:00:00 +00:00 up to 2026-11-23 00:00:00 +00:00');
  });

  it.each([
    ['7d', '2026-11-17 00:00:00 +01:00 up to 2026-11-23 07:00:00 +01:00'],
    ['2w', '2026-11-10 00:00:00 +01:00 up to 2026-11-23 07:00:00 +01:00'],
    ['24h', '2026-11-22 07:00:00 +01:00 up to 2026-11-23 07:00:00 +01:00'],
  ])('takes --last %s', async (last, said) => {
    await report('last.html', '--last', last, ...NOW);
    expect(text('last.html')).toContain(said);
  });

  it.each([
    [[], 'which time?'],
    [['--last', '7x'], 'not a number of hours'],
    [['--last', '500d'], 'not a number of hours'],
    [['--last', '7d', '--from', '2026-11-16'], 'neither'],
    [['--from', '2026-02-30'], 'is no day and no time'],
    [['--from', '2026-11-16T25:00'], 'is no day and no time'],
    [['--from', '2026-11-16', '--to', '2026-11-15'], '--from 2026-11-16 is after --to 2026-11-15'],
    [['--from', '2026-11-16T08:00', '--to', '2026-11-16T08:00'], 'are the same moment'],
    [['--from', '2027-11-16', '--now', '2026-11-20'], '--from 2027-11-16 is not before now, 2026-11-20'],
    [['--from', '0001-01-01', '--to', '0001-01-02'], 'not within the years'],
    [['--from', '0050-01-01', '--to', '0050-01-02', '--zone', 'UTC'], '--from 0050-01-01'],
    [['--from', '1969-12-31', '--to', '1970-01-02'], 'not within the years 1970 to 9000'],
    [['--from', '9999-12-30', '--to', '9999-12-31'], '--from 9999-12-30'],
    [['--last', '7d', '--now', '9999-12-31'], '--now 9999-12-31'],
    [['--from', '2026-11-16', '--to', '9999-12-31T23:59:59-12:00'], '--to 9999-12-31'],
    [['--from', '2020-01-01', '--to', '2026-11-15'], 'longer than 400 days'],
    [['--last', '7d', '--zone', 'Mars/Olympus'], '--zone Mars/Olympus: there is no such time zone'],
  ])('refuses %j', async (args, what) => {
    const { code, stderr } = await report('refused.html', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(what);
    expect(existsSync(join(folder, 'refused.html'))).toBe(false);
  });

  it('leaves out what the suppressions of --settings silence, and refuses a file that is wrong', async () => {
    const settings = join(folder, 'settings.json');
    const suppressions = [{ scope: { kind: 'data-exfiltration' }, reason: 'the backup' }];
    writeFileSync(settings, JSON.stringify({ schema: 'sonde.settings/1', suppressions }));
    const week = ['--from', '2026-11-16', '--to', '2026-11-22', ...NOW, '--settings', settings];
    const { code, stderr } = await report('without.html', ...week);
    expect(code).toBe(0);
    expect(stderr).toContain('5 incidents. Nothing critical is open.');
    expect(text('without.html')).toContain('<td>the backup</td><td>the settings</td>');
    writeFileSync(settings, JSON.stringify({ schema: 'sonde.settings/1', suppressions: [{ scope: {} }] }));
    const wrong = await report('wrong.html', ...week);
    expect([wrong.code, existsSync(join(folder, 'wrong.html'))]).toEqual([2, false]);
    expect(wrong.stderr).toContain('suppressions[0].scope: it would silence everything');
  });

  it('makes no database where there is none, and writes over none', async () => {
    const missing = join(folder, 'missing.db');
    const there = await sonde(['report', '--db', missing, '--last', '7d', '--out', join(folder, 'x.html')]);
    expect(there.stderr).toContain('no such file');
    expect(existsSync(missing)).toBe(false);
    const word = await sonde(['report', '--db', db, '--last', '7d', '--out', join(folder, 'x.docx')]);
    expect(word.stderr).toContain('its ending names no format');
  });
});
