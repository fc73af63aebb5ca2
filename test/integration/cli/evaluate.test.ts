import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationReport } from '../../../src-main/detect/lab/report.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { kdd, labelledRecords as records } from '../../unit/lab/records.ts';
import { sonde } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FLOWS = join(ROOT, '..', 'shared', 'data', 'flows');
const schema = JSON.parse(
  readFileSync(join(ROOT, 'resources', 'schemas', 'sonde.evaluate-1.schema.json'), 'utf8'),
) as object;
const valid = new Ajv().compile(schema);
const QUICK = 'mean-z2,isolation-forest,k-nearest,gaussian-mixture';

let folder = '';
let train = '';
let test = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-evaluate-'));
  train = join(folder, 'train.txt');
  test = join(folder, 'test.txt');
  writeFileSync(train, `${records(2000, 1)}\nnot a record\n${kdd()},normal,21\n`);
  writeFileSync(test, `${records(800, 2)}\n${kdd()},normal,21\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(...args: string[]): Promise<EvaluationReport> {
  const ran = await sonde(['evaluate', '--json', ...args]);
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  const parsed = JSON.parse(ran.stdout) as EvaluationReport;
  expect(valid(parsed), JSON.stringify(valid.errors)).toBe(true);
  return parsed;
}

/** All but what the clock says. */
const untimed = ({ results, ...rest }: EvaluationReport): object => ({
  ...rest,
  results: results.map((each) => ({ ...each, fitMs: 0, scoreMs: 0 })),
});

describe('sonde evaluate', () => {
  it('compares detectors that saw only ordinary records', async () => {
    const found = await report('--train', train, '--test', test, '--detectors', `${QUICK},ensemble`, '--seeds', '1,2');
    expect(found.data.train).toMatchObject({ format: 'nsl-kdd', rows: 2001, normal: 1401, attack: 600, skipped: 1 });
    expect(found.data.train.skippedReasons[0]).toMatchObject({ count: 1, lines: [2001] });
    expect(found.data.duplicatesAcross).toBe(1);
    expect(found.data.test.rows).toBe(800);
    expect(found.usesLabels).toBe(false);
    expect(found.results.map(({ detector, seed }) => `${detector} ${seed}`)).toHaveLength(10);
    for (const result of found.results) {
      const { tn, fp, fn, tp, targetFpr } = result.threshold;
      expect(tn + fp).toBe(found.data.test.normal);
      expect(tp + fn).toBe(found.data.test.attack);
      expect(targetFpr).toBe(0.05);
      expect(result.rocAuc).toBeGreaterThan(0.9);
      expect(result.perKind.reduce((sum, { support }) => sum + support, 0)).toBe(found.data.test.attack);
    }
  });

  it('gives the same for the same seed', async () => {
    const args = ['--train', train, '--test', test, '--detectors', QUICK, '--seeds', '5'];
    expect(untimed(await report(...args))).toEqual(untimed(await report(...args)));
  });

  it('does not look at the labels of training data when they are not to be known', async () => {
    const shuffled = join(folder, 'relabelled.txt');
    const lines = readFileSync(train, 'utf8').split('\n');
    writeFileSync(shuffled, lines.map((line, i) => (i % 2 ? line.replace(/,\w+,21$/, ',normal,21') : line)).join('\n'));
    const rest = [
      '--test',
      test,
      '--detectors',
      QUICK,
      '--seeds',
      '1',
      '--regime',
      'contaminated',
      '--duplicates',
      'keep',
    ];
    const [one, other] = [await report('--train', train, ...rest), await report('--train', shuffled, ...rest)];
    expect(one.usesLabels).toBe(false);
    expect(other.results.map(({ rocAuc, threshold }) => [rocAuc, threshold])).toEqual(
      one.results.map(({ rocAuc, threshold }) => [rocAuc, threshold]),
    );
  });

  it('learns from labels when asked to, and says so', async () => {
    const found = await report('--train', train, '--test', test, '--regime', 'supervised', '--seeds', '1');
    expect(found.usesLabels).toBe(true);
    expect(found.results.map(({ detector }) => detector)).toEqual([
      'one-rule',
      'logistic-regression',
      'random-forest',
      'gradient-boosting',
      'open-forest',
      'open-ensemble',
      'stacked-forest',
    ]);
    expect(found.results[0]!.chosen).not.toBe('');
    expect(found.results.map(({ detector }) => detector)).toContain(found.selected);
  });

  it('holds back what is shifted when asked to, and then learns from every kind', async () => {
    const args = ['--train', train, '--test', test, '--regime', 'supervised', '--seeds', '1', '--hold-back', 'shifted'];
    const found = await report(...args, '--detectors', 'random-forest,open-ensemble,stacked-forest');
    expect(found.results.map(({ detector }) => detector)).toEqual(['random-forest', 'open-ensemble']);
    for (const { chosen, rocAuc, threshold } of found.results) {
      expect(chosen).toMatch(/6 shifted folds: \d+\.\d % to \d+\.\d % false alarms, \d+\.\d % of kinds left out found/);
      expect(rocAuc).toBe(1);
      expect(threshold.fpr).toBeLessThan(0.05);
    }
    expect(found.warnings.map(({ message }) => message)).toContain(
      'insufficient: stacked-forest cannot be judged by rows held back one by one: left out',
    );
  });

  it('selects on validation data: other labels in the test file change nothing', async () => {
    const lines = records(800, 2).split('\n');
    const relabelled = join(folder, 'other-labels.txt');
    writeFileSync(relabelled, lines.map((line) => line.replace('neptune', 'normal').replace('satan', 'x')).join('\n'));
    const args = ['--train', train, '--detectors', `${QUICK},ensemble`, '--seeds', '1'];
    const one = await report(...args, '--test', test);
    const other = await report(...args, '--test', relabelled);
    expect(other.selected).toBe(one.selected);
    expect(other.results.map(({ validation, threshold, chosen }) => [validation, threshold.value, chosen])).toEqual(
      one.results.map(({ validation, threshold, chosen }) => [validation, threshold.value, chosen]),
    );
  });

  it('does not rank what learns from made-up rows by made-up rows', async () => {
    const args = ['--train', train, '--test', test, '--seeds', '1', '--detectors'];
    const beside = await report(...args, 'mean-z2,contrast-forest');
    expect(beside.selected).toBe('mean-z2');
    const validation = Object.fromEntries(beside.results.map((each) => [each.detector, each.validation]));
    expect(validation['contrast-forest']).toBeGreaterThan(validation['mean-z2']!);
    expect((await report(...args, 'contrast-forest')).selected).toBe('contrast-forest');
  });

  it('divides one file and warns of a random split', async () => {
    const found = await report('--train', train, '--split', 'random', '--detectors', 'mean-z2', '--seeds', '1');
    expect(found.warnings.map(({ code }) => code)).toContain('random-split');
    expect(found.data.train.rows + found.data.test.rows + found.data.duplicatesAcross).toBe(2001);
    const timed = await report('--train', train, '--detectors', 'mean-z2', '--seeds', '1');
    expect(timed.warnings.map(({ code }) => code)).toContain('no-time');
  });

  it('reads an experiment from a file', async () => {
    const experiment = join(folder, 'experiment.json');
    const content = { train: [train], test, detectors: ['mean-z2'], seeds: [1, 2], 'target-fpr': 0.01 };
    writeFileSync(experiment, JSON.stringify(content));
    const found = await report('--experiment', experiment);
    expect(found.results.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(found.results[0]!.threshold.targetFpr).toBe(0.01);
  });

  it('gives with --details what figures are drawn from, and both baselines whatever the regime', async () => {
    const found = await report('--train', train, '--test', test, '--detectors', QUICK, '--seeds', '1,2', '--details');
    expect(found.details!.baselines.map(({ detector, regime, seed }) => [detector, regime, seed])).toEqual([
      ['one-rule', 'supervised', 1],
      ['one-rule', 'supervised', 2],
    ]);
    for (const { details, threshold, seed } of [...found.results, ...found.details!.baselines]) {
      const { edges, normal, attack } = details!.scores;
      const cut = edges.findIndex((edge) => edge >= threshold.value);
      const alarms = (counts: number[]): number => counts.slice(cut).reduce((a, b) => a + b, 0);
      expect([alarms(normal), alarms(attack)]).toEqual([threshold.fp, threshold.tp]);
      expect(details!.importance === null).toBe(seed !== 1);
    }
    expect(found.details!.features.map(({ feature }) => feature).slice(0, 2)).toEqual(['dst_bytes', 'src_bytes']);
    const plain = await report('--train', train, '--test', test, '--detectors', QUICK, '--seeds', '1,2');
    const bare = found.results.map(({ details: _, ...rest }) => ({ ...rest, fitMs: 0, scoreMs: 0 }));
    expect(bare).toEqual(plain.results.map((each) => ({ ...each, fitMs: 0, scoreMs: 0 })));
  });

  it('takes an experiment as the desk exports it, and says when the files are others', async () => {
    const options = { train: ['train.txt'], test: ['test.txt'], detectors: ['mean-z2'], seeds: [3], details: true };
    const { data } = await report('--train', train, '--test', test, '--detectors', 'mean-z2', '--seeds', '3');
    const exported = { schema: 'sonde.experiment/1', name: 'x', made: '2026-11-21T00:00:00Z', options, data };
    const path = join(folder, 'exported.json');
    writeFileSync(path, JSON.stringify({ ...exported, report: {} }));
    const again = await report('--experiment', path);
    expect(again.results.map(({ seed }) => seed)).toEqual([3]);
    expect(again.warnings.map(({ code }) => code)).not.toContain('other-data');
    const other = { ...data, train: { ...data.train, sha256: '0'.repeat(64) } };
    writeFileSync(path, JSON.stringify({ ...exported, data: other, report: {} }));
    expect((await report('--experiment', path)).warnings.map(({ code }) => code)).toContain('other-data');
    writeFileSync(path, JSON.stringify({ schema: 'sonde.experiment/9', options }));
    const ran = await sonde(['evaluate', '--experiment', path]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('no experiment of this version')]);
  });

  it('reads any CSV by its label column, or by a map', async () => {
    const random = randomSource(3);
    const rows = Array.from({ length: 900 }, (_, i) => {
      const bad = i % 5 === 0;
      const size = i === 7 ? 'inf' : String(Math.floor(random() * 90) + (bad ? 500 : 0));
      return `${i};10.0.0.${i % 9};${['tcp', 'udp'][i % 2]};${size};${i === 8 ? 'x' : Math.floor(random() * 9)};${bad ? 'scan' : 'fine'}`;
    });
    const csv = join(folder, 'any.csv');
    writeFileSync(csv, `no;who;proto;size;hops;what\n${rows.join('\n')}\n`);
    const common = ['--train', csv, '--detectors', 'mean-z2', '--seeds', '1'];
    const found = await report(...common, '--label', 'what', '--positive', 'scan');
    expect(found.data.train).toMatchObject({
      format: 'csv',
      skipped: 1,
      skippedReasons: [{ reason: 'hops is not a number', count: 1, lines: [10] }],
      notes: [{ reason: 'size is inf: read as unset', count: 1, lines: [9] }],
      leftOut: [{ name: 'no', why: 'it numbers the records' }],
    });
    expect(found.results[0]!.rocAuc).toBeGreaterThan(0.95);
    expect(found.results[0]!.perKind.map(({ kind }) => kind)).toEqual(['scan']);
    const codes = found.warnings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['read-as-unset', 'columns-left-out', 'columns-guessed']));

    const map = join(folder, 'map.json');
    const mapped = { label: 'what', positive: ['scan'], columns: { hops: { type: 'categorical' } } };
    writeFileSync(map, JSON.stringify(mapped));
    const other = await report(...common, '--map', map);
    expect(other.data.train).toMatchObject({ skipped: 0, notes: [{ count: 1, lines: [9] }] });
    const experiment = join(folder, 'any.json');
    writeFileSync(
      experiment,
      JSON.stringify({ train: csv, detectors: 'mean-z2', seeds: 1, map, positive: ['scan', 'fine'] }),
    );
    const { code, stderr } = await sonde(['evaluate', '--experiment', experiment]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('no ordinary records to learn from')]);
    expect(stderr).toContain('The label says fine (720), scan (180)');
    const wrong = ['--label', 'what', '--positive', 'scam', '--detector', 'random-forest', '--out', join(folder, 'm')];
    const trained = await sonde(['train', '--records', csv, ...wrong]);
    expect([trained.code, trained.stderr]).toEqual([3, expect.stringContaining('there are no attacks to learn from')]);
    expect(trained.stderr).toContain('The label says fine (720), scan (180)');
  });

  it('prints a table for people', async () => {
    const ran = await sonde([
      'evaluate',
      '--train',
      train,
      train,
      '--test',
      test,
      '--detectors',
      'mean-z2',
      '--seeds=1',
    ]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('Learned from nsl-kdd: 2,802 ordinary records, 1,200 attacks, 2 left out');
    expect(ran.stdout).toMatch(/\* mean-z2 +[01]\.\d{3} /);
  });

  it('refuses what it cannot do, with exit codes of the contract', async () => {
    const said = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await sonde(['evaluate', ...args]);
      return [code, stderr];
    };
    expect(await said()).toEqual([2, expect.stringContaining('--train is missing')]);
    expect(await said('--train', train, '--regime', 'both')).toEqual([2, expect.stringContaining('not one of')]);
    expect(await said('--train', train, '--detectors', 'magic')).toEqual([2, expect.stringContaining('magic')]);
    expect(await said('--train', train, '--validation', '1.5')).toEqual([
      2,
      expect.stringContaining('between 0 and 1'),
    ]);
    expect(await said('--train', train, '--seeds', '1,1')).toEqual([2, expect.stringContaining('--seeds')]);
    expect(await said('--train', train, '--label', 'x')).toEqual([2, expect.stringContaining('no value is said')]);
    expect(await said('--train', train, '--positive', 'x')).toEqual([2, expect.stringContaining('without --label')]);
    expect(await said('--train', train, '--format', 'csv')).toEqual([2, expect.stringContaining('--format csv')]);
    expect(await said('--train', join(folder, 'none'))).toEqual([3, expect.stringContaining('no such file')]);
    const one = join(folder, 'one-class.txt');
    writeFileSync(one, `${kdd()},normal,21\n`.repeat(200));
    expect(await said('--train', train, '--test', one)).toEqual([3, expect.stringContaining('no ')]);
    const csv = join(folder, 'other.csv');
    writeFileSync(csv, 'a,b\n1,2\n');
    expect(await said('--train', csv)).toEqual([3, expect.stringContaining('no format that is known')]);
  });
});

suiteNeeds(existsSync(FLOWS), 'no ../shared/data')('on published data', () => {
  const zeek = (day: string): string => join(FLOWS, `zeek-${day}-zeek-mixed`, 'conn.log.labeled');

  it('counts what the labelled Zeek days hold, and finds the rule of their attacks', async () => {
    const args = ['--train', zeek('008'), '--test', zeek('010'), '--regime', 'supervised', '--seeds', '1'];
    const found = await report(...args, '--detectors', 'one-rule');
    expect(found.data.train).toMatchObject({ format: 'zeek-conn', normal: 1402, attack: 4201, skipped: 60 });
    expect(found.data.test).toMatchObject({ normal: 1937, attack: 3373, skipped: 37 });
    expect(found.results[0]!.chosen).toBe('conn_state=S0');
    expect(found.results[0]!.threshold).toMatchObject({ tp: 3269, fn: 104, fp: 28 });
  });

  it('counts what KDD Cup 99 holds twice', async () => {
    const kdd99 = (name: string): string => join(FLOWS, 'kdd99', name);
    const args = ['--train', kdd99('kddcup.data_10_percent.gz'), '--test', kdd99('corrected.gz'), '--seeds', '1'];
    const { data } = await report(...args, '--detectors', 'mean-z2');
    expect(data.train).toMatchObject({ format: 'kdd99', rows: 494_021, normal: 97_278, skipped: 0 });
    expect(data.test.rows + data.duplicatesAcross).toBe(311_029);
    expect(data.duplicatesAcross / 311_029).toBeCloseTo(0.58, 2);
  }, 120_000);
});
