import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../../../src-main/detect/lab/delimited.ts';
import { FEATURE_IDS, FEATURES_COMMENT, shortest } from '../../../src-main/detect/lab/features-file.ts';
import type { LabModel } from '../../../src-main/detect/lab/lab-model.ts';
import { trainLabModel } from '../../../src-main/detect/lab/lab-train.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { scoreFile, type ScoreFileOptions, type ScoreSummary } from '../../../src-main/detect/lab/score-file.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { conn, CONN_HEADER, kdd } from './records.ts';
import { TRAINING, trained } from './lab-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-score-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

function write(name: string, lines: readonly string[]): string {
  writeFileSync(file(name), `${lines.join('\n')}\n`);
  return file(name);
}

const KINDS = ['normal', 'neptune', 'normal', 'satan', 'normal'];
function kddLines(count: number, end: (kind: string) => string): string[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % 5]!;
    const seen = { dst_bytes: String(100 + (i % 97)), src_bytes: String(i % 211) };
    const values =
      kind === 'normal'
        ? { ...seen, count: String(i % 13) }
        : kind === 'neptune'
          ? { flag: 'S0', count: '300', serror_rate: '1' }
          : { service: 'private', rerror_rate: '0.9', count: String(i % 7) };
    return kdd(values) + end(kind);
  });
}

const kddModel = (
  await trainLabModel({
    ...TRAINING,
    files: [
      write(
        'train.txt',
        kddLines(1000, (kind) => `,${kind},21`),
      ),
    ],
  })
).model;

async function score(
  model: LabModel,
  input: string,
  more: Partial<ScoreFileOptions> = {},
): Promise<{ summary: ScoreSummary; rows: Record<string, string>[]; header: string[] }> {
  const out = file('out.csv');
  const reasons = 'anomalous';
  const summary = await scoreFile({ file: input, out, model: { kind: 'records', model }, reasons, ...more });
  const [first, ...rest] = readFileSync(out, 'utf8').trimEnd().split('\n');
  const header = cellsOf(first!, ',');
  const rows = rest.map((line) => Object.fromEntries(cellsOf(line, ',').map((cell, i) => [header[i]!, cell])));
  return { summary, rows, header };
}

describe('scoring a file of records', () => {
  it('writes the columns of the input, then score, verdict and reasons; the scores are those of the table', async () => {
    const input = write(
      'test.txt',
      kddLines(50, (kind) => `,${kind},21`),
    );
    const { summary, rows, header } = await score(kddModel, input);
    expect(header.slice(0, 2)).toEqual(['duration', 'protocol_type']);
    expect(header.slice(41)).toEqual(['label', 'difficulty', 'score', 'verdict', 'reason_1', 'reason_2', 'reason_3']);
    const table = kddModel.align(await readTable([input]), input);
    expect(rows.map((row) => Number(row['score']))).toEqual([...kddModel.score(table).score]);
    expect(summary).toMatchObject({ rows: 50, anomalous: 20, unreadable: 0, labels: { tp: 20, fn: 0, fp: 0, tn: 30 } });
    expect(rows[1]).toMatchObject({ verdict: 'anomalous', label: 'neptune' });
    expect(rows[1]!['reason_1']).toMatch(/^[a-z_]+ is .+ \(usual: .+\)$/);
    expect(rows[0]).toMatchObject({ verdict: 'ordinary', reason_1: '', reason_2: '', reason_3: '' });
  });

  it('needs no labels, and scores the same without', async () => {
    const labelled = await score(
      kddModel,
      write(
        'with.txt',
        kddLines(20, (kind) => `,${kind},21`),
      ),
    );
    const bare = await score(
      kddModel,
      write(
        'without.txt',
        kddLines(20, () => ''),
      ),
    );
    expect(bare.rows.map((row) => row['score'])).toEqual(labelled.rows.map((row) => row['score']));
    expect(bare.summary.labels).toBeNull();
    expect(bare.header).not.toContain('label');
  });

  it('reads any table that has the columns, in any order and beside others, and names what is missing', async () => {
    const { model } = await trained();
    const lines = ['name;duration;orig_bytes;orig_pkts;conn_state;proto', 'a;-;0;1;S0;tcp', 'b;12;4000;20;SF;tcp'];
    const { summary, rows } = await score(model, write('plain.csv', lines));
    expect(rows.map((row) => [row['name'], row['verdict']])).toEqual([
      ['a', 'anomalous'],
      ['b', 'ordinary'],
    ]);
    expect(summary).toMatchObject({ format: 'table', labels: null });
    const lacking = write('lacking.csv', ['duration,proto', '1,tcp']);
    await expect(score(model, lacking)).rejects.toThrow(
      'lacks 3 of the 5 columns that the model needs: conn_state, orig_pkts, orig_bytes',
    );
  });

  it('reads conn.log whose records are labelled neither way, or not at all, tabs and JSON', async () => {
    const scan = (i: number): Record<string, string> => ({ uid: `C${i}`, ts: String(1e9 + i), label: 'Malicious' });
    const calm = (i: number): Record<string, string> => ({
      ...scan(i),
      conn_state: 'SF',
      history: 'ShADadFf',
      orig_bytes: String(400 + (i % 90)),
      resp_bytes: '900',
      duration: '1.5',
      label: 'Benign',
    });
    const record = (i: number): Record<string, string> => (i % 2 === 0 ? calm(i) : scan(i));
    const all = Array.from({ length: 400 }, (_, i) => conn(record(i)));
    const files = [write('conn.log', [...CONN_HEADER, ...all])];
    const { model } = await trainLabModel({ ...TRAINING, files });
    const other = [conn({ ...scan(1), label: 'Background' }), conn({ ...calm(2), label: 'Background' })];
    const neither = await score(model, write('neither.log', [...CONN_HEADER, ...other]));
    expect(neither.rows.map((row) => row['verdict'])).toEqual(['anomalous', 'ordinary']);
    expect(neither.summary).toMatchObject({ format: 'zeek-conn', labels: null });
    const names = CONN_HEADER[2]!.split('\t').slice(1, -2);
    const cut = (line: string): string => line.split('\t').slice(0, -2).join('\t');
    const bare = write('bare.log', [`#fields\t${names.join('\t')}`, ...other.map(cut)]);
    expect((await score(model, bare)).rows.map((row) => row['score'])).toEqual(neither.rows.map((row) => row['score']));
    const json = other.map((line) =>
      JSON.stringify(
        Object.fromEntries(
          cut(line)
            .split('\t')
            .map((cell, i) => [names[i], cell]),
        ),
      ),
    );
    const fromJson = await score(model, write('conn.json', json));
    expect(fromJson.rows.map((row) => row['score'])).toEqual(neither.rows.map((row) => row['score']));
  });

  it('keeps rows that are no records, without a score and with the reason, and counts them', async () => {
    const lines = kddLines(3, (kind) => `,${kind},21`);
    lines.splice(1, 0, 'not a record', lines[0]!.replace('tcp', 'tpc'));
    const { summary, rows } = await score(kddModel, write('bad.txt', lines));
    expect(rows.map((row) => row['verdict'])).toEqual([
      'ordinary',
      'unreadable',
      'unreadable',
      'anomalous',
      'ordinary',
    ]);
    expect(rows[1]).toMatchObject({ duration: 'not a record', score: '' });
    expect(rows[2]!['reason_1']).toBe('protocol_type is not tcp, udp or icmp');
    expect(summary).toMatchObject({ rows: 5, unreadable: 2 });
    expect(summary.unreadableReasons).toContainEqual({
      reason: 'protocol_type is not tcp, udp or icmp',
      count: 1,
      lines: [3],
    });
  });

  it('writes nothing that a spreadsheet would run, and keeps numbers as they are', async () => {
    const { model } = await trained();
    const rows = ['name,score,duration,orig_bytes,orig_pkts,conn_state,proto', '"=cmd|\'x\'!A1",-5,12,4000,20,SF,tcp'];
    const found = await score(model, write('formula.csv', rows));
    expect(found.header.slice(0, 2)).toEqual(['name', 'input_score']);
    expect(found.rows[0]).toMatchObject({ name: "'=cmd|'x'!A1", input_score: '-5' });
  });

  it('leaves nothing behind when it is stopped', async () => {
    const stop = new AbortController();
    const input = write(
      'long.txt',
      kddLines(9000, (kind) => `,${kind},21`),
    );
    const out = file('stopped.csv');
    const run = scoreFile({
      file: input,
      out,
      model: { kind: 'records', model: kddModel },
      reasons: 'none',
      onProgress: () => stop.abort(),
      signal: stop.signal,
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describe('a file of features', async () => {
  const { model } = await loadScoringModel(undefined);
  const flows = { kind: 'flows', model } as const;
  const values = FEATURE_IDS.map((id) =>
    id === 'protocol'
      ? 'tcp'
      : id === 'conn_state'
        ? 'SF'
        : id === 'service_class' || id === 'port_class'
          ? 'none'
          : '1',
  );
  const header = FEATURE_IDS.join(',');
  const run = (input: string): Promise<ScoreSummary> =>
    scoreFile({ file: input, out: file('features-out.csv'), model: flows, reasons: 'none' });

  it('is scored; of a few flows nothing is said to be anomalous', async () => {
    const few = await run(write('few.csv', [FEATURES_COMMENT, header, values.join(',')]));
    expect(few).toMatchObject({ rows: 1, anomalous: 0 });
    expect(readFileSync(file('features-out.csv'), 'utf8')).toContain('not-judged');
    await run(write('many.csv', [FEATURES_COMMENT, header, ...new Array<string>(64).fill(values.join(','))]));
    expect(readFileSync(file('features-out.csv'), 'utf8')).not.toContain('not-judged');
  });

  it('of another version, without a feature, or with what is no value is refused by name', async () => {
    const other = FEATURES_COMMENT.replace(/=\w+/, '=0123456789abcdef');
    await expect(run(write('a.csv', [other, header, values.join(',')]))).rejects.toThrow(
      'written with features 0123456789abcdef',
    );
    const cut = write('b.csv', [FEATURES_COMMENT, header.replace('duration,', ''), values.slice(1).join(',')]);
    await expect(run(cut)).rejects.toThrow('lacks 1 of the 52 features: duration');
    const wrong = write('c.csv', [FEATURES_COMMENT, header, values.join(',').replace('SF', 'XX')]);
    await expect(run(wrong)).rejects.toThrow('line 3: conn_state is not of its vocabulary');
    await expect(
      run(
        write(
          'd.csv',
          kddLines(3, () => ',normal,21'),
        ),
      ),
    ).rejects.toThrow('is no file of sonde features');
  });

  it('writes 32-bit numbers so that they come back', () => {
    const bits = new Uint32Array(1);
    const number = new Float32Array(bits.buffer);
    for (let i = 0; i < 20_000; i++) {
      bits[0] = Math.imul(i, 2654435761) >>> 1;
      if (Number.isFinite(number[0])) expect(Math.fround(Number(shortest(number[0]!)))).toBe(number[0]);
    }
    expect(['0.1', '250', '1e-7'].map((text) => shortest(Math.fround(Number(text))))).toEqual(['0.1', '250', '1e-7']);
  });
});
