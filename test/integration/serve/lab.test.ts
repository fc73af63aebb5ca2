import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LabJob } from '../../../src-shared/contract/topics/lab.ts';
import { experimentOf } from '../../../src-main/detect/lab/experiment.ts';
import { sonde } from '../cli/run.ts';
import { CONN_HEADER, conn, labelledRecords, unswFile } from '../../unit/lab/records.ts';
import { at, experimentEnded, failure, schemaFaults, testDesk, type Testing, uploadedTo } from './desk-client.ts';

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

const uploaded = (name: string, content: string): { kind: 'upload'; id: string } => uploadedTo(t, name, content);

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

describe('with and without the columns that a network is learned by heart by', () => {
  /** A host that scans at night, and others. */
  function zeek(count: number): string {
    const lines = Array.from({ length: count }, (_, i) => {
      const scan = i % 3 === 0;
      const sent = { orig_bytes: String(100 + ((i * 37) % 800)), resp_bytes: String(500 + ((i * 91) % 9000)) };
      return conn({
        ts: String(1655071198 + i * 7),
        uid: `C${i}`,
        'id.orig_h': scan ? '10.0.0.66' : `10.0.0.${1 + (i % 5)}`,
        'id.resp_p': scan ? String(1 + i) : '443',
        label: scan ? 'Malicious' : 'Benign',
        detailedlabel: scan ? 'Scan' : '-',
        ...(scan && i % 9 !== 0
          ? {}
          : { conn_state: 'SF', history: 'ShADadFf', orig_pkts: '9', resp_pkts: '8', ...sent }),
      });
    });
    return `${[...CONN_HEADER, ...lines].join('\n')}\n`;
  }

  it('the same experiment is one command away, is made once, and repeats itself on the command line', async () => {
    const database = join(folder, 'ablated.db');
    t = await testDesk({ database });
    const given = { detectors: ['k-means', 'dbscan', 'isolation-forest'], seeds: [1, 2], targetFpr: 0.01 };
    const { job } = await t.client.lab.start({ train: [uploaded('conn.log', zeek(900))], ...given, name: 'a day' });
    const first = (await experimentEnded(t.client, job)).experiment!;
    const { row, report } = await t.client.lab.get({ id: first });
    expect(report.data.shortcuts).toEqual(expect.arrayContaining(['id.orig_h', 'ts']));
    expect(report.results[0]!.details!.attribution!.columns.map(({ column }) => column)).not.toContain('id.orig_h');

    const asked = await t.client.lab.ablate({ id: first });
    expect(asked.experiment).toBeNull();
    const other = (await experimentEnded(t.client, asked.job!)).experiment!;
    const ablated = await t.client.lab.get({ id: other });
    expect(ablated.row).toMatchObject({
      name: 'a day, with shortcuts',
      options: { ...row.options, keepShortcuts: true },
    });
    expect(ablated.report.warnings.map(({ code }) => code)).toContain('shortcuts-kept');
    expect(ablated.report.data.features).toBeGreaterThan(report.data.features);
    const moved = ablated.report.results.flatMap(({ details }) => details!.attribution?.columns ?? []);
    expect(moved.map(({ column }) => column)).toContain('id.orig_h');

    expect(await t.client.lab.ablate({ id: first })).toEqual({ job: null, experiment: other });
    expect(await t.client.lab.ablate({ id: other })).toEqual({ job: null, experiment: first });

    const made = await t.client.lab.export({ id: other });
    const path = file('ablated.json', readFileSync(t.desk.downloads.get(made.download).path));
    writeFileSync(join(folder, 'conn.log'), zeek(900));
    const ran = await sonde(['evaluate', '--experiment', path, '--json']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const again = JSON.parse(ran.stdout) as typeof report;
    const untimed = ({ results, details }: typeof report): unknown =>
      [...results, ...details!.baselines].map((each) => ({ ...each, fitMs: 0, scoreMs: 0 }));
    expect(untimed(again)).toEqual(untimed(ablated.report));
    expect(again.results.map(({ details }) => details!.clusters?.by)).toEqual([
      undefined, 'count', 'distance', undefined, 'count', 'distance',
    ]); // prettier-ignore
    expect(again.details!.features).toEqual(ablated.report.details!.features);

    // Both were made of one upload: it goes with the last of them.
    const uploads = join(folder, 'ablated.db.captures');
    await t.client.lab.remove({ id: first });
    expect(readdirSync(uploads)).toHaveLength(1);
    await t.client.lab.remove({ id: other });
    expect(readdirSync(uploads)).toEqual([]);
  }, 90_000);

  it('an upload stays while an experiment is being made of it, even if the one it came with is removed', async () => {
    const database = join(folder, 'raced.db');
    t = await testDesk({ database });
    const { job } = await t.client.lab.start({
      train: [uploaded('conn.log', zeek(600))],
      detectors: ['mean-z2'],
      seeds: [1],
    });
    const first = (await experimentEnded(t.client, job)).experiment!;
    const asked = await t.client.lab.ablate({ id: first });
    await t.client.lab.remove({ id: first });
    expect(await experimentEnded(t.client, asked.job!)).toMatchObject({ stage: 'done', error: null });
    expect(readdirSync(join(folder, 'raced.db.captures'))).toHaveLength(1);
  }, 60_000);

  it('says by name which file is gone', async () => {
    t = await testDesk();
    const path = file('moved.log', zeek(400));
    const { job } = await t.client.lab.start({ train: [at(path)], detectors: ['mean-z2'], seeds: [1] });
    const first = (await experimentEnded(t.client, job)).experiment!;
    rmSync(path);
    const error = await failure(t.client.lab.ablate({ id: first }));
    expect([error.code, error.message]).toEqual(['not-found', 'moved.log: is no longer where it was']);
  }, 60_000);
});

describe('what the data say of themselves', () => {
  it('a swapped pair of UNSW-NB15 is noticed, and records on both sides are counted', async () => {
    t = await testDesk();
    const sets = [unswFile(82_332, 700, 0), unswFile(175_341, 700, 660)];
    const [train, test] = sets.map((content, i) => at(file(`UNSW_${i}.csv`, content)));
    const given = { train: [train!], test: [test!], detectors: ['mean-z2'], seeds: [1] };
    const { job } = await t.client.lab.start(given);
    const { experiment, error } = await experimentEnded(t.client, job);
    expect(error).toBeNull();
    const { report } = await t.client.lab.get({ id: experiment! });
    const swapped = report.warnings.find(({ code }) => code === 'swapped-files');
    expect(swapped!.message).toContain('175,341');
    expect(report.data.duplicatesAcross).toBe(40);
    expect(report.data.test.rows).toBe(660);
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
    expect(look).toMatchObject({
      format: null,
      delimiter: ';',
      labels: [{ name: 'verdict', values: ['fine', 'DoS', 'Scan'] }],
    });
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
      eve.lab.ablate({ id: 1 }),
      eve.lab.remove({ id: 1 }),
      eve.lab.cancel({ job: 1 }),
      eve.lab.export({ id: 1 }),
      eve.lab.figure({ name: 'x', kind: 'csv', text: '' }),
    ];
    for (const each of refused) expect((await failure(each)).code).toBe('not-allowed');
    expect(await eve.lab.list({})).toEqual({ experiments: [], damaged: [] });
  });

  it('a damaged experiment stands beside the others, and can be removed and nothing else', async () => {
    t = await testDesk();
    const bare = { createdAt: 7, user: 'ann', files: [], report: '{}' };
    const id = await t.desk.store.addExperiment({ ...bare, name: 'torn', options: {} as never, summary: {} as never });
    expect(await t.client.lab.list({})).toEqual({
      experiments: [],
      damaged: [{ id, name: 'torn', createdAt: 7, user: 'ann' }],
    });
    expect(await failure(t.client.lab.get({ id }))).toMatchObject({ code: 'read-failed', where: 'torn' });
    await t.client.lab.remove({ id });
    expect((await t.client.lab.list({})).damaged).toEqual([]);
    const { rows } = await t.client.audit.list({ actions: ['remove'] });
    expect(rows[0]).toMatchObject({ object: 'torn', detail: 'experiment' });
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
