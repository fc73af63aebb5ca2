import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LabJob } from '../../../src-shared/contract/topics/lab.ts';
import type { KeptModel } from '../../../src-shared/contract/topics/models.ts';
import { labelledFlows, labelledRecords } from '../../unit/lab/records.ts';
import { at, experimentEnded, failure, testDesk, type Testing, uploadedTo } from './desk-client.ts';
import { sonde } from '../cli/run.ts';

let folder: string;
let t: Testing;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-models-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => t.desk.close());

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const uploaded = (name: string, content: string): { kind: 'upload'; id: string } => uploadedTo(t, name, content);

async function trained(job: number): Promise<KeptModel> {
  const { stage, model, error } = await experimentEnded(t.client, job);
  expect([stage, error]).toEqual(['done', null]);
  return (await t.client.models.list({})).models.find(({ id }) => id === model)!;
}

async function flowModel(name: string): Promise<KeptModel> {
  const data = { kind: 'files' as const, files: [at(file(`${name}.log`, labelledFlows(900, 0)))] };
  const { job } = await t.client.models.train({
    name,
    data,
    options: { detector: 'random-forest', parameters: { trees: 10 } },
  });
  return trained(job);
}

const actions = async (): Promise<string[]> =>
  (await t.client.audit.list({ search: '' })).rows.map(({ action, object }) => `${action}: ${object}`).reverse();

describe('a model', () => {
  it('is trained from what a browser sent, tells how far it is, and leaves no upload behind', async () => {
    const database = join(folder, 'kept.db');
    t = await testDesk({ database });
    const states: LabJob[] = [];
    t.client.lab.progress({}, { next: (state) => states.push(state) });
    const files = [uploaded('KDD+train.txt', labelledRecords(1500, 1))];
    const { job } = await t.client.models.train({
      data: { kind: 'files', files },
      options: { detector: 'random-forest', parameters: { trees: 20 }, targetFpr: 0.02 },
    });
    const model = await trained(job);
    const shares = states.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(states.some(({ step }) => step.startsWith('reading KDD+train.txt'))).toBe(true);
    expect(model).toMatchObject({
      name: 'KDD+train.txt',
      user: 'ann',
      source: { kind: 'records', detail: 'KDD+train.txt' },
      summary: {
        detector: 'random-forest',
        format: 'nsl-kdd',
        threshold: { targetFpr: 0.02 },
        training: { files: ['KDD+train.txt'], rows: 1500 },
      },
      promotable: { by: null },
      slots: [],
      notes: { options: { parameters: { trees: 20 }, targetFpr: 0.02 }, before: null },
    });
    expect(model.summary.heldBack.leftOut).toHaveLength(1);
    expect(model.promotable.reason).toContain('NSL-KDD');
    expect((await failure(t.client.models.promote({ id: model.id }))).message).toContain('cannot score flows');
    await expect.poll(() => readdirSync(join(folder, 'kept.db.captures'))).toEqual([]);
    await t.desk.close();
    t = await testDesk({ database });
    expect((await t.client.models.list({})).models).toEqual([model]);
  }, 60_000);

  it('equals the one that the command line trains, byte for byte', async () => {
    t = await testDesk();
    const path = file('same.txt', labelledRecords(1200, 3));
    const out = join(folder, 'same.model');
    const args = ['train', '--records', path, '--detector', 'logistic-regression', '--out', out];
    expect((await sonde(args)).code).toBe(0);
    const { job } = await t.client.models.train({
      data: { kind: 'files', files: [at(path)] },
      options: { detector: 'logistic-regression' },
    });
    const { id } = await trained(job);
    const made = await t.client.models.export({ id });
    expect(made.name).toBe('same.sonde-model');
    expect(readFileSync(t.desk.downloads.get(made.download).path).equals(readFileSync(out))).toBe(true);
  }, 60_000);

  it('has the parameters that were set, and what a search chose beside them, learned again too', async () => {
    t = await testDesk();
    const { detectors, parameters } = await t.client.models.choices({});
    expect(detectors.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['gradient-boosting', 'open-ensemble', 'contrast-forest', 'stacked-forest', 'ensemble']),
    );
    const of = parameters.find(({ detector }) => detector === 'k-nearest')!.parameters;
    expect(of.find(({ id }) => id === 'neighbours')).toMatchObject({ usual: 5, searched: true });
    const options = { detector: 'gradient-boosting', parameters: { trees: 6, leafRows: 3 }, search: 2 };
    const path = file('searched.log', labelledFlows(900, 0));
    const { job } = await t.client.models.train({ data: { kind: 'files', files: [at(path)] }, options });
    const model = await trained(job);
    expect(model.notes!.options).toMatchObject(options);
    const { parameters: used, search } = model.summary;
    expect(used).toMatchObject({ trees: 6, leafRows: 3 });
    expect(search!.tried).toHaveLength(2);
    expect(used).toEqual(search!.chosen);
    const again = await t.client.models.retrain({ model: model.id, files: [at(path)] });
    const next = await trained(again.job);
    expect(next.notes!.options).toEqual(model.notes!.options);
    expect(next.summary.search!.tried).toHaveLength(2);
  }, 120_000);

  it('of an unknown parameter, or of a detector that no file can hold, is refused by name', async () => {
    t = await testDesk();
    const data = { kind: 'files' as const, files: [at(file('some.log', labelledFlows(300, 0)))] };
    for (const [options, words] of [
      [{ detector: 'k-nearest', parameters: { trees: 3 } }, /k-nearest\.trees: there is no such parameter/],
      [{ detector: 'open-forest', search: 3 }, /open-forest has nothing to search for/],
      [{ detector: 'graph-attention' }, /graph-attention: it works on who spoke with whom/],
    ] as const) {
      const { job } = await t.client.models.train({ data, options });
      const { stage, error } = await experimentEnded(t.client, job);
      expect(stage).toBe('failed');
      expect(error!.message).toMatch(words);
    }
  }, 60_000);

  it('comes from an experiment, by its training data alone', async () => {
    t = await testDesk();
    const begun = await t.client.lab.start({
      train: [uploaded('a.txt', labelledRecords(900, 1))],
      test: [uploaded('b.txt', labelledRecords(400, 2))],
      detectors: ['k-means'],
      seeds: [7],
    });
    const { experiment } = await experimentEnded(t.client, begun.job);
    const { job } = await t.client.models.train({
      name: 'kept',
      data: { kind: 'experiment', experiment: experiment! },
      options: { detector: 'k-means', regime: 'normal-only', seed: 7 },
    });
    expect(await trained(job)).toMatchObject({
      name: 'kept',
      source: { kind: 'experiment', detail: String(experiment) },
      summary: { detector: 'k-means', seed: 7, training: { files: ['a.txt'], rows: 900 } },
    });
    // The files are the experiment's, and stay with it.
    const again = await t.client.models.train({
      data: { kind: 'experiment', experiment: experiment! },
      options: { detector: 'one-rule' },
    });
    await trained(again.job);
  }, 60_000);

  it('that is cancelled, or cannot be learned, leaves nothing', async () => {
    t = await testDesk();
    const data = { kind: 'files' as const, files: [at(file('long.txt', labelledRecords(9000, 1)))] };
    const long = await t.client.models.train({
      data,
      options: { detector: 'random-forest', parameters: { trees: 1000 } },
    });
    await t.client.lab.cancel({ job: long.job });
    expect(await experimentEnded(t.client, long.job)).toMatchObject({ stage: 'cancelled', model: null });
    const quiet = labelledRecords(300, 1).replaceAll(/,(neptune|satan),21$/gm, ',normal,21');
    const { job } = await t.client.models.train({
      data: { kind: 'files', files: [uploaded('quiet.txt', quiet)] },
      options: { detector: 'random-forest' },
    });
    const { stage, error } = await experimentEnded(t.client, job);
    expect([stage, error!.code]).toEqual(['failed', 'too-little-data']);
    expect(error!.message).toMatch(/^quiet\.txt: there are no attacks/);
    expect((await t.client.models.list({})).models).toEqual([]);
  }, 60_000);
});

describe('learning again', () => {
  it('sets the newer model beside the one before, by records that it has not learned from', async () => {
    t = await testDesk();
    const before = await flowModel('monday');
    const files = [uploaded('tuesday.log', labelledFlows(1200, 5000))];
    const { job } = await t.client.models.retrain({ model: before.id, files });
    const next = await trained(job);
    expect(next).toMatchObject({
      name: 'monday (again)',
      source: { kind: 'retrain', detail: 'tuesday.log' },
      summary: { detector: 'random-forest', training: { files: ['tuesday.log'] } },
      notes: { options: { parameters: { trees: 10 } }, before: { id: before.id, name: 'monday' } },
    });
    const { contest } = next.notes!.before!;
    expect(next.summary.training.rows).toBe(960);
    expect(contest.normal + contest.attack + contest.duplicates).toBe(240);
    expect(contest.next.rocAuc).toBeGreaterThan(0.9);
    expect(contest.better).toBe('alike');
  }, 60_000);

  it('reads any CSV as it was told, also for a model that came as a file', async () => {
    t = await testDesk();
    const csv = (from: number): string => {
      const rows = Array.from(
        { length: 900 },
        (_, i) => `${i % 3 === 0 ? 90 : (i + from) % 7},${i * 37 + from},${i % 3 === 0 ? 'DoS' : 'fine'}`,
      );
      return `packets,bytes,verdict\n${rows.join('\n')}\n`;
    };
    const mapping = { label: 'verdict', positive: [], negative: ['fine'], columns: {} };
    const { job } = await t.client.models.train({
      data: { kind: 'files', files: [at(file('one.csv', csv(0)))] },
      options: { detector: 'one-rule', mapping },
    });
    const first = await trained(job);
    expect(first.notes!.options!.mapping).toEqual(mapping);
    const again = await t.client.models.retrain({ model: first.id, files: [at(file('two.csv', csv(5)))] });
    expect((await trained(again.job)).notes!.options!.mapping).toEqual(mapping);
    const { download } = await t.client.models.export({ id: first.id });
    const { id } = await t.client.models.import({ file: at(t.desk.downloads.get(download).path) });
    const last = await t.client.models.retrain({ model: id, mapping, files: [at(file('three.csv', csv(9)))] });
    expect(await trained(last.job)).toMatchObject({ summary: { format: 'csv' }, notes: { options: { mapping } } });
  }, 60_000);

  it('refuses records that lack what the one before needs, and names it', async () => {
    t = await testDesk();
    const before = await flowModel('wanting');
    const { job } = await t.client.models.retrain({
      model: before.id,
      files: [at(file('other.txt', labelledRecords(500, 1)))],
    });
    const { stage, error } = await experimentEnded(t.client, job);
    expect(stage).toBe('failed');
    expect(error!.message).toMatch(/^other\.txt: lacks \d+ of the \d+ columns that the model needs: /);
  }, 60_000);
});

describe('putting to use', () => {
  it('promotes, rolls back and withdraws, and the log has each change', async () => {
    const database = join(folder, 'used.db');
    t = await testDesk({ database });
    const first = await flowModel('first');
    const second = await flowModel('second');
    const { promotion } = await t.client.models.promote({ id: first.id, why: 'the best so far' });
    expect(promotion).toMatchObject({ slot: 'random-forest', action: 'promote', model: first.id, before: null });
    await t.client.models.promote({ id: second.id, slot: 'random-forest' });
    expect((await t.client.models.promotions({})).inUse).toEqual([
      { slot: 'random-forest', id: second.id, name: 'second' },
    ]);
    expect((await failure(t.client.models.remove({ id: second.id }))).message).toContain('lab:random-forest');
    await t.client.models.rollBack({ slot: 'random-forest' });
    const { inUse, history } = await t.client.models.promotions({});
    expect(inUse.map(({ name }) => name)).toEqual(['first']);
    expect(history.map(({ action }) => action)).toEqual(['roll-back', 'promote', 'promote']);
    expect((await t.client.models.list({})).models.map(({ slots }) => slots)).toEqual([[], ['random-forest']]);
    const other = new Database(database);
    other.exec('BEGIN IMMEDIATE');
    const withdrawn = t.client.models.withdraw({ slot: 'random-forest' });
    // Whoever looks is told why nothing happens yet.
    await expect
      .poll(async () => (await t.client.models.promotions({})).waiting, { timeout: 30_000, interval: 250 })
      .toBe(true);
    other.exec('ROLLBACK');
    other.close();
    expect((await withdrawn).promotion).toMatchObject({ action: 'withdraw', before: first.id });
    expect(await t.client.models.promotions({})).toMatchObject({ waiting: false, inUse: [] });
    await t.client.models.rename({ id: first.id, name: 'renamed' });
    await t.client.models.remove({ id: second.id });
    expect(await actions()).toEqual([
      'model-train: first',
      'model-train: second',
      'model-promote: first',
      'model-promote: second',
      'model-roll-back: first',
      'model-withdraw: first',
      'model-rename: renamed',
      'model-remove: second',
    ]);
    expect((await failure(t.client.models.rollBack({ slot: 'random-forest' }))).code).toBe('not-found');
    expect((await failure(t.client.models.promote({ id: first.id, slot: 'No Such' }))).code).toBe('bad-request');
  }, 60_000);

  it('leaves as a file and comes in again; what is none is refused by its name', async () => {
    t = await testDesk();
    const model = await flowModel('away');
    const made = await t.client.models.export({ id: model.id });
    const held = readFileSync(t.desk.downloads.get(made.download).path);
    const { id } = await t.client.models.import({ file: at(file('home.sonde-model', held)) });
    const [back] = (await t.client.models.list({})).models;
    expect(back).toMatchObject({ id, name: 'home', sha256: model.sha256, source: { kind: 'import' } });
    expect(back!.summary).toEqual(model.summary);
    const cut = await failure(t.client.models.import({ file: at(file('cut.model', held.subarray(0, 5000))) }));
    expect([cut.code, cut.message.includes('cut.model')]).toEqual(['damaged-model', true]);
    const other = await failure(t.client.models.import({ file: at(file('notes.txt', 'dear diary')) }));
    expect(other.message).toMatch(/^notes\.txt: /);
    expect((await t.client.models.list({})).models).toHaveLength(2);
  }, 60_000);

  it('is not for viewers, who see it all the same', async () => {
    t = await testDesk();
    const eve = t.as({ role: 'viewer' });
    const refused = [
      eve.models.train({ data: { kind: 'experiment', experiment: 1 }, options: { detector: 'k-means' } }),
      eve.models.retrain({ model: 1, files: [at('/x')] }),
      eve.models.import({ file: at('/x') }),
      eve.models.rename({ id: 1, name: 'x' }),
      eve.models.remove({ id: 1 }),
      eve.models.export({ id: 1 }),
      eve.models.promote({ id: 1 }),
      eve.models.rollBack({ slot: 'x' }),
      eve.models.withdraw({ slot: 'x' }),
      eve.models.setSchedule({ enabled: true, hour: 3 }),
      eve.models.retrainNow({}),
    ];
    for (const each of refused) expect((await failure(each)).code).toBe('not-allowed');
    expect((await eve.models.list({})).models).toEqual([]);
  });
});

describe('every day', () => {
  it('is off until somebody turns it on', async () => {
    const database = join(folder, 'daily.db');
    t = await testDesk({ database });
    expect(await t.client.models.schedule({})).toMatchObject({ enabled: false, hour: 3, running: false, runs: [] });
    await t.client.models.setSchedule({ enabled: true, hour: 5 });
    expect(await actions()).toEqual(['settings: retraining']);
    await t.desk.close();
    t = await testDesk({ database });
    expect(await t.client.models.schedule({})).toMatchObject({ enabled: true, hour: 5 });
  });
});
