import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { column, fileWriter, wordsOf } from './format-files.ts';

const FLOWS = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'flows');
const published = (...path: string[]): string => join(FLOWS, ...path);
const attacks = (table: Table): number => table.attack.reduce((sum, one) => sum + one, 0);

suiteNeeds(existsSync(FLOWS), 'no ../shared/data')('first records of published data sets', () => {
  const file = fileWriter();

  it('UNSW-NB15: every record, with its kind', async () => {
    const table = await readTable([published('unsw-nb15-sample', 'first1000.csv')]);
    expect(table).toMatchObject({ format: 'unsw-nb15', rows: 1000, skippedRows: 0, leftOut: [], notes: [] });
    expect(attacks(table)).toBe(757);
    expect(table.kinds.slice(1).sort()).toEqual([
      'Analysis',
      'Backdoor',
      'DoS',
      'Exploits',
      'Fuzzers',
      'Reconnaissance',
      'Shellcode',
      'Worms',
    ]);
  });

  it('CIC-IDS2017: all but negative times, with the infinities counted', async () => {
    const monday = await readTable([published('cicids2017-sample', 'f1.csv')]);
    expect(monday).toMatchObject({ format: 'cicflowmeter', rows: 996 });
    expect(monday.skipped).toEqual([{ reason: 'Flow IAT Min is below zero', count: 3, lines: expect.any(Array) }]);
    expect(monday.notes).toEqual([
      { reason: 'Flow Bytes/s is Infinity: read as unset', count: 1, lines: [67] },
      { reason: 'Flow Packets/s is Infinity: read as unset', count: 1, lines: [67] },
    ]);
    const thursday = await readTable([published('cicids2017-sample', 'th1.csv')]);
    expect([thursday.rows, attacks(thursday), thursday.skippedRows]).toEqual([1004, 7, 2]);
    expect(thursday.kinds.slice(1).sort()).toEqual([
      'Web Attack - Brute Force',
      'Web Attack - Sql Injection',
      'Web Attack - XSS',
    ]);
  });

  it('CICFlowMeter as it writes today: the other spelling of the same columns', async () => {
    const today = await readTable([published('cicflowmeter-sample', 'BEN_DoT.first500.csv')]);
    expect(today).toMatchObject({ format: 'cicflowmeter', rows: 500, skippedRows: 0, leftOut: [] });
    const then = await readTable([published('cicids2017-sample', 'f1.csv')]);
    const names = new Set(today.columns.map(({ spec }) => spec.name));
    expect(then.columns.map(({ spec }) => spec.name).filter((name) => !names.has(name))).toEqual([]);
    expect(today.time[0]).toBe(Date.UTC(2023, 4, 6, 19, 50) / 1000);
    expect(new Set(wordsOf(column(today, 'Protocol')))).toEqual(new Set(['6']));
  });

  it('binetflow of Argus: the columns are real, the labels are ours', async () => {
    for (const [name, rows, extra] of [
      ['test3-mixed', 89, 1],
      ['test4-malicious', 394, 0],
    ] as const) {
      const lines = readFileSync(published('slips-binetflow', `${name}.binetflow`), 'utf8')
        .trim()
        .split('\n');
      const labelled = lines.map((line, i) =>
        i === 0 ? line : `${line.trim()}flow=${i % 2 ? 'Normal' : 'From-Botnet-V1-X'}`,
      );
      const table = await readTable([file(`${name}.binetflow`, labelled.join('\n'))]);
      expect(table).toMatchObject({ format: 'ctu-13', skippedRows: 0, leftOut: [], kinds: ['normal', 'X'] });
      expect(table.rows).toBe(rows);
      expect(table.columns).toHaveLength(15 + extra);
    }
    const bare = readTable([published('slips-binetflow', 'test4-malicious.binetflow')]);
    await expect(bare).rejects.toThrow('line 2: labelled neither Normal nor Botnet');
  });

  it("Zeek's conn.log: with labels, and without", async () => {
    const table = await readTable([published('zeek-001-zeek-scenario-malicious', 'labeled-conn.log')]);
    expect([table.rows, attacks(table), table.skippedRows]).toEqual([253, 244, 739]);
    const bare = readTable([published('slips-port-scans_horizontal', 'conn.log')]);
    await expect(bare).rejects.toThrow('it is a conn.log without the column label');
  });
});
