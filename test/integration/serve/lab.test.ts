import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LabJob } from '../../../src-shared/contract/topics/lab.ts';
import { experimentOf } from '../../../src-main/detect/lab/experiment.ts';
import { sonde } from '../cli/run.ts';
import { labelledRecords } from '../../unit/lab/records.ts';
import { experimentEnded, failure, schemaFaults, testDesk, type Testing } from './desk-client.ts';

let folder: string;
let t: Testing;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-lab-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => t.desk.close());

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const at = (path: string): { kind: 'path'; path: string } => ({ kind: 'path', path });

/** As the desk's server does with what a browser sends. */
function uploaded(name: string, content: string): { kind: 'upload'; id: string } {
  const held = t.desk.uploads.place(name);
  writeFileSync(held.path, content);
  return { kind: 'upload', id: held.id };
}

describe('an experiment', () => {
  it('tells how far it is, is kept with its figures, and outlives the program', async () => {
    const database = join(folder, 'kept.db');
    t = await testDesk({ database });
    const states: LabJob[] = [];
    t.client.lab.progress({}, { next: (state) => states.push(state) });
    const train = [uploaded('KDD+train.txt', labelledRecords(1500, 1))];
    const test = [uploaded('KDD+test.txt', labelledRecords(600, 2))];
    const { job } = await t.client.lab.start({
      train,
      test,
      detectors: ['isolation-forest', 'k-means'],
      seeds: [1, 2],
    });
    const last = await experimentEnded(t.client, job);
    expect(last).toMatchObject({ stage: 'done', share: 1, error: null });
    const shares = states.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(states.map(({ step }) => step)).toEqual(expect.arrayContaining(['seed 1: k-means', 'seed 2: one-rule']));
    expect(states.some(({ step }) => step.includes('reading KDD+train.txt'))).toBe(true);
    await t.desk.close();

    t = await testDesk({ database });
    const [row] = (await t.client.lab.list({})).experiments;
    expect(row).toMatchObject({
      id: last.experiment,
      name: 'KDD+train.txt, KDD+test.txt',
      options: {
        train: ['KDD+train.txt'],
        test: ['KDD+test.txt'],
        regime: 'normal-only',
        split: 'official',
        seeds: [1, 2],
      },
      summary: { format: 'nsl-kdd', trainRows: 1500, testRows: 600 },
    });
    const { report } = await t.client.lab.get({ id: row!.id });
    expect(schemaFaults('sonde.evaluate-1', report)).toBeNull();
    expect(report.results.map(({ detector, seed }) => [detector, seed])).toEqual([
      ['isolation-forest', 1],
      ['k-means', 1],
      ['isolation-forest', 2],
      ['k-means', 2],
    ]);
    expect(report.details!.baselines.map(({ detector }) => detector)).toEqual([
      'mean-z2',
      'one-rule',
      'mean-z2',
      'one-rule',
    ]);
    expect(report.results[0]!.details!.importance!.features[0]!.drop).toBeGreaterThan(0);

    const uploads = join(folder, 'kept.db.captures');
    expect(readdirSync(uploads)).toHaveLength(2);
    await t.client.lab.remove({ id: row!.id });
    expect((await t.client.lab.list({})).experiments).toEqual([]);
    expect(readdirSync(uploads)).toEqual([]);
    expect((await failure(t.client.lab.get({ id: row!.id }))).code).toBe('not-found');
  }, 60_000);

  it('leaves as one file that the command line reads', async () => {
    t = await testDesk();
    const path = file('train.txt', labelledRecords(1200, 1));
    const { job } = await t.client.lab.start({
      train: [at(path)],
      regime: 'supervised',
      detectors: ['logistic-regression'],
      split: 'random',
      seeds: [4],
      targetFpr: 0.01,
      name: 'Labels & chance',
    });
    const { experiment } = await experimentEnded(t.client, job);
    const made = await t.client.lab.export({ id: experiment! });
    expect(made.name).toBe('Labels-chance-experiment.json');
    const content = JSON.parse(readFileSync(t.desk.downloads.get(made.download).path, 'utf8')) as object;
    expect(schemaFaults('sonde.experiment-1', content)).toBeNull();
    expect(experimentOf(content, join(folder, 'exported.json'))!.options).toEqual({
      train: [path],
      split: 'random',
      regime: 'supervised',
      detectors: ['logistic-regression'],
      seeds: [4],
      validation: 0.2,
      'target-fpr': 0.01,
      duplicates: 'drop',
      'keep-shortcuts': false,
      details: true,
    });
  }, 60_000);

  it('that is cancelled keeps nothing, and the next one runs', async () => {
    t = await testDesk();
    const path = file('long.txt', labelledRecords(8000, 1));
    const long = await t.client.lab.start({ train: [at(path)], seeds: [1, 2, 3] });
    const next = await t.client.lab.start({ train: [at(path)], detectors: ['mean-z2'], seeds: [1] });
    expect((await t.client.lab.jobs({})).jobs.map(({ stage }) => stage)).toEqual(['waiting', 'running']);
    await t.client.lab.cancel({ job: long.job });
    expect(await experimentEnded(t.client, long.job)).toMatchObject({ stage: 'cancelled', experiment: null });
    expect(await experimentEnded(t.client, next.job)).toMatchObject({ stage: 'done' });
    expect((await t.client.lab.list({})).experiments).toHaveLength(1);
  }, 60_000);
});

describe('any CSV', () => {
  const lines = Array.from({ length: 900 }, (_, i) =>
    [i % 7, i * 37, i % 3 === 0 ? 'DoS' : i % 5 === 0 ? 'Scan' : 'fine']
      .map((cell, c) => (c === 0 && i % 3 === 0 ? 90 : cell))
      .join(';'),
  );
  const csv = `"packets";bytes;verdict\n${lines.join('\n')}\n`;

  it('is looked at before it is read, and an upload for that is gone afterwards', async () => {
    t = await testDesk();
    const sent = uploaded('head.csv', csv);
    const look = await t.client.lab.look({ file: sent });
    expect(look).toMatchObject({ format: null, delimiter: ';', labels: [] });
    expect(look.columns.map(({ name, type }) => [name, type])).toEqual([
      ['packets', 'numeric'],
      ['bytes', 'numeric'],
      ['verdict', 'categorical'],
    ]);
    expect((await failure(t.client.lab.look({ file: sent }))).code).toBe('not-found');
    const known = await t.client.lab.look({ file: at(file('known.txt', labelledRecords(50, 1))) });
    expect(known.format).toEqual({ id: 'nsl-kdd', title: 'NSL-KDD' });
  });

  it('is learned from once somebody says what its columns are, and the experiment says it again', async () => {
    t = await testDesk();
    const mapping = { label: 'verdict', positive: [], negative: ['fine'], delimiter: ';', columns: {} };
    const train = [at(file('any.csv', csv))];
    const { job } = await t.client.lab.start({
      train,
      mapping,
      regime: 'supervised',
      detectors: ['one-rule'],
      seeds: [1],
    });
    const { experiment, error } = await experimentEnded(t.client, job);
    expect(error).toBeNull();
    const { row, report } = await t.client.lab.get({ id: experiment! });
    expect(row.options.mapping).toEqual(mapping);
    expect(report.data.train.format).toBe('csv');
    expect(report.results[0]!.perKind.map(({ kind }) => kind).sort()).toEqual(['DoS', 'Scan']);
    const made = await t.client.lab.export({ id: experiment! });
    const path = file('any-experiment.json', readFileSync(t.desk.downloads.get(made.download).path));
    const ran = await sonde(['evaluate', '--experiment', path, '--json']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const again = JSON.parse(ran.stdout) as typeof report;
    expect(again.results[0]!.threshold).toEqual(report.results[0]!.threshold);
    expect(again.warnings).toEqual(report.warnings);
  }, 60_000);
});

describe('files that are no good', () => {
  it.each([
    [
      'no-label.txt',
      labelledRecords(300, 1).replaceAll(/,\w+,21$/gm, ''),
      'unknown-format',
      'of no format that is known',
    ],
    [
      'one-class.txt',
      labelledRecords(300, 1).replaceAll(/,(neptune|satan),21$/gm, ',normal,21'),
      'too-little-data',
      'there are no attacks',
    ],
    ['binary.txt', Buffer.from([1, 2, 0, 3, 10, 0]), 'read-failed', 'holds binary data'],
    ['empty.txt', '', 'empty-file', 'is empty'],
  ])('%s: what is wrong is said by its name, without options of a command line', async (name, content, code, words) => {
    t = await testDesk();
    const { job } = await t.client.lab.start({ train: [at(file(name, content))], detectors: ['mean-z2'], seeds: [1] });
    const { stage, error } = await experimentEnded(t.client, job);
    expect([stage, error!.code]).toEqual(['failed', code]);
    expect(error!.message).toContain(name);
    expect(error!.message).toContain(words);
    expect(`${error!.message} ${error!.cure}`).not.toContain('--');
  });

  it('leave no upload behind', async () => {
    const database = join(folder, 'bad.db');
    t = await testDesk({ database });
    const { job } = await t.client.lab.start({ train: [uploaded('notes.txt', 'dear diary\n')], seeds: [1] });
    const { error } = await experimentEnded(t.client, job);
    expect(error!.message).toMatch(/^notes\.txt: /);
    await expect.poll(() => readdirSync(join(folder, 'bad.db.captures'))).toEqual([]);
  });
});

describe('who may do what', () => {
  it('a viewer looks, but starts, removes and takes home nothing', async () => {
    t = await testDesk();
    const eve = t.as({ role: 'viewer' });
    const path = file('viewed.txt', labelledRecords(300, 1));
    const refused = [
      eve.lab.start({ train: [at(path)] }),
      eve.lab.remove({ id: 1 }),
      eve.lab.cancel({ job: 1 }),
      eve.lab.export({ id: 1 }),
      eve.lab.figure({ name: 'x', kind: 'csv', text: '' }),
    ];
    for (const each of refused) expect((await failure(each)).code).toBe('not-allowed');
    expect(await eve.lab.list({})).toEqual({ experiments: [] });
  });

  it('a figure is a file of a plain name', async () => {
    t = await testDesk();
    const { download, name } = await t.client.lab.figure({ name: 'one/k means roc', kind: 'svg', text: '<svg/>' });
    expect(name).toBe('one-k-means-roc.svg');
    expect(readFileSync(t.desk.downloads.get(download).path, 'utf8')).toBe('<svg/>');
  });

  it('a browser names no file of the server', async () => {
    t = await testDesk({ paths: false });
    const path = file('there.txt', labelledRecords(300, 1));
    expect(existsSync(path)).toBe(true);
    expect((await failure(t.client.lab.start({ train: [at(path)] }))).code).toBe('not-allowed');
  });
});
