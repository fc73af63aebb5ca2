import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MATRIX_DETECTORS } from '../../../src-main/detect/detectors/matrix/registry.ts';
import { Encoder } from '../../../src-main/detect/lab/encode.ts';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import type { EvaluationReport } from '../../../src-main/detect/lab/report.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { allRows } from '../../../src-main/detect/lab/split.ts';
import { trainOnTable } from '../../../src-main/detect/lab/lab-train.ts';
import { kdd, labelledRecords } from './records.ts';
import { TRAINING } from './lab-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-imbalance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function write(name: string, text: string): string {
  writeFileSync(join(folder, name), `${text}\n`);
  return join(folder, name);
}
const train = write('train.txt', labelledRecords(2000, 1));
const test = write('test.txt', labelledRecords(600, 2));

const options = (more: Partial<EvaluateOptions>): EvaluateOptions => ({
  train: [train],
  test: [test],
  regime: 'supervised',
  detectors: ['logistic-regression', 'random-forest', 'gradient-boosting'],
  split: 'official',
  seeds: [1],
  validation: 0.2,
  targetFpr: 0.05,
  duplicates: 'drop',
  keepShortcuts: false,
  clock: () => 0,
  ...more,
});
const thresholds = ({ results }: EvaluationReport): number[] => results.map(({ threshold }) => threshold.value);

describe('against imbalance a comparison', () => {
  it('weighs classes, or does not: every detector that can says something else', async () => {
    const balanced = await evaluate(options({}));
    const none = await evaluate(options({ classWeights: 'none' }));
    expect(balanced.settings).toMatchObject({ classWeights: 'balanced', sampling: 'none' });
    expect(none.settings.classWeights).toBe('none');
    const [a, b] = [thresholds(balanced), thresholds(none)];
    expect(a[0]).not.toBe(b[0]);
    expect(a[2]).not.toBe(b[2]);
  });

  it.each(['under', 'over'] as const)('samples the classes: %s', async (sampling) => {
    const [plain, sampled] = [await evaluate(options({})), await evaluate(options({ sampling }))];
    expect(sampled.settings.sampling).toBe(sampling);
    expect(thresholds(sampled)).not.toEqual(thresholds(plain));
    expect(sampled.data.train).toEqual(plain.data.train);
  });

  it('leaves what learns without labels alone', async () => {
    const alone = { regime: 'normal-only', detectors: ['mean-z2', 'k-nearest'] } as const;
    const [plain, sampled] = [await evaluate(options(alone)), await evaluate(options({ ...alone, sampling: 'under' }))];
    expect(sampled.results).toEqual(plain.results);
  });

  it('sets parameters of single detectors, and refuses those of others', async () => {
    const detectors = ['gradient-boosting'];
    const few = await evaluate(options({ detectors, parameters: { 'gradient-boosting': { trees: 2, maxDepth: 1 } } }));
    expect(few.settings.parameters['gradient-boosting']).toMatchObject({ trees: 2, maxDepth: 1, leafRows: 20 });
    expect(thresholds(few)).not.toEqual(thresholds(await evaluate(options({ detectors }))));
    const other = options({ detectors, parameters: { 'k-nearest': { neighbours: 3 } } });
    await expect(evaluate(other)).rejects.toThrow('--set k-nearest.…: it does not take part');
    const wrong = options({ detectors, parameters: { 'gradient-boosting': { trees: 0 } } });
    await expect(evaluate(wrong)).rejects.toThrow('gradient-boosting.trees: 0 is not a whole number from 1 to 2000');
  });

  it('searches on training data: the test file changes nothing of what is chosen', async () => {
    const detectors = ['one-rule', 'random-forest'];
    const given = { detectors, search: 3, parameters: { 'random-forest': { trees: 10 } } };
    const other = write('other.txt', labelledRecords(200, 9));
    const [one, two] = [await evaluate(options(given)), await evaluate(options({ ...given, test: [other] }))];
    expect(one.settings.search).toHaveLength(1);
    expect(one.settings.search[0]!.tried).toHaveLength(3);
    expect(two.settings.search).toEqual(one.settings.search);
    expect(one.settings.parameters['random-forest']).toEqual(one.settings.search[0]!.chosen);
    expect(one.settings.search[0]!.chosen['trees']).toBe(10);
  });
});

describe('a word that training data did not have', () => {
  const unseen = write(
    'unseen.txt',
    Array.from({ length: 40 }, () => `${kdd({ service: 'gopher', flag: 'OTH', dst_bytes: '400' })},normal,21`).join(
      '\n',
    ),
  );

  it('is told from those they had, and as rare as what was never seen', async () => {
    const table = await readTable([train]);
    const encoder = Encoder.fit(table, allRows(table.rows), { keepShortcuts: false });
    const strange = await readTable([unseen]);
    const { features, data } = encoder.encode(strange, Int32Array.of(0));
    const of = (name: string): number => data[features.indexOf(name)]!;
    expect(of('service=(unseen)')).toBe(1);
    expect(features.filter((name) => name.startsWith('service=') && of(name) === 1)).toEqual(['service=(unseen)']);
    expect(of('service rarity')).toBeCloseTo(Math.log2((table.rows + 1) / 0.5), 4);
    expect(of('service rarity')).toBeGreaterThan(
      encoder.encode(table, Int32Array.of(0)).data[features.indexOf('service rarity')]!,
    );
  });

  it.each(MATRIX_DETECTORS.filter((entry) => entry.create().needs === undefined).map(({ id }) => id))(
    'is scored by %s like any other',
    async (detector) => {
      const entry = MATRIX_DETECTORS.find(({ id }) => id === detector)!;
      const parameters = entry.parameters.some(({ id }) => id === 'epochs') ? { epochs: 2 } : {};
      const table = await readTable([train]);
      const { model } = await trainOnTable(table, { ...TRAINING, detector, parameters });
      const strange = await readTable([unseen]);
      const { raw, score } = model.score(model.align(strange, unseen));
      expect(raw.every(Number.isFinite)).toBe(true);
      expect(score.every((value) => value >= 0 && value <= 1)).toBe(true);
    },
  );
});
