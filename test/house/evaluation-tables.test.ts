import { expect, it } from 'vitest';
import { detectorTables, replaceBetween, spread } from '../../scripts/lib/evaluation-tables.mjs';

const result = (detector: string, seed: number, rocAuc: number, chosen = '') => ({
  detector,
  regime: 'normal-only',
  seed,
  rocAuc,
  prAuc: 0.9,
  recallAtFpr: { '0.001': 0.1, '0.01': 0.5, '0.05': 0.8 },
  threshold: {
    targetFpr: 0.05,
    fpr: 0.06,
    recall: 0.7,
    precision: 0.9,
    f1: 0.8,
    accuracy: 0.9,
    tn: 94,
    fp: 6,
    fn: 3,
    tp: 7,
  },
  perKind: [{ kind: 'scan', support: 10, recall: 0.7, interval: [0.4, 0.89] as [number, number] }],
  fitMs: 1000,
  scoreMs: 500,
  chosen,
  validation: 0.9,
});

const set = { rows: 110, normal: 100, attack: 10, skipped: 0 };
const report = {
  data: { train: set, test: set, duplicatesAcross: 3, features: 5 },
  warnings: [{ code: 'drift', message: 'it changed' }],
  results: [
    result('mean-z2', 1, 0.96),
    result('mean-z2', 2, 0.98),
    result('ensemble', 1, 0.95, 'mean-z2 1.00'),
    result('ensemble', 2, 0.95),
  ],
  selected: 'ensemble',
};

it('gives mean and half of the range over the seeds', () => {
  expect(spread([0.96, 0.98])).toBe('0.970 ± 0.010');
  expect(spread([0.5, 0.5])).toBe('0.500');
});

it('tells every detector, who does not beat mean z², and the kinds with their numbers', () => {
  const text = detectorTables('A set', [report], 'a processor');
  expect(text).toContain(
    '| normal-only | mean-z2 | 0.970 ± 0.010 | 0.900 | 0.100 | 0.500 | 0.800 | 0.060 | 0.700 | 0.800 | 1.5 |',
  );
  expect(text).toContain('| normal-only | **ensemble** (selected) | 0.950 |');
  expect(text).toContain('Do not beat mean z² by ROC-AUC here: ensemble.');
  expect(text).toContain('| scan | 10 | 70 % | 40 % to 89 % |');
  expect(text).toContain('Note: it changed.');
  expect(text).toContain('At 1 % FPR the ensemble finds 0.500, its best member (mean-z2) 0.500: it does not beat it.');
});

it('replaces what stands between markers and nothing else', () => {
  const text = 'before <!-- evaluate:a --> old <!-- /evaluate:a --> after';
  const once = replaceBetween(text, 'a', 'new');
  expect(once).toBe('before <!-- evaluate:a -->\n\nnew\n\n<!-- /evaluate:a --> after');
  expect(replaceBetween(once, 'a', 'new')).toBe(once);
  expect(() => replaceBetween(text, 'b', 'new')).toThrow(/markers/);
});
