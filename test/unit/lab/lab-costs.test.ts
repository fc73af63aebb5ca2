import { describe, expect, it } from 'vitest';
import { LAB_DETECTORS } from '../../../src-main/detect/lab/lab-detectors.ts';
import { COST_COLUMNS, LAB_COSTS } from '../../../src-shared/domain/lab-cost-table.ts';
import {
  ENSEMBLE_MEMBERS,
  secondsByDetector,
  secondsOfExperiment,
  secondsOfTraining,
  slownessOf,
  workOf,
  type ExperimentSize,
} from '../../../src-shared/domain/lab-costs.ts';

const SIZE: ExperimentSize = { rows: 10_000, columns: COST_COLUMNS, detectors: ['k-nearest'], seeds: 1 };
const secondsOf = (size: Partial<ExperimentSize>): number => secondsOfExperiment({ ...SIZE, ...size });

describe('what is measured of detectors', () => {
  it('is known of every one that can be chosen, and of the members of the ensemble', () => {
    expect(Object.keys(LAB_COSTS).sort()).toEqual(LAB_DETECTORS.map(({ id }) => id).sort());
    expect([...ENSEMBLE_MEMBERS]).toEqual(LAB_DETECTORS.filter(({ inEnsemble }) => inEnsemble).map(({ id }) => id));
  });

  it.each(Object.entries(LAB_COSTS))('is a time that rises with the rows: %s', (_, { first, further }) => {
    for (const points of [first, further]) {
      expect(points.length).toBeGreaterThan(0);
      for (const [i, [rows, seconds]] of points.entries()) {
        expect(seconds).toBeGreaterThanOrEqual(0);
        if (i > 0) expect(rows).toBeGreaterThan(points[i - 1]![0]);
      }
    }
  });
});

describe('an estimate', () => {
  it('is what was measured where that was measured', () => {
    for (const [id, { first, columns = COST_COLUMNS }] of Object.entries(LAB_COSTS)) {
      if (id === 'ensemble') continue;
      for (const [rows, seconds] of first) {
        expect(secondsByDetector({ ...SIZE, rows, columns, detectors: [id] }).get(id)).toBeCloseTo(seconds, 6);
      }
    }
  });

  it('grows with rows, columns, seeds, a search, a drift and what is set', () => {
    const usual = secondsOf({});
    for (const more of [
      { rows: 11_000 },
      { rows: 1_000_000 },
      { columns: 2 * COST_COLUMNS },
      { seeds: 2 },
      { search: 3, searched: ['k-nearest'] },
      { seeds: 3, shifted: true },
      { work: { 'k-nearest': 2 } },
      { detectors: ['k-nearest', 'local-outlier'] },
    ]) {
      expect(secondsOf(more), JSON.stringify(more)).toBeGreaterThan(usual);
    }
    expect(secondsOf({ search: 3, searched: [] })).toBe(usual);
  });

  it('of a model is less than that of an experiment of its detector, twice the learning where labels are, and grows', () => {
    const size = { rows: 10_000, columns: COST_COLUMNS };
    for (const id of Object.keys(LAB_COSTS).filter((each) => each !== 'ensemble')) {
      const once = secondsOfTraining({ ...size, detector: id, supervised: false });
      expect(once).toBeGreaterThan(0);
      expect(once, id).toBeLessThanOrEqual(secondsOfExperiment({ ...size, detectors: [id], seeds: 2 }));
      const twice = secondsOfTraining({ ...size, detector: id, supervised: true });
      expect(twice, id).toBeGreaterThanOrEqual(once);
      expect(secondsOfTraining({ ...size, rows: 100_000, detector: id, supervised: true }), id).toBeGreaterThan(twice);
    }
    const boosted = { ...size, detector: 'gradient-boosting', supervised: true };
    const usual = secondsOfTraining(boosted);
    expect(secondsOfTraining({ ...boosted, work: { 'gradient-boosting': 3 } })).toBeGreaterThan(2 * usual);
    expect(secondsOfTraining({ ...boosted, search: 3, searched: ['gradient-boosting'] })).toBeGreaterThan(2 * usual);
    const members = ENSEMBLE_MEMBERS.map((id) => secondsOfTraining({ ...size, detector: id, supervised: false }));
    const whole = secondsOfTraining({ ...size, detector: 'ensemble', supervised: false });
    expect(whole).toBeGreaterThan(Math.max(...members));
  });

  it('counts the members of the ensemble once', () => {
    const alone = secondsOf({ detectors: ['ensemble'] });
    expect(alone).toBeGreaterThan(secondsOf({ detectors: [...ENSEMBLE_MEMBERS] }));
    expect(secondsOf({ detectors: ['ensemble', ...ENSEMBLE_MEMBERS] })).toBeCloseTo(alone, 6);
  });

  it('takes twice the trees for twice the work, and other parameters for none', () => {
    const parameters = [
      { id: 'trees', usual: 100 },
      { id: 'leafRows', usual: 1 },
    ];
    expect(workOf(parameters, { trees: 200, leafRows: 50 })).toBe(2);
    expect(workOf(parameters, {})).toBe(1);
  });

  it('is brought to the machine by the experiments that were made on it', () => {
    const took = (times: number) => ({ size: SIZE, seconds: secondsOf({}) * times });
    expect(slownessOf([])).toBe(1);
    expect(slownessOf([took(3), took(40), took(2)])).toBeCloseTo(3, 6);
    expect(slownessOf([took(2), took(8)])).toBeCloseTo(4, 6);
    // Of the latest five alone.
    expect(slownessOf([...[2, 2, 2, 2, 2].map(took), ...Array.from({ length: 9 }, () => took(9))])).toBeCloseTo(2, 6);
    expect(slownessOf([{ size: { ...SIZE, rows: 1 }, seconds: 0.2 }])).toBe(1);
  });
});
