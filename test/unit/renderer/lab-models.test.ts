import { describe, expect, it } from 'vitest';
import { labPlace } from '../../../src-renderer/features/lab/place.ts';
import { saidAgain } from '../../../src-renderer/features/lab/csv-mapping.ts';
import {
  alarmsText,
  figure,
  heldBackFigures,
  keptOptions,
  percentOf,
  promotionText,
  rollBackText,
  slotOf,
} from '../../../src-renderer/features/lab/models/words.ts';
import type { FileLook, LabOptions, LabResult } from '../../../src-shared/contract/topics/lab.ts';
import type { Promotion } from '../../../src-shared/contract/topics/models.ts';
import { DAMAGED_SUMMARY, SLOT, type LabModelSummary } from '../../../src-shared/domain/lab-model.ts';

describe('addresses of models', () => {
  it.each([
    [['models'], { what: 'models' }],
    [['models', 'new'], { what: 'new-model' }],
    [['models', 'daily'], { what: 'daily' }],
    [['models', '7'], { what: 'model', id: 7 }],
    [['models', '7', 'again'], { what: 'retrain', id: 7 }],
    [['models', 'x'], { what: 'models' }],
  ])('%j', (rest, place) => {
    expect(labPlace(rest)).toEqual(place);
  });
});

describe('words of models', () => {
  const change = (part: Partial<Promotion>): Promotion => ({
    id: 1,
    at: 0,
    user: 'ann',
    slot: 'forest',
    action: 'promote',
    model: 2,
    name: 'B',
    before: 1,
    beforeName: 'A',
    why: '',
    ...part,
  });

  it('say what scores, and what did', () => {
    expect(promotionText(change({}))).toBe('B scores as lab:forest in place of A');
    expect(promotionText(change({ before: null, beforeName: '' }))).toBe('B scores as lab:forest');
    expect(promotionText(change({ action: 'roll-back', name: 'A', beforeName: 'B' }))).toBe(
      'back to A as lab:forest from B',
    );
    expect(promotionText(change({ action: 'roll-back', model: null, name: '' }))).toBe(
      'A taken back: nothing scores as lab:forest',
    );
    expect(promotionText(change({ action: 'withdraw', model: null, name: '' }))).toBe(
      'A no longer scores as lab:forest',
    );
  });

  it('say where a roll-back leads, and what a threshold comes to', () => {
    expect(rollBackText('forest', 'B', change({}))).toBe('A scores as lab:forest again, as it did before B.');
    expect(rollBackText('forest', 'B', change({ before: null, beforeName: '' }))).toMatch(
      /^Nothing scored as lab:forest/,
    );
    expect(rollBackText('forest', 'B', change({ action: 'roll-back' }))).toContain('where there was nothing');
    expect(alarmsText(0.05)).toContain('set for 5 % false positives: of 10,000 ordinary flows about 500 are');
  });

  it('make a name to score under of any text', () => {
    expect(slotOf('Random Forest (again)')).toBe('random-forest-again');
    for (const text of ['k-means', 'Größe 3', 'a'.repeat(99)]) expect(slotOf(text)).toMatch(SLOT);
  });

  it('tell unknown from zero', () => {
    expect([figure(null), figure(0), percentOf(0.05), percentOf(0.001)]).toEqual(['–', '0.000', '5 %', '0.1 %']);
  });
});

describe('figures of a model', () => {
  const heldBack = { leftOut: [], normal: 9, attack: 0, rocAuc: null, prAuc: null, fpr: 0, recall: null };
  const of = (summary: LabModelSummary): string[] => heldBackFigures({ summary }).map(({ value }) => value);
  const whole: LabModelSummary = { ...DAMAGED_SUMMARY, detector: 'k-means', threshold: { score: 0, targetFpr: 0.05 } };

  it('are not measured where there was nothing to measure by, and zero only where that was measured', () => {
    const unknown = 'not measured';
    expect(of({ ...whole, heldBack })).toEqual([unknown, unknown, unknown, '0.000', '0']);
    expect(of({ ...whole, heldBack: { ...heldBack, normal: 0 } })[3]).toBe(unknown);
    expect(of(DAMAGED_SUMMARY)).toEqual(Array(5).fill(unknown));
  });
});

describe('a model of an experiment', () => {
  const options: LabOptions = {
    train: ['a.csv'],
    test: [],
    regime: 'supervised',
    split: 'time',
    seeds: [4],
    validation: 0.3,
    targetFpr: 0.01,
    duplicates: 'drop',
    keepShortcuts: true,
    classWeights: 'none',
    sampling: 'over',
    parameters: { 'random-forest': { trees: 9 } },
    holdBack: 'shifted',
  };
  const run = { detector: 'random-forest', regime: 'supervised', seed: 4 } as LabResult;
  const kept = {
    detector: 'random-forest',
    regime: 'supervised',
    seed: 4,
    validation: 0.3,
    targetFpr: 0.01,
    keepShortcuts: true,
    classWeights: 'none',
    sampling: 'over',
  };

  it('takes along what its detector was told', () => {
    expect(keptOptions(options, run)).toEqual({ ...kept, parameters: { trees: 9 } });
    expect(keptOptions(options, { ...run, detector: 'open-forest' })).toEqual({ ...kept, detector: 'open-forest' });
  });

  it('takes along what the search chose, not the search', () => {
    const chosen = { trees: 9, maxDepth: 7 };
    const search = [{ detector: 'random-forest', criterion: '', tried: [], chosen }];
    expect(keptOptions({ ...options, search: 5 }, run, search)).toEqual({ ...kept, parameters: chosen });
  });
});

describe('what was said of the columns before', () => {
  const look: FileLook = { format: null, why: '', cure: '', delimiter: ',', columns: [], labels: [], size: null };
  const before = {
    label: 'verdict',
    positive: ['bad'],
    negative: [],
    columns: { port: { role: 'shortcut' as const } },
  };
  const column = { name: 'verdict', type: 'categorical' as const, role: 'feature' as const, values: ['bad', 'good'] };

  it('is said again of a file that has the label', () => {
    expect(saidAgain({ ...look, columns: [column] }, before)).toEqual({
      label: 'verdict',
      marked: 'attacks',
      values: ['bad'],
      columns: before.columns,
    });
    expect(saidAgain(look, before)).toBeNull();
    expect(saidAgain({ ...look, columns: [column] }, undefined)).toBeNull();
  });
});
