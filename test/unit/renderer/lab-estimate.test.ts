import { describe, expect, it } from 'vitest';
import {
  askedSize,
  estimateOf,
  keepingSeconds,
  longest,
  recordsIn,
  roughly,
  slownessBy,
  timesOf,
  trainingEstimate,
} from '../../../src-renderer/features/lab/estimate.ts';
import { detectorsOf } from '../../../src-main/detect/lab/lab-detectors.ts';
import { slowAmong } from '../../../src-shared/domain/lab-costs.ts';
import type { ExperimentRow, KnownParameters } from '../../../src-shared/contract/topics/lab.ts';

const SIZE = {
  bytes: 1000,
  lineBytes: 100,
  columns: { all: { without: 50, with: 60 }, ordinary: { without: 40, with: 45 } },
  hosts: true,
};
const trees = { id: 'trees', meaning: '', least: 1, most: 1000, usual: 100, whole: true, searched: true };
const USUAL_SETTINGS = { parameters: {}, search: 0 };
const KNOWN: KnownParameters = [{ detector: 'random-forest', parameters: [trees] }];
const sized = (size: number) => ({ kind: 'file' as const, file: { size } });
const asked = {
  size: SIZE,
  files: [sized(5000)],
  regime: 'supervised' as const,
  detectors: ['random-forest'],
  seeds: 2,
  keepShortcuts: false,
  holdBack: undefined,
  settings: USUAL_SETTINGS,
};

describe('the time of a training', () => {
  const big = { ...asked, files: [sized(20_000_000)] };
  const training = { ...big, detector: 'random-forest' };

  it('follows the files, the columns, what is set and the machine', () => {
    const { seconds, rows, columns } = trainingEstimate(training, KNOWN, 1);
    expect([rows, columns]).toEqual([200_000, 50]);
    expect(seconds).toBeGreaterThan(0);
    expect(trainingEstimate(training, KNOWN, 3).seconds).toBeCloseTo(3 * seconds, 6);
    const settings = { search: 0, parameters: { 'random-forest': { trees: 500 } } };
    expect(trainingEstimate({ ...training, settings }, KNOWN, 1).seconds).toBeGreaterThan(2 * seconds);
    expect(trainingEstimate({ ...training, keepShortcuts: true }, KNOWN, 1).seconds).toBeGreaterThan(seconds);
  });

  it('of an experiment’s detector is told by what the experiment was of', () => {
    const options = { regime: 'supervised', test: [], parameters: {} };
    const row = (part: object): ExperimentRow =>
      ({ options, summary: { trainRows: 80_000, testRows: 20_000, ...part } }) as unknown as ExperimentRow;
    expect(keepingSeconds(row({}), 'random-forest', KNOWN, 1)).toBeNull();
    const seconds = keepingSeconds(row({ features: 50 }), 'random-forest', KNOWN, 1)!;
    const same = trainingEstimate({ ...training, files: [sized(10_000_000)] }, KNOWN, 1).seconds;
    expect(seconds).toBeCloseTo(same, 6);
  });
});

describe('the size of an experiment', () => {
  it('is told by the length of a line of its first file', () => {
    expect(recordsIn([sized(5000), sized(500)], SIZE)).toBe(55);
    expect(recordsIn([sized(500), { kind: 'path' }], SIZE)).toBe(15);
    expect(recordsIn([sized(500)], { ...SIZE, lineBytes: 0 })).toBe(0);
  });

  it('has what the form asks for', () => {
    expect(askedSize(asked, KNOWN)).toMatchObject({ rows: 50, columns: 50, seeds: 2, search: 0, shifted: false });
    const settings = { ...USUAL_SETTINGS, search: 4, parameters: { 'random-forest': { trees: 300 } } };
    expect(askedSize({ ...asked, keepShortcuts: true, holdBack: 'shifted', settings }, KNOWN)).toMatchObject({
      ...{ columns: 60, search: 4, searched: ['random-forest'], shifted: true, work: { 'random-forest': 3 } },
    });
  });

  it('has the columns of ordinary records where only these are learned from, and no detector that the records cannot feed', () => {
    const detectors = ['mean-z2', 'graph-statistics'];
    const ordinary = { ...asked, regime: 'normal-only' as const, detectors };
    expect(askedSize(ordinary, KNOWN)).toMatchObject({ columns: 40, detectors });
    const size = { ...SIZE, hosts: false };
    expect(askedSize({ ...ordinary, size }, KNOWN).detectors).toEqual(['mean-z2']);
  });

  it('and how long it took bring the next estimate to the machine', () => {
    const size = askedSize({ ...asked, files: [sized(5_000_000)] }, KNOWN);
    const { seconds } = estimateOf(size, 1);
    const summary = { trainRows: 35_000, testRows: 15_000, features: 50, seconds: 3 * seconds };
    const options = { regime: 'supervised', detectors: ['random-forest'], seeds: [1, 2] };
    const all = { supervised: [], contaminated: [], 'normal-only': [] };
    const row = (part: object): ExperimentRow =>
      ({ options, summary: { ...summary, ...part } }) as unknown as ExperimentRow;
    const found = slownessBy([row({ seconds: undefined }), row({})], all, KNOWN);
    expect(found.experiments).toBe(1);
    expect(found.slowness).toBeCloseTo(3, 6);
    expect(estimateOf(size, found.slowness).seconds).toBeCloseTo(3 * seconds, 6);
  });
});

describe('a rough time', () => {
  it.each([
    [0.2, 'a few seconds'],
    [44, 'about 40 seconds'],
    [100, 'about 2 minutes'],
    [61.5 * 60, 'about 62 minutes'],
    [2.6 * 3600, 'about 2.5 hours'],
    [30 * 3600, 'about 30 hours'],
  ])('of %d seconds is %s', (seconds, words) => expect(roughly(seconds)).toBe(words));

  it('names what takes most of it', () => {
    const each = new Map([
      ['k-means', 300],
      ['k-nearest', 900],
      ['dbscan', 1],
    ]);
    const named = longest({ seconds: 1201, each, rows: 1, columns: 1 });
    expect(named).toEqual(['k nearest about 15 minutes', 'k means about 5 minutes']);
  });

  it('is what keeps the slow ones from being chosen by themselves, and stands at those that are not chosen', () => {
    const ids = detectorsOf('normal-only');
    const slow = slowAmong(ids);
    expect(slow).not.toContain('mean-z2');
    expect(slow).toContain('variational-autoencoder');
    for (const rows of [2000, 30_000, 400_000]) {
      const size = { rows, columns: 122, seeds: 3 };
      const left = slowAmong(ids, size, 2);
      const detectors = ids.filter((id) => !left.includes(id));
      const times = timesOf(ids, { ...size, detectors }, 2);
      expect([...times.keys()]).toEqual(ids);
      const most = Math.max(...detectors.map((id) => times.get(id)!));
      for (const id of left) expect(times.get(id)!, `${id} of ${rows}`).toBeGreaterThan(most);
      expect(detectors.length).toBeGreaterThanOrEqual(ids.length / 2 - 1);
    }
  });
});
