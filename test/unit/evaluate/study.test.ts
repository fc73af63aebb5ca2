import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../src-main/detect/lab/evaluate.ts';
import type { Regime } from '../../../src-main/detect/lab/report.ts';
import { accuracyAtHalf, intervalOf, judgedOf, meanOf, methodOf, type Judged } from '../../evaluate/study/analysis.ts';
import { documentOf } from '../../evaluate/study/document.ts';
import { figuresOf } from '../../evaluate/study/figures.ts';
import { METHODS } from '../../evaluate/study/methods.ts';
import type { Part } from '../../evaluate/study/part.ts';
import { commandOf, methodsOf, SETS, STUDY_REGIMES } from '../../evaluate/study/sets.ts';
import { percent, seconds } from '../../evaluate/study/words.ts';
import { studyOf } from '../../evaluate/study/write.ts';
import { labelledRecords } from '../lab/records.ts';

const SET = SETS[0]!;
const RUN: readonly [Regime, string][] = [
  ['normal-only', 'mean-z2'],
  ['normal-only', 'isolation-forest'],
  ['supervised', 'one-rule'],
  ['supervised', 'random-forest'],
];

let folder: string;
let parts: Part[];
let judged: Judged;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-study-'));
  const [train, test] = ['train.txt', 'test.txt'].map((name) => join(folder, name));
  writeFileSync(train!, labelledRecords(2000, 1));
  writeFileSync(test!, labelledRecords(700, 2));
  const common = { seeds: [1, 2], validation: 0.2, targetFpr: 0.05, keepShortcuts: false, details: true } as const;
  parts = [];
  for (const [regime, method] of RUN) {
    const report = await evaluate({
      ...common,
      train: [train!],
      test: [test!],
      regime,
      detectors: [method],
      split: 'official',
      duplicates: 'drop',
      clock: () => performance.now(),
    });
    const machine = { processor: 'a processor', cores: 2, memoryGiB: 4, system: 'x', node: 'v24', sonde: '0' };
    const spent = { processorSeconds: 2, wallSeconds: 3, peakMiB: 111 };
    parts.push({ set: SET.id, regime, method, day: '2026-01-02', machine, ...spent, report });
  }
  const refused = { ...parts[0]!, method: 'graph-statistics', report: 'graph-statistics works on hosts: left out' };
  parts.push(refused);
  judged = judgedOf(SET, parts)!;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the study', () => {
  it('selects by validation data, once a regime', () => {
    for (const regime of STUDY_REGIMES) {
      const own = judged.methods.filter((method) => method.regime === regime);
      const most = Math.max(...own.map((method) => meanOf(method, ({ validation }) => validation)));
      expect(own.filter(({ isSelected }) => isSelected).map((method) => meanOf(method, (r) => r.validation))).toEqual([
        most,
      ]);
    }
  });

  it('counts the accuracy at a half as the report has it', () => {
    const forest = methodOf(judged, 'random-forest')!;
    for (const result of forest.results) {
      const { bins } = result.details!.calibration.probability!;
      const right = bins.map(({ stated, observed, records }) => (stated >= 0.5 ? observed : 1 - observed) * records);
      expect(accuracyAtHalf(result)).toBeCloseTo(right.reduce((a, b) => a + b) / judged.data.test.rows, 10);
    }
    expect(accuracyAtHalf(methodOf(judged, 'mean-z2')!.results[0]!)).toBeUndefined();
  });

  it('gives an interval that holds every seed', () => {
    for (const method of judged.methods) {
      const [low, high] = intervalOf(method, (r) => r.threshold.recall, judged.data.test.attack);
      for (const { threshold } of method.results) {
        expect(threshold.recall).toBeGreaterThanOrEqual(low);
        expect(threshold.recall).toBeLessThanOrEqual(high);
      }
    }
  });

  it('writes the figures of the run into the page, and what was not run', () => {
    const page = documentOf(studyOf(parts));
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
    const { train, test } = judged.data;
    expect(page).toContain(`${train.normal.toLocaleString('en-US')} + ${train.attack.toLocaleString('en-US')}`);
    expect(page).toContain(`${test.normal} + ${test.attack}`);
    for (const method of judged.methods) {
      expect(page).toContain(meanOf(method, ({ rocAuc }) => rocAuc).toFixed(3));
      expect(page).toContain(METHODS[method.id]!.text);
    }
    expect(page).toContain('111 MiB');
    expect(page).toContain('2026-01-02; a processor, 2 processors');
    expect(page).toContain('graph statistics works on hosts');
    expect(page).toContain(
      `**Not run here**: ${SETS.slice(1)
        .map(({ title }) => title)
        .join('; ')}.`,
    );
    for (const [, name] of page.matchAll(/\]\(study\/([\w-]+)\.svg\)/g)) {
      expect(figuresOf(judged).map((figure) => figure.name)).toContain(name);
    }
  });

  it('has no figure of a result in its templates: another run gives other figures everywhere', () => {
    const worse = parts.map((part): Part =>
      typeof part.report === 'string'
        ? part
        : {
            ...part,
            report: {
              ...part.report,
              results: part.report.results.map((result) => ({
                ...result,
                rocAuc: 0.123,
                prAuc: 0.123,
                recallAtFpr: { '0.001': 0.123, '0.01': 0.123, '0.05': 0.123 },
                threshold: {
                  ...result.threshold,
                  fpr: 0.123,
                  recall: 0.123,
                  precision: 0.123,
                  f1: 0.123,
                  accuracy: 0.123,
                },
              })),
            },
          },
    );
    const results = documentOf(studyOf(worse)).split('## Results')[1]!.split('## Kinds of attack')[0]!;
    const cells = [...results.matchAll(/\| (\d\.\d{3})/g)].map(([, value]) => value);
    expect(cells.length).toBeGreaterThan(20);
    expect(new Set(cells)).toEqual(new Set(['0.123']));
  });

  it('tells what learning at full size cost, and computes what it did not run, saying so', () => {
    const fitted = (rows: number, processorSeconds: number) => ({
      rows,
      columns: 7,
      wallSeconds: 1,
      processorSeconds,
      peakMiB: 9,
      accuracy: null,
    });
    const { machine } = parts[0]!;
    const page = documentOf(
      studyOf(parts, {
        day: '2026-01-03',
        machine,
        load: 0.5,
        trees: 100,
        judged: 50,
        whole: 40_000,
        library: 'some-library 1.0',
        minutes: 10,
        fits: [
          { by: 'ours', rows: 40_000, fitted: fitted(40_000, 12) },
          { by: 'library', rows: 500, fitted: fitted(500, 9) },
          { by: 'library', rows: 2000, fitted: fitted(2000, 180) },
        ],
      }),
    );
    expect(page).toContain('| some-library 1.0 | 2,000 × 7 | 1.0 s | 180 s | 9 MiB |');
    expect(page).toContain(
      'From 500 to 2,000 records, 4 times as many, the processor time of some-library 1.0 grows 20 times. If from there on it ' +
        'grew only as the records do, all 40,000 would take it 1.0 hours; Sonde takes 12.0 s. That was computed, not run.',
    );
    expect(documentOf(studyOf(parts))).not.toContain('Learning at full size');
  });

  it('draws every figure with a title, a text in its place, both schemes, and places that are numbers', () => {
    const figures = figuresOf(judged);
    expect(figures.map(({ name }) => name.replace(`${SET.id}-`, ''))).toEqual([
      'normal-only-curves',
      'supervised-curves',
      'recall',
      'kinds',
      'scores',
      'cost',
    ]);
    for (const { svg, alt } of figures) {
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg).toContain('prefers-color-scheme:dark');
      expect(svg).toMatch(/<title id="t">[^<]{10,}<\/title>/);
      expect(svg).toMatch(/<desc id="d">[^<]{40,}<\/desc>/);
      expect(alt.length).toBeGreaterThan(40);
    }
  });

  it('names commands that do what was run', () => {
    expect(commandOf(SET, 'supervised')).toBe(
      'sonde evaluate --train ../shared/data/flows/nsl-kdd/KDDTrain+_20Percent.txt --test ../shared/data/flows/nsl-kdd/KDDTest+.txt --regime supervised --seeds 1,2,3',
    );
    expect(SETS.flatMap((set) => STUDY_REGIMES.flatMap((regime) => methodsOf(set, regime))).length).toBeGreaterThan(50);
  });

  it.each([
    [0, '0 %'],
    [0.0002, 'under 0.1 %'],
    [0.004, '0.4 %'],
    [0.5, '50 %'],
    [0.9999, 'over 99.9 %'],
    [1, '100 %'],
  ])('tells the share %d as %s', (share, text) => expect(percent(share)).toBe(text));

  it('tells short times as such', () => {
    expect([0.001, 0.25, 3.14, 140].map(seconds)).toEqual(['under 0.01 s', '0.25 s', '3.1 s', '140 s']);
  });
});
