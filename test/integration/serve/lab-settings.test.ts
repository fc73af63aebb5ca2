/** What an experiment of the desk tells its detectors, and that it goes out and comes back with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { experimentFile, experimentOf } from '../../../src-main/detect/lab/experiment.ts';
import { labelledRecords } from '../../unit/lab/records.ts';
import { sonde } from '../cli/run.ts';
import { experimentEnded, schemaFaults, testDesk, type Testing } from './desk-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-lab-settings-'));
let t: Testing;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => t.desk.close());

it('shows parameters, takes them with a search and how classes count, and says what came of it', async () => {
  t = await testDesk();
  const { parameters, regimes } = await t.client.lab.choices({});
  const forest = parameters.find(({ detector }) => detector === 'random-forest')!.parameters;
  expect(forest.find(({ id }) => id === 'trees')).toMatchObject({ least: 1, most: 1000, usual: 100, searched: true });
  expect(regimes.find(({ regime }) => regime === 'supervised')!.detectors).toContain('gradient-boosting');

  const path = join(folder, 'train.txt');
  writeFileSync(path, `${labelledRecords(1500, 1)}\n`);
  const { job } = await t.client.lab.start({
    train: [{ kind: 'path', path }],
    regime: 'supervised',
    detectors: ['random-forest'],
    seeds: [1],
    parameters: { 'random-forest': { trees: 8 } },
    search: 2,
    classWeights: 'none',
    sampling: 'under',
  });
  const ended = await experimentEnded(t.client, job);
  expect(ended).toMatchObject({ stage: 'done', error: null });
  const { row, report } = await t.client.lab.get({ id: ended.experiment! });
  expect(row.options).toMatchObject({ parameters: { 'random-forest': { trees: 8 } }, search: 2, classWeights: 'none' });
  expect(report.settings).toMatchObject({ classWeights: 'none', sampling: 'under' });
  expect(report.settings!.search[0]).toMatchObject({ detector: 'random-forest', chosen: { trees: 8 } });

  const file = experimentFile('one', '2026-11-22T00:00:00Z', row.options, report);
  expect(schemaFaults('sonde.experiment-1', file)).toBeNull();
  expect(experimentOf(file, path)!.options).toMatchObject({
    set: ['random-forest.trees=8'],
    search: 2,
    'class-weights': 'none',
    sampling: 'under',
  });
}, 120_000);

it('holds back as if traffic had drifted when asked to, with its parameters, and says so in its file', async () => {
  t = await testDesk();
  const path = join(folder, 'drifted.txt');
  writeFileSync(path, `${labelledRecords(1500, 1)}\n`);
  const { job } = await t.client.lab.start({
    train: [{ kind: 'path', path }],
    split: 'random',
    regime: 'supervised',
    detectors: ['random-forest'],
    seeds: [1],
    holdBack: 'shifted',
    parameters: { 'random-forest': { trees: 1, maxDepth: 1 } },
  });
  const ended = await experimentEnded(t.client, job);
  expect(ended).toMatchObject({ stage: 'done', error: null });
  const { row, report } = await t.client.lab.get({ id: ended.experiment! });
  expect(row.options.holdBack).toBe('shifted');
  const [result] = report.results;
  expect(result!.chosen).toMatch(/6 shifted folds: /);
  // A single stump has two scores, so its curve has three points at most.
  expect(result!.details!.roc.fpr.length).toBeLessThanOrEqual(3);
  expect(result!.details!.scores.normal.reduce((a, b) => a + b, 0)).toBe(report.data.test.normal);

  const file = experimentFile('one', '2026-11-22T00:00:00Z', row.options, report);
  expect(schemaFaults('sonde.experiment-1', file)).toBeNull();
  const kept = join(folder, 'drifted.json');
  writeFileSync(kept, JSON.stringify(file));
  const ran = await sonde(['evaluate', '--experiment', kept, '--json']);
  expect(ran.stderr).toBe('');
  const untimed = (each: object): object => ({ ...each, fitMs: 0, scoreMs: 0 });
  expect((JSON.parse(ran.stdout) as typeof report).results.map(untimed)).toEqual(report.results.map(untimed));
}, 120_000);

it('says of a parameter that is out of its bounds what it may be', async () => {
  t = await testDesk();
  const path = join(folder, 'other.txt');
  writeFileSync(path, `${labelledRecords(400, 1)}\n`);
  const { job } = await t.client.lab.start({
    train: [{ kind: 'path', path }],
    detectors: ['k-nearest'],
    seeds: [1],
    parameters: { 'k-nearest': { neighbours: 0 } },
  });
  const ended = await experimentEnded(t.client, job);
  expect(ended.stage).toBe('failed');
  expect(ended.error!.message).toContain('k-nearest.neighbours: 0 is not a whole number from 1 to 200');
}, 120_000);
