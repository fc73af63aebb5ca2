import { describe, expect, it } from 'vitest';
import { directionOf, nearestDot, ranks, ROW, swarm } from '../../../src-renderer/features/lab/beeswarm.ts';
import { csvFile } from '../../../src-renderer/features/lab/csv.ts';
import {
  alarmsADay,
  bandOf,
  countsAt,
  curveGrid,
  cutFor,
  detectorRows,
  kindsAt,
  lineAt,
  rangeOf,
} from '../../../src-renderer/features/lab/numbers.ts';
import { firstSaid, mappingOf, valuesOf } from '../../../src-renderer/features/lab/csv-mapping.ts';
import { labAddress, labPlace } from '../../../src-renderer/features/lab/place.ts';
import { nearestCut, placeOf, scoreAxis, scoreBars } from '../../../src-renderer/features/lab/score-axis.ts';
import {
  detectorName,
  detectorWords,
  notRanked,
  noteText,
  optionRows,
  pText,
  scoreText,
  seedsOf,
} from '../../../src-renderer/features/lab/words.ts';
import { LAB_DETECTORS } from '../../../src-main/detect/lab/lab-detectors.ts';
import { readPlace } from '../../../src-renderer/lib/address-bar.ts';
import type {
  FileLook,
  LabOptions,
  LabReport,
  LabResult,
  ResultDetails,
} from '../../../src-shared/contract/topics/lab.ts';

const scores: ResultDetails['scores'] = {
  edges: [0, 1, 2, 5],
  most: 9,
  normal: [60, 30, 9, 1],
  attack: [1, 2, 3, 14],
  kinds: [{ kind: 'scan', support: 20, counts: [1, 2, 3, 14] }],
};

function result(detector: string, seed: number, rocAuc: number, recall: number[]): LabResult {
  const details: ResultDetails = {
    roc: { fpr: [0, 0.5, 1], recall },
    pr: { recall: [0, 0.5, 1], precision: [0, 1, 0.5] },
    scores,
    calibration: { falsePositives: [], probability: null },
    importance: null,
  };
  const threshold = { value: 2, targetFpr: 0.05, fpr: 0, recall: 0, precision: 0, f1: 0, accuracy: 0, tn: 0, fp: 0, fn: 0, tp: 0 }; // prettier-ignore
  return { detector, regime: 'normal-only', seed, rocAuc, prAuc: 0.5, recallAtFpr: {}, threshold, perKind: [], fitMs: 1, scoreMs: 1, chosen: '', validation: 0.5, details }; // prettier-ignore
}

describe('dots of contributions', () => {
  const column = (contributions: number[], values: (number | string | null)[]) => {
    return { column: 'bytes', mean: 1, contributions, values };
  };

  it('are coloured by rank: equal values alike, words and what is unset not at all', () => {
    expect(ranks([5, 1, null, 'tcp', 1, 9])).toEqual([2 / 3, 1 / 6, null, null, 1 / 6, 1]);
    expect(ranks([4, 4])).toEqual([0.5, 0.5]);
    expect(ranks([4])).toEqual([0.5]);
    const { dots } = swarm({ columns: [column([0, 1, 2, 3], [10, 20, 'x', 30])] }, 0, 100);
    expect(dots.toSorted((a, b) => a.record - b.record).map(({ tone }) => tone)).toEqual([
      'least',
      'middle',
      'none',
      'most',
    ]);
  });

  it('say which way a column pushes, where it does', () => {
    expect(directionOf(column([-2, -1, 1, 5], [1, 2, 3, 100]))).toBe('high');
    expect(directionOf(column([5, 1, -1, -2], [1, 2, 3, 100]))).toBe('low');
    expect(directionOf(column([1, -1, -1, 1], [1, 2, 3, 4]))).toBe('mixed');
    expect(directionOf(column([1, 2], ['a', 'b']))).toBe('mixed');
    expect(directionOf(column([1, 1], [1, 2]))).toBe('mixed');
  });

  it('lie in their row, between the ends, and not on each other', () => {
    const many = Array.from({ length: 120 }, (_, i) => (i < 100 ? 0.5 : -0.25));
    const { dots, ticks, rooted } = swarm(
      { columns: [column(many, many), column([...many].reverse(), many)] },
      200,
      600,
    );
    expect(rooted).toBe(false);
    expect(ticks.map(({ value, x }) => [value, x])).toEqual([
      [0, expect.closeTo(200 + 400 / 3, 9)],
      [-0.25, 200],
      [0.5, 600],
    ]);
    for (const { x, y, column: at } of dots) {
      expect([x >= 200 && x <= 600, y > at * ROW && y < (at + 1) * ROW]).toEqual([true, true]);
    }
    expect(new Set(dots.map(({ x, y }) => `${x} ${y}`)).size).toBe(240);
  });

  it('with one far beyond all others are drawn by square roots', () => {
    const { rooted, dots } = swarm({ columns: [column([...Array.from({ length: 40 }, () => 1), 10_000], [])] }, 0, 100);
    expect(rooted).toBe(true);
    expect(dots.find(({ record }) => record === 0)!.x).toBeCloseTo(1, 9);
  });

  it('that all are nothing lie at zero', () => {
    const { dots, ticks } = swarm({ columns: [column([0, 0], [1, 2])] }, 0, 100);
    expect(dots.map(({ x }) => x)).toEqual([0, 0]);
    expect(ticks).toHaveLength(1);
  });

  it('are found under the pointer, and only near it', () => {
    const { dots } = swarm({ columns: [column([0, 10], [1, 2])] }, 0, 100);
    expect(nearestDot(dots, 97, ROW / 2)?.record).toBe(1);
    expect(nearestDot(dots, 50, ROW / 2)).toBeNull();
  });
});

it('the spread over the seeds is from the least to the most', () => {
  const runs = [0.7, 0.9, 0.8].map((auc, i) => result('k-means', i, auc, [0, 0.5, 1]));
  expect(rangeOf(runs, ({ rocAuc }) => rocAuc)).toEqual([0.7, 0.9]);
});

describe('a threshold that is moved', () => {
  it('counts from its bin on, and rates from the counts', () => {
    expect(countsAt(scores, 2)).toEqual({
      tp: 17, fp: 10, tn: 90, fn: 3, recall: 0.85, precision: 17 / 27, fpr: 0.1, f1: 34 / 47, accuracy: 107 / 120,
    }); // prettier-ignore
    expect(countsAt(scores, 4)).toMatchObject({ tp: 0, fp: 0, recall: 0, precision: 0 });
    expect(countsAt(scores, 0)).toMatchObject({ fn: 0, tn: 0, recall: 1, fpr: 1 });
  });

  it('says of each kind how much is found and how sure that is', () => {
    expect(kindsAt(scores, 3)).toEqual([
      {
        kind: 'scan',
        support: 20,
        found: 14,
        recall: 0.7,
        interval: [expect.closeTo(0.481, 3), expect.closeTo(0.855, 3)],
      },
    ]);
  });

  it('is told apart from one above every score', () => {
    expect([-1, 0, 1.5, 2, 99].map((value) => cutFor(scores, value))).toEqual([0, 0, 2, 2, 4]);
  });

  it('costs so many alarms a day on a network of which a share are attacks', () => {
    const day = alarmsADay(countsAt(scores, 2), 10_000, 0.01);
    expect(day).toEqual({ alarms: 85 + 990, right: 85, precision: 85 / 1075, missed: expect.closeTo(15, 9) });
  });
});

describe('bands over seeds', () => {
  it('go from the least to the most at each place, about the mean', () => {
    const runs = [result('a', 1, 0.9, [0, 0.6, 1]), result('a', 2, 0.9, [0, 0.8, 1])];
    expect(bandOf(runs, 'roc', [0, 0.25, 0.5, 1])).toEqual([
      { x: 0, mean: 0, low: 0, high: 0 },
      { x: 0.25, mean: 0.35, low: 0.3, high: 0.4 },
      { x: 0.5, mean: 0.7, low: 0.6, high: 0.8 },
      { x: 1, mean: 1, low: 1, high: 1 },
    ]);
    expect(bandOf(runs, 'pr', [0, 0.5, 0.7]).map(({ mean }) => mean)).toEqual([1, 1, 0.5]);
  });

  it('take the height of a step at its place', () => {
    expect(lineAt([0, 0, 0.5, 1], [0, 0.4, 0.5, 1], 0)).toBe(0.4);
    expect(lineAt([0, 0, 0.5, 1], [0, 0.4, 0.5, 1], 0.75)).toBe(0.75);
  });

  it('are seen where rates are small', () => {
    expect(curveGrid(true)[0]).toBeCloseTo(1e-4, 12);
    expect(curveGrid(false).filter((x) => x > 0 && x < 0.01).length).toBeGreaterThan(10);
  });
});

describe('the table of detectors', () => {
  it('has the baselines whatever was chosen, and marks what validation data would choose', () => {
    const baselines = [result('one-rule', 1, 0.6, [0, 0.5, 1])];
    const results = [result('k-means', 1, 0.8, [0, 0.5, 1]), result('mean-z2', 1, 0.9, [0, 0.5, 1])];
    const report = { results, selected: 'k-means', details: { baselines, features: [], featuresTotal: 0 } };
    expect(
      detectorRows(report as unknown as LabReport).map(({ detector, baseline, selected }) => [
        detector,
        baseline,
        selected,
      ]),
    ).toEqual([
      ['mean-z2', true, false],
      ['k-means', false, true],
      ['one-rule', true, false],
    ]);
  });
});

describe('the axis of scores', () => {
  const tailed: ResultDetails['scores'] = {
    ...scores,
    edges: [-3, 0, 1, 2, 1e6],
    most: 1e9,
    normal: [1, 1, 1, 1, 0],
    attack: [0, 0, 0, 1, 9],
  };

  it.each([
    ['plain', scores],
    ['with a far tail', tailed],
  ])('%s: goes there and back, and holds all records', (_, given) => {
    const axis = scoreAxis(given);
    for (const edge of given.edges) expect(axis.score(axis.place(edge))).toBeCloseTo(edge, 6);
    const bars = scoreBars(given, axis);
    const whole = (of: (bar: { up: number; down: number }) => number): number =>
      bars.reduce((sum, bar) => sum + of(bar) ** 2, 0);
    expect(whole(({ up }) => up)).toBeCloseTo(1, 9);
    expect(whole(({ down }) => down)).toBeCloseTo(1, 9);
  });

  it('finds the threshold nearest to where a pointer is', () => {
    const axis = scoreAxis(tailed);
    for (let cut = 0; cut <= tailed.edges.length; cut++) {
      expect(nearestCut(tailed, axis, placeOf(tailed, axis, cut) + 1e-9)).toBe(cut);
    }
  });

  it('has a width also where all scores are the same', () => {
    const axis = scoreAxis({ ...scores, edges: [2], most: 2, normal: [5], attack: [5] });
    expect(axis.to - axis.from).toBe(1);
  });
});

describe('what is said of an unknown CSV', () => {
  const look: FileLook = {
    format: null,
    size: null,
    why: '',
    cure: '',
    delimiter: ';',
    columns: [
      { name: 'bytes', type: 'numeric', role: 'feature', values: ['1', '2'] },
      { name: 'verdict', type: 'categorical', role: 'feature', values: ['Benign', 'DoS'] },
    ],
    labels: [{ name: 'verdict', values: ['Benign', 'DoS', 'Scan'] }],
  };

  it('begins with the likely label and what of it sounds ordinary: all else is an attack', () => {
    const said = firstSaid(look);
    expect(mappingOf(look, said)).toEqual({
      label: 'verdict',
      positive: [],
      negative: ['Benign'],
      delimiter: ';',
      columns: {},
    });
    expect(valuesOf(look, 'verdict')).toEqual(['Benign', 'DoS', 'Scan']);
    expect(valuesOf(look, 'bytes')).toEqual(['1', '2']);
  });

  it('is nothing yet without a label, or without a marked value', () => {
    expect(mappingOf(look, { ...firstSaid(look), values: [] })).toBeNull();
    expect(mappingOf(look, { ...firstSaid(look), label: '' })).toBeNull();
    const said = { label: 'bytes', marked: 'attacks', values: ['2'], columns: { verdict: { role: 'kind' } } } as const;
    expect(mappingOf(look, said)).toMatchObject({
      positive: ['2'],
      negative: [],
      columns: { verdict: { role: 'kind' } },
    });
  });
});

describe('words of detectors and options', () => {
  it('each detector has a name without hyphens of its id, and a line of its own', () => {
    const lines = LAB_DETECTORS.map(({ id }) => detectorWords(id));
    expect(lines.filter((line) => line === '')).toEqual([]);
    expect(new Set(lines).size).toBe(lines.length);
    expect(detectorName('gradient-boosting')).toBe('gradient-boosted trees');
    expect(detectorName('open-ensemble')).toBe('open ensemble');
  });

  it('say how records were held back', () => {
    const options: LabOptions = {
      train: ['a.csv'],
      test: [],
      regime: 'normal-only',
      split: 'time',
      seeds: [1],
      validation: 0.2,
      targetFpr: 0.05,
      duplicates: 'drop',
      keepShortcuts: false,
      parameters: { 'k-nearest': { neighbours: 3 } },
    };
    const told = (given: LabOptions): unknown =>
      optionRows(given).find(({ name }) => name === 'Held back for validation')!.value;
    expect(told(options)).toBe('20 %');
    expect(told({ ...options, holdBack: 'shifted' })).toBe('six times, as if traffic had drifted');
    expect(optionRows(options)).toContainEqual({ name: 'Parameters', value: 'k nearest: neighbours 3' });
  });

  it('name no option of the command line in a note', () => {
    expect(noteText('a.csv: columns guessed; --map says otherwise')).toBe(
      'A.csv: columns guessed; a new experiment can say otherwise.',
    );
  });
});

describe('words and addresses of the lab', () => {
  it('leads to the list, a form, a result, and two of them', () => {
    const at = (rest: string[]) => labPlace(readPlace(labAddress(rest)).rest);
    expect([at([]), at(['new']), at(['3']), at(['compare', '3', '5']), at(['compare', 'x']), at(['-1'])]).toEqual([
      { what: 'list' },
      { what: 'new' },
      { what: 'result', id: 3 },
      { what: 'compare', ids: [3, 5] },
      { what: 'list' },
      { what: 'list' },
    ]);
  });

  it('reads seeds', () => {
    expect(['1, 2, 3', '7', '1 1', '', 'x', '4294967296', '1;2'].map(seedsOf)).toEqual([
      [1, 2, 3], [7], null, null, null, null, [1, 2],
    ]); // prettier-ignore
  });

  it('writes numbers short, and never a probability as 0 that is not', () => {
    expect([0, 0.00012, 7.12345, 1234.5, 2e9].map(scoreText)).toEqual(['0', '1.2e-4', '7.12', '1,235', '2.0e+9']);
    expect([0, 1e-12, 0.05].map(pText)).toEqual(['< 1e-300', '1e-12', '0.050']);
  });

  it('writes CSV that no spreadsheet takes for a formula', () => {
    expect(csvFile(['a', 'b'], [['x,"y"', 1.5], ['=1+1', null]])).toBe('a,b\r\n"x,""y""",1.5\r\n\'=1+1,\r\n'); // prettier-ignore
  });
});

it('says who takes no part in what is selected', () => {
  const [near, made] = [{ detector: 'k-nearest', selected: true }, { detector: 'contrast-ensemble', selected: false }]; // prettier-ignore
  expect(notRanked([made, near])).toContain('contrast ensemble, as it learns from made-up records');
  expect(notRanked([near])).toBe('');
  expect(notRanked([{ ...made, selected: true }])).toBe('');
});
