import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../../../src-main/detect/lab/delimited.ts';
import { shortest } from '../../../src-main/detect/lab/features-file.ts';
import { rowUid } from '../../../src-main/meter/flows/uid.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { kdd } from '../../unit/lab/records.ts';
import { MAIN, sonde } from './run.ts';

const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');

let folder = '';
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-lab-'));
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const bytes = { src_bytes: String((i * 7) % 900), dst_bytes: String((i * 31) % 5000), count: String(i % 17) };
    if (i % 4 === 1) return `${kdd({ flag: 'S0', count: '300', serror_rate: '1' })},neptune,21`;
    if (i % 8 === 2) return `${kdd({ ...bytes, service: 'private', rerror_rate: '0.8' })},satan,21`;
    return `${kdd(bytes)},normal,21`;
  });
  writeFileSync(file('train.txt'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function rowsOf(path: string): Record<string, string>[] {
  const [header, ...rows] = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const names = cellsOf(header!, ',');
  return rows.map((row) => Object.fromEntries(cellsOf(row, ',').map((cell, i) => [names[i]!, cell])));
}

describe('features and score', () => {
  it('give the scores of triage --causal to the last bit, and its verdicts', async () => {
    const written = await sonde(['features', SAMPLE, '--uid', '--out', file('features.csv'), '--json']);
    expect([written.code, written.stderr]).toEqual([0, '']);
    const features = JSON.parse(written.stdout) as { rows: number };
    expect(schemaFaults('sonde.features-1', features)).toBeNull();
    const scored = await sonde(['score', file('features.csv'), '--out', file('p.csv'), '--json', '--reasons', 'none']);
    expect([scored.code, scored.stderr]).toEqual([0, '']);
    const summary = JSON.parse(scored.stdout) as { judgedAs: string };
    expect(schemaFaults('sonde.score-1', summary)).toBeNull();
    expect(summary.judgedAs).toBe('triage --causal');
    const model = await loadScoringModel(undefined);
    const result = await triage({ files: [SAMPLE], seed: 1, causal: true, threads: 1, model });
    const said = [...result.flows()].flatMap(({ batch, scores }) =>
      Array.from({ length: batch.count }, (_, row) => [
        rowUid(batch.columns, row),
        shortest(scores!.score[row]!),
        scores!.anomalous[row] ? 'anomalous' : 'ordinary',
      ]),
    );
    result.close();
    const predicted = rowsOf(file('p.csv')).map((row) => [row['uid'], row['score'], row['verdict']]);
    expect(predicted).toHaveLength(features.rows);
    expect(predicted).toEqual(said);
    expect(predicted.some(([, , verdict]) => verdict === 'anomalous')).toBe(true);
  }, 60_000);

  it('say why, in the words of triage', async () => {
    const head = readFileSync(file('features.csv'), 'utf8').split('\n').slice(0, 1200);
    writeFileSync(file('head.csv'), `${head.join('\n')}\n`);
    const { stdout } = await sonde(['score', file('head.csv'), '--out', file('why.csv'), '--reasons', 'all']);
    expect(stdout).toMatch(/sonde triage --causal.*\n.*gives other scores and counts/);
    const [first] = rowsOf(file('why.csv')).filter(({ verdict }) => verdict === 'anomalous');
    expect(first!['reason_1']).toMatch(/\(usual: .+\)$/);
  });
});

describe('train on records and score', () => {
  it('learn, save, and tell the attacks of a file that has no labels', async () => {
    const args = ['--records', file('train.txt'), '--detector', 'random-forest', '--trees', '20'];
    const ran = await sonde(['train', ...args, '--out', file('lab.model'), '--json']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const report = JSON.parse(ran.stdout) as object;
    expect(schemaFaults('sonde.train-records-1', report)).toBeNull();
    expect(report).toMatchObject({
      description: { detector: 'random-forest', regime: 'supervised', heldBack: { leftOut: ['satan'] } },
    });
    const bare = readFileSync(file('train.txt'), 'utf8').replaceAll(/,\w+,21$/gm, '');
    writeFileSync(file('bare.txt'), bare);
    const scored = await sonde(['score', file('bare.txt'), '--model', file('lab.model'), '--out', file('bare.csv')]);
    expect([scored.code, scored.stderr]).toEqual([0, '']);
    expect(scored.stdout).not.toContain('triage');
    const found = rowsOf(file('bare.csv'));
    expect(found.filter((_, i) => i % 4 === 1).every(({ verdict }) => verdict === 'anomalous')).toBe(true);
    expect(found.filter(({ verdict }) => verdict === 'ordinary').length).toBeGreaterThan(2200);
  }, 60_000);

  it('a damaged model, one of another kind and a file that lacks columns end with 3 and say so', async () => {
    const bytes = readFileSync(file('lab.model'));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file('damaged.model'), bytes);
    const scoreWith = (model: string, input: string): Promise<{ code: number | null; stderr: string }> =>
      sonde(['score', file(input), '--model', file(model), '--out', file('never.csv')]);
    expect(await scoreWith('damaged.model', 'bare.txt')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the model is damaged: its checksum does not match') as string,
    });
    expect(await scoreWith('lab.model', 'features.csv')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('lacks 40 of the 41 columns that the model needs: protocol_type') as string,
    });
    const triaged = await sonde(['triage', SAMPLE, '--model', file('lab.model')]);
    expect(triaged).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is a model for labelled records') as string,
    });
    expect(existsSync(file('never.csv'))).toBe(false);
  });

  it('Ctrl-C while it learns ends it with a word, and leaves nothing behind', async () => {
    const args = ['train', '--records', file('train.txt'), '--detector', 'random-forest', '--trees', '1000'];
    const child = spawn(process.execPath, [MAIN, ...args, '--progress', '--out', file('stopped.model')]);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('random-forest, 0 %') && (said + text).includes('random-forest, 0 %')) child.kill('SIGINT');
      said += text;
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect([code, signal]).toEqual([4, null]);
    expect(said).toContain('stopped: nothing was saved');
    expect(existsSync(file('stopped.model'))).toBe(false);
  }, 30_000);
});
