/** What a model knows already, or is told beforehand: records alike, files it learned from, labels in other words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { contest, divideForContest } from '../../../src-main/detect/lab/contest.ts';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import type { LabModel } from '../../../src-main/detect/lab/lab-model.ts';
import { trainLabModel } from '../../../src-main/detect/lab/lab-train.ts';
import { scoreFile } from '../../../src-main/detect/lab/score-file.ts';
import { evaluationText } from '../../../src-main/run/cli/commands/evaluate.ts';
import { TRAINING } from './lab-records.ts';
import { labelledRecords } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-same-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const mapping = { label: 'label', positive: ['attack'], negative: [] };
const judged = (train: string, more: Partial<EvaluateOptions> = {}) =>
  evaluate({
    train: [train],
    test: [],
    mapping,
    regime: 'supervised',
    detectors: ['one-rule'],
    split: 'random',
    seeds: [1],
    validation: 0.2,
    targetFpr: 0.05,
    duplicates: 'drop',
    keepShortcuts: false,
    clock: () => 0,
    ...more,
  });

/** 60 different rows, over and over, each at a time of its own. */
function repeated(): string {
  const random = randomSource(7);
  const rows = Array.from({ length: 3000 }, (_, i) => {
    const label = random() < 0.4 ? 'attack' : 'normal';
    return `${1_700_000_000 + i * 7},${(i % 60) * 11},w${i % 4},${label}`;
  });
  return `ts,bytes,word,label\n${rows.join('\n')}\n`;
}

describe('records that differ in their times alone', () => {
  it('are counted, told of and judged', async () => {
    const report = await judged(write('times.csv', repeated()));
    const { duplicatesAcross, alikeAcross, test } = report.data;
    expect(duplicatesAcross).toBe(0);
    expect(test.rows).toBeGreaterThan(800);
    expect(alikeAcross).toBe(test.rows);
    const said = report.warnings.find(({ code }) => code === 'alike-judged');
    expect(said?.message).toContain(`${test.rows} of ${test.rows} test records are equal to a training record`);
    expect(evaluationText(report)).toContain(
      `${alikeAcross} records of the test data equal one of the training data in all that is learned from`,
    );
  });

  it('are not alike where the times are learned from, too', async () => {
    const report = await judged(write('times.csv', repeated()), { keepShortcuts: true });
    expect(report.data.alikeAcross).toBe(0);
    expect(report.warnings.map(({ code }) => code)).not.toContain('alike-judged');
  });

  it('are not counted twice where the whole record is the same', async () => {
    const path = write('whole.csv', repeated().replaceAll(/^\d+,|^ts,/gm, ''));
    const { data } = await judged(path, { duplicates: 'keep' });
    expect([data.duplicatesAcross, data.alikeAcross]).toEqual([data.test.rows, data.test.rows]);
  });
});

/** A word and a number that say what the label says, and one that nearly does. */
function told(count: number): string {
  const random = randomSource(3);
  const rows = Array.from({ length: count }, (_, i) => {
    const attack = i % 3 === 0;
    const family = attack ? ['dos', 'scan'][i % 2] : 'none';
    const nearly = attack === (i % 50 !== 0) ? 900 + random() : random();
    return `${random() * 100},${nearly},${attack ? 7 + random() : random()},${family},${attack ? 'attack' : 'normal'}`;
  });
  return `bytes,nearly,risk,action,label\n${rows.join('\n')}\n`;
}

describe('a column that says what the label says', () => {
  const WORDS = /^risk, action: alone nearly always tells the attacks of the training data/;

  it('is named by evaluate and train', async () => {
    const path = write('told.csv', told(600));
    const { warnings } = await judged(path);
    expect(warnings.find(({ code }) => code === 'label-in-other-words')?.message).toMatch(WORDS);
    const trained = await trainLabModel({ ...TRAINING, parameters: {}, detector: 'one-rule', files: [path], mapping });
    expect(trained.warnings.find(({ code }) => code === 'label-in-other-words')?.message).toMatch(WORDS);
  });

  it('is not with fewer than twenty records of a class', async () => {
    const { warnings } = await judged(write('few.csv', told(57)));
    expect(warnings.map(({ code }) => code)).not.toContain('label-in-other-words');
  });
});

describe('a file that a model learned from', async () => {
  const [one, other, third] = [1, 2, 3].map((seed) => write(`${seed}.txt`, labelledRecords(900, seed)));
  const learn = async (...files: string[]): Promise<LabModel> =>
    (await trainLabModel({ ...TRAINING, parameters: {}, detector: 'logistic-regression', files })).model;
  const [before, next] = [await learn(one!, other!), await learn(third!)];

  it('decides no contest', async () => {
    const known = contest(next, before, divideForContest(await readTable([other!]), 1));
    expect(known.better).toBe('unjudged');
    expect(known.why).toMatch(/^the older model has learned from a file that is among these/);
    const both = contest(next, before, divideForContest(await readTable([third!, one!]), 1));
    expect(both.better).toBe('unjudged');
    const fresh = contest(next, before, divideForContest(await readTable([third!]), 1));
    expect(fresh.better).not.toBe('unjudged');
  });

  it('is told of where it is scored', async () => {
    const scored = async (file: string): Promise<boolean> => {
      const model = { kind: 'records', model: before } as const;
      const summary = await scoreFile({ file, out: join(folder, 'out.csv'), model, reasons: 'none' });
      return summary.learnedFrom;
    };
    expect([await scored(one!), await scored(other!), await scored(third!)]).toEqual([true, true, false]);
  });
});
