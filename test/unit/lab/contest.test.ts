import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contest, divideForContest, verdictOf } from '../../../src-main/detect/lab/contest.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import type { LabModel } from '../../../src-main/detect/lab/lab-model.ts';
import { trainOnTable, type LabTraining } from '../../../src-main/detect/lab/lab-train.ts';
import type { Contestant } from '../../../src-shared/contract/topics/models.ts';
import { labelledRecords } from './records.ts';

let folder: string;
let table: Table;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-contest-'));
  const path = join(folder, 'records.txt');
  // The last hundred stand there twice.
  const lines = labelledRecords(1200, 5).split('\n');
  writeFileSync(path, [...lines, ...lines.slice(-100)].join('\n'));
  table = await readTable([path]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS: LabTraining = {
  detector: 'logistic-regression',
  seed: 1,
  validation: 0.2,
  targetFpr: 0.05,
  keepShortcuts: false,
  classWeights: 'balanced',
  sampling: 'none',
};

const trained = async (data: Table, more: Partial<LabTraining> = {}): Promise<LabModel> =>
  (await trainOnTable(data, { ...OPTIONS, ...more })).model;

describe('records for a contest', () => {
  it('are divided by seed, and none that judges is like one that is learned from', () => {
    const { learn, judge, duplicates } = divideForContest(table, 1);
    expect(learn.rows + judge.rows + duplicates).toBe(1300);
    expect(judge.rows + duplicates).toBe(260);
    expect(duplicates).toBeGreaterThan(0);
    const learned = new Set(learn.identity);
    expect([...judge.identity].filter((identity) => learned.has(identity))).toEqual([]);
    expect([...divideForContest(table, 1).judge.identity]).toEqual([...judge.identity]);
    expect([...divideForContest(table, 2).judge.identity]).not.toEqual([...judge.identity]);
    expect([learn.format, learn.sha256]).toEqual([table.format, table.sha256]);
  });
});

describe('a contest', () => {
  it('judges both by the same records, each at its own threshold', async () => {
    const data = divideForContest(table, 1);
    const next = await trained(data.learn);
    // A bad one, of another file.
    const older = { ...data.learn, sha256: 'e'.repeat(64) };
    const before = await trained(older, { detector: 'mean-z2', targetFpr: 0.4 });
    const result = contest(next, before, data);
    expect([result.normal + result.attack, result.duplicates]).toEqual([data.judge.rows, data.duplicates]);
    expect(result.next).toMatchObject({ targetFpr: 0.05 });
    expect(result.before.targetFpr).toBe(0.4);
    expect(result.next.rocAuc).toBeGreaterThan(0.99);
    expect(result.before.fpr).toBeGreaterThan(0.2);
    expect(result.better).toBe('next');
    expect(contest(next, await trained(older), data)).toMatchObject({ better: 'alike' });
    expect(contest(next, next, data)).toMatchObject({ better: 'unjudged' });
  });
});

describe('which of them is the better', () => {
  const side = (rocAuc: number | null, fpr: number): Contestant => ({ rocAuc, recall: 0.9, fpr, targetFpr: 0.05 });
  const many = { normal: 20_000, attack: 20_000 };

  it.each([
    ['tells attacks better', side(0.95, 0.05), side(0.9, 0.05), 'next', 'ROC-AUC 0.950 against 0.900'],
    ['tells attacks worse', side(0.9, 0.01), side(0.95, 0.05), 'before', 'although 5.0 % of ordinary records'],
    [
      'has fewer false alarms',
      side(0.95, 0.02),
      side(0.951, 0.05),
      'next',
      '2.0 % of ordinary records are alarms of it',
    ],
    [
      'has more false alarms',
      side(0.95, 0.09),
      side(0.951, 0.05),
      'before',
      '5.0 % of ordinary records are alarms of it',
    ],
    ['does as well', side(0.95, 0.05), side(0.951, 0.051), 'alike', 'neither has fewer'],
    ['met no attack', side(null, 0.05), side(null, 0.2), 'next', 'there was no attack to judge by'],
  ] as const)('one that %s', (_, next, before, better, words) => {
    const verdict = verdictOf(next, before, many);
    expect(verdict.better).toBe(better);
    expect(verdict.why).toContain(words);
  });

  it('is not told from few records what chance alone may do', () => {
    const sides = [side(0.95, 0.02), side(0.9, 0.05)] as const;
    expect(verdictOf(...sides, many).better).toBe('next');
    expect(verdictOf(...sides, { normal: 40, attack: 40 }).better).toBe('alike');
  });
});
