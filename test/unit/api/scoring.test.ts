import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeLabModel } from '../../../src-main/detect/lab/lab-model-file.ts';
import { scoreRecord } from '../../../src-main/detect/lab/record.ts';
import { scoreFile, type ScoreFileOptions } from '../../../src-main/detect/lab/score-file.ts';
import { RecordThread, type KeyedModel } from '../../../src-main/run/api/scoring/records.ts';
import { RowIndex } from '../../../src-main/run/api/scoring/row-index.ts';
import { ScoredFiles } from '../../../src-main/run/api/scoring/scored-files.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { loadAnyModel } from '../../../src-main/run/pipeline/model.ts';
import { scoredFile, describedModel, recordVerdict } from '../../../src-shared/contract/topics/scoring.ts';
import { trained } from '../lab/lab-records.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-scoring-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REFERENCE = resourcePath('models', 'reference.csv');

async function scored(files: ScoredFiles, more: Partial<ScoreFileOptions> = {}) {
  const { id, path } = await files.place();
  const index = new RowIndex();
  const model = await loadAnyModel(undefined);
  const options = { file: REFERENCE, reasons: 'anomalous', ...more } as const;
  const summary = await scoreFile({ ...options, out: path, model, onRow: (row) => index.add(row) });
  const { starts, rows, lists, ...found } = await index.finish(path);
  const { format, rows: total, unreadableReasons, labels } = summary;
  const head = { model: { name: 'base', scores: 'flows', detector: 'ensemble', format } as const, format, rows: total };
  const done = { ...head, threshold: 0.999, unreadableReasons, labels, lists, ...found };
  await files.keep(id, path, { scored: done, starts, rows }, { name: 'reference.csv', createdAt: 1 });
  return { id, path, summary };
}

describe('a scored file', () => {
  it('is told by counts, by its labels and by how its scores spread', async () => {
    const files = new ScoredFiles(join(folder, 'a'));
    const { id, summary } = await scored(files);
    const found = scoredFile.parse(files.get(id));
    const { counts, labels, scores } = found;
    expect(found.rows).toBe(763);
    expect(counts).toMatchObject({ anomalous: summary.anomalous, unreadable: 0, 'not-judged': 0 });
    expect(counts.anomalous + counts.ordinary).toBe(763);
    expect(labels!.tn + labels!.fp).toBe(600);
    expect(labels!.tp + labels!.fn).toBe(163);
    const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);
    expect([sum(scores.normal), sum(scores.attack), sum(scores.unlabelled)]).toEqual([600, 163, 0]);
    // 0.999 is an edge: what lies from it on are the alarms.
    const edge = scores.edges.indexOf(3);
    expect(sum(scores.attack.slice(edge)) + sum(scores.normal.slice(edge))).toBe(counts.anomalous);
    expect(found.header.slice(0, 2)).toEqual(['duration', 'orig_packets']);
    expect(found.header.at(-1)).toBe('label');
  });

  it('gives any of its rows as they stand in the predictions, and the most unusual first', async () => {
    const files = new ScoredFiles(join(folder, 'b'));
    const { id, path } = await scored(files);
    const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const some = await files.rows(id, 'all', 60, 10);
    expect(some.map(({ row }) => row)).toEqual([61, 62, 63, 64, 65, 66, 67, 68, 69, 70]);
    for (const { row, cells, score } of some) expect(lines[row - 1]).toMatch(new RegExp(`^${cells[0]},.*,${score},`));
    expect(await files.rows(id, 'all', 760, 100)).toHaveLength(3);
    const first = await files.rows(id, 'unusual', 0, 1000);
    expect(first).toHaveLength(763);
    const order = first.map(({ score }) => score!);
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(first[0]!.reasons.length).toBeGreaterThan(0);
    const alarms = await files.rows(id, 'anomalous', 0, 1000);
    expect(alarms.every(({ verdict }) => verdict === 'anomalous')).toBe(true);
    expect(alarms).toHaveLength(files.get(id).counts.anomalous);
    expect(await files.rows(id, 'unreadable', 0, 10)).toEqual([]);
  });

  it('holds rows without a score, quoted line ends and formulas as they are', async () => {
    const lines = readFileSync(REFERENCE, 'utf8').trim().split('\n');
    const file = join(folder, 'odd.csv');
    const odd = [
      lines[0]!,
      `note,${lines[1]}`,
      `"two\nlines, one cell",${lines[2]}`,
      `=1+1,${lines[3]}`,
      'short',
      ...lines.slice(4, 80).map((line) => `,${line}`),
    ];
    writeFileSync(file, `${odd.join('\n')}\n`);
    const files = new ScoredFiles(join(folder, 'c'));
    const { id } = await scored(files, { file });
    const [first, second, third] = await files.rows(id, 'all', 0, 3);
    expect(first!.cells[0]).toBe('two\nlines, one cell');
    expect(second!.cells[0]).toBe("'=1+1");
    expect(third).toMatchObject({ verdict: 'unreadable', score: null, row: 3 });
    expect(await files.rows(id, 'unreadable', 0, 9)).toEqual([third]);
    expect(files.get(id).unreadableReasons).toMatchObject([{ count: 1, lines: [6] }]);
  });

  it('takes labels from the column that is named', async () => {
    const files = new ScoredFiles(join(folder, 'd'));
    const label = { column: 'label', positive: ['port-scan'], negative: ['normal'] };
    const { labels } = files.get((await scored(files, { label })).id);
    expect([labels!.tn + labels!.fp, labels!.tp + labels!.fn]).toEqual([600, 40]);
    const none = { column: 'nothing', positive: [], negative: ['normal'] };
    await expect(scored(files, { label: none })).rejects.toThrow('has no column nothing');
  });

  it('is forgotten when it is removed, and the oldest of eleven goes', async () => {
    const files = new ScoredFiles(join(folder, 'e'));
    const { id } = await scored(files);
    const path = join(folder, 'e', 'copy.csv');
    await files.copy(id, path);
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(folder, 'e', `${id}.csv`), 'utf8'));
    await files.remove(id);
    expect(() => files.get(id)).toThrow('no longer there');
    const file = join(folder, 'few.csv');
    writeFileSync(file, readFileSync(REFERENCE, 'utf8').split('\n').slice(0, 80).join('\n'));
    for (let i = 0; i < 11; i++) await scored(files, { file, reasons: 'none' });
    expect(files.list().map((each) => each.id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  }, 30_000);
});

describe('the thread that scores single records', () => {
  const base: KeyedModel = { key: 'base', source: () => Promise.resolve({ kind: 'base' }) };

  it('describes and scores by the shipped model and by one of records, as scoreRecord does', async () => {
    const thread = new RecordThread();
    try {
      const { model } = await trained();
      let asked = 0;
      const own: KeyedModel = {
        key: 'own',
        source: () => {
          asked++;
          return Promise.resolve({ kind: 'bytes', bytes: encodeLabModel(model), name: 'own.model' });
        },
      };
      const flows = describedModel.parse(await thread.describe(base));
      expect(flows).toMatchObject({ scores: 'flows', name: 'base', threshold: 0.999 });
      expect(flows.columns.find(({ name }) => name === 'conn_state')?.words).toContain('S0');
      expect(flows.columns.find(({ name }) => name === 'id.orig_h')?.used).toBe(false);
      const records = describedModel.parse(await thread.describe(own));
      expect(records).toMatchObject({ scores: 'records', name: 'own.model' });
      const scan = { proto: 'tcp', conn_state: 'S0', orig_pkts: 1 };
      const [verdict] = await Promise.all([thread.score(own, scan), thread.score(base, { protocol: 'tcp' })]);
      expect(recordVerdict.parse(verdict)).toEqual(scoreRecord(model, scan));
      expect(asked).toBe(1);
      await expect(thread.score(own, { orig_pkts: 'many' })).rejects.toMatchObject({
        code: 'bad-request',
        where: 'orig_pkts',
      });
    } finally {
      await thread.close();
    }
  }, 30_000);

  it('says what is wrong with a file that is no model, and goes on', async () => {
    const thread = new RecordThread();
    try {
      const path = join(folder, 'no.model');
      writeFileSync(path, 'no model at all');
      const wrong: KeyedModel = {
        key: 'wrong',
        source: () => Promise.resolve({ kind: 'path', path, name: 'no.model' }),
      };
      await expect(thread.describe(wrong)).rejects.toMatchObject({ code: 'read-failed' });
      await expect(thread.score(base, { protocol: 'tcp' })).resolves.toMatchObject({ verdict: 'ordinary' });
    } finally {
      await thread.close();
    }
  }, 30_000);

  it('starts again after it was ended', async () => {
    const thread = new RecordThread();
    await thread.score(base, { protocol: 'udp' });
    await thread.close();
    await expect(thread.score(base, { protocol: 'udp' })).resolves.toMatchObject({ unused: [] });
    await thread.close();
  }, 30_000);
});
