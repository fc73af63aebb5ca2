import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDamaged, type LabModelSummary, type Promotable } from '../../../src-shared/domain/lab-model.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import {
  getLabModel,
  labModelBytes,
  learnableFlows,
  listLabModels,
  listPromotions,
  listRetrainRuns,
} from '../../../src-main/keep/store/queries/lab-models.ts';
import type { NewLabModel, Store } from '../../../src-main/keep/store/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';

const SUMMARY: LabModelSummary = {
  detector: 'random-forest',
  chosen: '',
  regime: 'supervised',
  format: 'sonde-features',
  seed: 1,
  columns: ['duration'],
  threshold: { score: 0.95, targetFpr: 0.05 },
  training: { files: ['f.csv'], rows: 10, normal: 8, attack: 2, kinds: [{ kind: 'scan', count: 2 }] },
  heldBack: { leftOut: [], normal: 2, attack: 1, rocAuc: 1, prAuc: 1, fpr: 0, recall: 1 },
};
const FROM_FLOWS: Promotable = { by: 'flow-features', reason: '', columns: [] };

const model = (name: string, promotable = FROM_FLOWS): NewLabModel => ({
  name,
  createdAt: 7,
  user: 'ann',
  source: { kind: 'import', detail: 'm.model' },
  summary: SUMMARY,
  promotable,
  sha256: 'ab',
  bytes: Uint8Array.from([1, 2, 3]),
});
const by = (at: number, why = ''): { at: number; user: string; why: string } => ({ at, user: 'ann', why });

let folder: string;
let path: string;
let store: Store;
let db: Database.Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-models-'));
  path = join(folder, 'kept.db');
  store = await openStore(path, workerUrl('keep/store/store.worker'));
  db = new Database(path);
});
afterEach(async () => {
  db.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const audit = (): unknown[] => db.prepare('SELECT action, object, detail FROM audit ORDER BY id').raw().all();
const scoring = async (): Promise<[string, number][]> =>
  (await store.promotedModels()).map(({ slot, id }) => [slot, id]);

describe('models in a database', () => {
  it('are kept with what is said of them, newest first, and their bytes', async () => {
    const first = await store.addLabModel({ ...model('one'), notes: '{"trees":30}' });
    const second = await store.addLabModel(model('two'));
    expect(listLabModels(db).map(({ id, name }) => [id, name])).toEqual([
      [second, 'two'],
      [first, 'one'],
    ]);
    const { bytes, ...kept } = model('one');
    expect(getLabModel(db, first)).toEqual({ ...kept, id: first, size: 3, slots: [], notes: '{"trees":30}' });
    expect(labModelBytes(db, first)).toEqual(bytes);
    expect(await store.renameLabModel(first, 'uno')).toBe(true);
    expect(getLabModel(db, first).name).toBe('uno');
    expect(() => getLabModel(db, 9)).toThrow('no longer there');
  });

  it.each([
    ['summary', '{'],
    ['summary', '{}'],
    ['source', 'null'],
    ['promotable', '[]'],
  ])('are listed as damaged where their %s is %s, and can be removed', async (column, text) => {
    const id = await store.addLabModel(model('one'));
    const whole = await store.addLabModel(model('two'));
    db.prepare(`UPDATE lab_models SET ${column} = ? WHERE id = ?`).run(text, id);
    expect(listLabModels(db).map((row) => [row.id, row.name, isDamaged(row)])).toEqual([
      [whole, 'two', false],
      [id, 'one', true],
    ]);
    await expect(store.promoteLabModel(id, 'a', by(1))).rejects.toThrow('is damaged; remove it');
    expect(await store.removeLabModel(id, by(2))).toBe(true);
    expect(listLabModels(db).map(({ name }) => name)).toEqual(['two']);
  });

  it('score once they are promoted, and go back step by step', async () => {
    const [a, b] = [await store.addLabModel(model('a')), await store.addLabModel(model('b'))];
    await store.promoteLabModel(a, 'forest', by(1));
    const second = await store.promoteLabModel(b, 'forest', by(2, 'it is better'));
    expect(second).toMatchObject({
      action: 'promote',
      model: b,
      name: 'b',
      before: a,
      beforeName: 'a',
      why: 'it is better',
    });
    expect(await scoring()).toEqual([['forest', b]]);
    expect(listLabModels(db).map(({ slots }) => slots)).toEqual([['forest'], []]);
    expect(await store.rollBackLabModel('forest', by(3))).toMatchObject({ model: a, before: b });
    expect(await scoring()).toEqual([['forest', a]]);
    expect(await store.rollBackLabModel('forest', by(4))).toMatchObject({ model: null, name: '', before: a });
    expect(await scoring()).toEqual([]);
    await expect(store.rollBackLabModel('forest', by(5))).rejects.toMatchObject({ code: 'not-found' });
    expect(listPromotions(db, 9).map(({ action, at }) => [action, at])).toEqual([
      ['roll-back', 4],
      ['roll-back', 3],
      ['promote', 2],
      ['promote', 1],
    ]);
    expect(audit()).toEqual([
      ['model-promote', 'a', 'lab:forest'],
      ['model-promote', 'b', 'lab:forest; before: a; it is better'],
      ['model-roll-back', 'a', 'lab:forest; before: b'],
      ['model-roll-back', 'a', 'lab:forest; before: a'],
    ]);
  });

  it('that were removed meanwhile are passed over on the way back; those that score cannot be removed', async () => {
    const ids = [];
    for (const name of ['a', 'b', 'c']) {
      ids.push(await store.addLabModel(model(name)));
      await store.promoteLabModel(ids.at(-1)!, 's', by(1));
    }
    await expect(store.removeLabModel(ids[2]!, by(2))).rejects.toMatchObject({ code: 'bad-request' });
    expect(await store.removeLabModel(ids[1]!, by(2))).toBe(true);
    await store.rollBackLabModel('s', by(3));
    expect(await scoring()).toEqual([['s', ids[0]]]);
    expect(listPromotions(db, 9).some(({ name }) => name === 'b')).toBe(true);
  });

  it('are withdrawn whatever scored before', async () => {
    const id = await store.addLabModel(model('a'));
    await store.promoteLabModel(id, 's', by(1));
    const key = await store.promotedKey();
    expect(await store.withdrawLabModel('s', by(2))).toMatchObject({ action: 'withdraw', model: null, before: id });
    expect(await scoring()).toEqual([]);
    expect(await store.promotedKey()).not.toBe(key);
    await store.promoteLabModel(id, 's', by(3));
    await store.rollBackLabModel('s', by(4));
    expect(await scoring()).toEqual([]);
  });

  it('do not score where packets lack what they need, under a wrong name, twice, or five at once', async () => {
    const never: Promotable = { by: null, reason: 'packets do not give “hot”', columns: ['hot'] };
    const foreign = await store.addLabModel(model('kdd', never));
    await expect(store.promoteLabModel(foreign, 's', by(1))).rejects.toThrow(
      'kdd cannot score flows: packets do not give “hot”',
    );
    const id = await store.addLabModel(model('a'));
    await expect(store.promoteLabModel(id, 'Not a slot', by(1))).rejects.toMatchObject({ code: 'bad-request' });
    await expect(store.promoteLabModel(77, 's', by(1))).rejects.toMatchObject({ code: 'not-found' });
    for (const slot of ['a', 'b', 'c', 'd']) await store.promoteLabModel(id, slot, by(1));
    await expect(store.promoteLabModel(id, 'a', by(2))).rejects.toThrow('scores as lab:a already');
    await expect(store.promoteLabModel(id, 'e', by(2))).rejects.toThrow('4 models score already');
    expect((await scoring()).length).toBe(4);
  });
});

describe('a retraining', () => {
  const outcome = {
    slot: 'daily-judged',
    taken: true,
    model: null,
    words: 'it is better',
    next: null,
    before: null,
  } as const;

  it('promotes and is noted in one step, or not at all', async () => {
    const [a, b] = [await store.addLabModel(model('a')), await store.addLabModel(model('b'))];
    await store.promoteLabModel(a, 'daily-judged', by(1));
    const run = { at: 2, user: 'sonde', trigger: 'schedule', outcomes: [outcome] } as const;
    const promote = [
      { id: b, slot: 'daily-judged', why: '' },
      { id: 99, slot: 'daily-ordinary', why: '' },
    ];
    await expect(store.addRetrainRun({ ...run, outcomes: [outcome], promote })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await scoring()).toEqual([['daily-judged', a]]);
    expect(listRetrainRuns(db, 9)).toEqual([]);
    const id = await store.addRetrainRun({ ...run, outcomes: [outcome], promote: promote.slice(0, 1) });
    expect(await scoring()).toEqual([['daily-judged', b]]);
    expect(listRetrainRuns(db, 9)).toEqual([{ id, ...run }]);
    expect(audit().at(-1)).toEqual(['model-retrain', 'lab:daily-judged', 'it is better']);
  });

  it('is listed as damaged where its words cannot be read, and the others beside it', async () => {
    const run = { at: 2, user: 'sonde', trigger: 'by-hand', outcomes: [outcome] } as const;
    const whole = await store.addRetrainRun({ ...run, outcomes: [outcome], promote: [] });
    const insert = db.prepare('INSERT INTO retrain_runs (at, user, body) VALUES (9000000000000000, ?, ?)');
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '{"trigger":"schedule"}',
      '{"trigger":"schedule","outcomes":[{"slot":"x"}]}',
    ];
    for (const body of bodies) insert.run('ann', body);
    const [last, ...others] = listRetrainRuns(db, 9).reverse();
    expect(last).toEqual({ id: whole, ...run });
    expect(others).toHaveLength(bodies.length);
    for (const { id: _, ...rest } of others) {
      expect(rest).toEqual({ at: 0, user: 'ann', trigger: 'schedule', outcomes: [], damaged: true });
    }
  });

  it('is begun by one program only', async () => {
    expect(await store.swapSetting('k', undefined, 1)).toBe(true);
    expect(await store.swapSetting('k', undefined, 2)).toBe(false);
    expect(await store.swapSetting('k', 1, 3)).toBe(true);
    expect(await store.setting('k')).toBe(3);
  });
});

describe('flows to learn from', () => {
  const rows = (...values: number[]): Float32Array => Float32Array.from(values.flatMap((v) => [v, v / 2]));

  beforeEach(async () => {
    const capture = await store.beginCapture({ name: 'c', importedAt: 5_000_000, program: 'test' });
    const secs = Float64Array.from([100, 200, 300, 400, 90_000]);
    await store.addFeatures(capture, 'now', {
      ids: Float64Array.from([1, 2, 3, 4, 5]),
      secs,
      rows: rows(1, 2, 3, 4, 5),
    });
    await store.addFeatures(capture, 'old', { ids: Float64Array.of(6), secs: Float64Array.of(100), rows: rows(6) });
    const incident = db.prepare(
      `INSERT INTO incidents (capture, uid, number, kind, severity, confidence, title, first_ts, decided_ts, last_ts, body, status)
       VALUES (1, ?, 1, 'port-scan', 'warning', 1, '', '', '', '', '{}', ?)`,
    );
    const link = db.prepare('INSERT INTO incident_flows (capture, uid, flow) VALUES (1, ?, ?)');
    for (const [uid, status, flow] of [
      ['closed', 'closed', 2],
      ['new', 'new', 3],
      ['expected', 'expected', 4],
      ['false', 'false-alarm', 5],
    ] as const) {
      incident.run(uid, status);
      link.run(uid, flow);
    }
  });

  const values = ({ data }: { data: Float32Array }): number[] =>
    [...data].filter((_, i) => i % 2 === 0).sort((a, b) => a - b);

  it('are ordinary, expected or confirmed; what nobody has judged is neither', () => {
    const found = learnableFlows(db, { schema: 'now', from: 0, to: 1000, most: 10 }, 2);
    expect([found.ordinary, found.expected, found.confirmed].map(values)).toEqual([[1, 4], [4, 5], [2]]);
    expect(found.confirmed.incidents).toEqual([{ uid: 'closed', kind: 'port-scan' }]);
    expect(found.confirmed.incident).toEqual(Int32Array.of(0));
    const none = learnableFlows(db, { schema: 'now', from: 500, to: 1000, most: 10 }, 2);
    expect([none.ordinary.rows, none.confirmed.rows]).toEqual([0, 1]);
    const brought = learnableFlows(db, { schema: 'now', from: 4990, to: 5010, most: 10 }, 2);
    expect(values(brought.ordinary)).toEqual([1, 4, 5]);
  });

  it('go after a while, but those of incidents and of captures that were brought in since', async () => {
    expect(await store.removeOldFeatures(4000)).toBe(0);
    expect(await store.removeOldFeatures(6000)).toBe(2);
    const left = db.prepare('SELECT flow FROM flow_features ORDER BY flow').pluck().all();
    expect(left).toEqual([2, 3, 4, 5]);
  });
});
