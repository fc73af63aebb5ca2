/** Who spoke with whom, and what becomes of detectors that need to know. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endsOf, firstEnds } from '../../../src-main/detect/lab/ends.ts';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { conn, CONN_HEADER, kdd } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-ends-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Six clients and a server for eight hours; and one that tries everybody. */
function day(seed: number, prefix: string): string[] {
  const random = randomSource(seed);
  const lines: string[] = [];
  for (let i = 0; i < 900; i++) {
    const scan = i % 9 === 8;
    const bytes = String(Math.floor(300 + 200 * random()));
    lines.push(
      conn({
        ts: String(1655071198 + seed * 86_400 + i * 30),
        uid: `${prefix}${i}`,
        'id.orig_h': scan ? `${prefix}.66` : `${prefix}.${i % 6}`,
        'id.resp_h': scan ? `${prefix}.${i % 200}` : '192.0.2.1',
        label: scan ? 'Malicious' : 'Benign',
        ...(scan
          ? {}
          : { conn_state: 'SF', history: 'ShADadFf', orig_bytes: bytes, resp_bytes: bytes, orig_pkts: '6' }),
      }),
    );
  }
  return [...CONN_HEADER, ...lines];
}

const OPTIONS = {
  test: [],
  regime: 'normal-only',
  split: 'official',
  seeds: [1],
  validation: 0.2,
  targetFpr: 0.05,
  duplicates: 'drop',
  keepShortcuts: false,
  clock: () => 0,
} as const satisfies Partial<EvaluateOptions>;

describe('the ends of flows', () => {
  it('are hosts by the order of their first flow', async () => {
    const table = await readTable([file('few.log', day(1, '10.0.0').slice(0, 12))]);
    const ends = endsOf(table, Int32Array.from([0, 6, 8]))!;
    expect([...ends.source]).toEqual([0, 0, 2]);
    expect([...ends.target]).toEqual([1, 1, 3]);
    expect(ends.time[1]! - ends.time[0]!).toBeCloseTo(180, 3);
    expect(firstEnds(ends, 2).source).toHaveLength(2);
  });

  it('are unknown where a format has no addresses', async () => {
    const table = await readTable([file('kdd.txt', [`${kdd()},normal,21`, `${kdd({ count: '9' })},neptune,21`])]);
    expect(endsOf(table, Int32Array.from([0, 1]))).toBeUndefined();
  });
});

describe('a comparison with detectors of the host graph', () => {
  it('judges them on records with hosts, and the names of the hosts do not matter', async () => {
    const train = [file('train.log', day(1, '10.0.0'))];
    const detectors = ['graph-attention', 'graph-statistics'];
    const same = await evaluate({ ...OPTIONS, train, test: [file('a.log', day(2, '10.0.0'))], detectors });
    const other = await evaluate({ ...OPTIONS, train, test: [file('b.log', day(2, '172.16.5'))], detectors });
    expect(same.results.map(({ detector }) => detector).sort()).toEqual(detectors);
    expect(other.results).toEqual(same.results);
    expect(same.results.find(({ detector }) => detector === 'graph-attention')!.rocAuc).toBeGreaterThan(0.95);
  });

  it('leaves them out, with the reason, where there are no hosts', async () => {
    const random = randomSource(3);
    const lines = Array.from({ length: 600 }, (_, i) =>
      [kdd({ src_bytes: String(Math.floor(random() * 999)) }), i % 5 === 0 ? 'neptune' : 'normal', '21'].join(','),
    );
    const detectors = ['mean-z2', 'graph-attention'];
    const found = await evaluate({ ...OPTIONS, split: 'time', train: [file('plain.txt', lines)], detectors });
    expect(found.results.map(({ detector }) => detector)).toEqual(['mean-z2']);
    const alone = evaluate({
      ...OPTIONS,
      split: 'time',
      train: [join(folder, 'plain.txt')],
      detectors: ['graph-attention'],
    });
    await expect(alone).rejects.toMatchObject({
      code: 'too-little-data',
      message: expect.stringContaining('no hosts') as string,
    });
    expect(found.warnings).toContainEqual({
      code: 'insufficient',
      message: 'insufficient: graph-attention works on who spoke with whom, and these records name no hosts: left out',
    });
  });
});
