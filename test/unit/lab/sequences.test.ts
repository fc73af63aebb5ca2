/** Detectors of sequences in a comparison: where whose a record is and when it began are known, and where they are not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { conn, CONN_HEADER, kdd } from './records.ts';

let folder = '';
const files = { train: '', test: '', nsl: '' };

/** Four hosts that look up a name and then fetch a page; in the test file one of them also knocks on doors. */
function log(seed: number, attacks: boolean): string {
  const random = randomSource(seed);
  const lines: string[] = [];
  const line = (n: number, host: number, more: Record<string, string>): void => {
    const own = { ts: (1_700_000_000 + n).toFixed(6), uid: `C${seed}-${n}`, 'id.orig_h': `10.0.0.${host}` };
    const ordinary = { conn_state: 'SF', label: 'Benign', detailedlabel: '-' };
    lines.push(conn({ ...ordinary, ...own, ...more }));
  };
  for (let n = 0; n < 1200; n++) {
    const host = 1 + (n % 4);
    const bytes = String(100 + Math.floor(random() * 50));
    if (attacks && n % 6 === 5) line(n, 9, { conn_state: 'S0', label: 'Malicious', detailedlabel: 'Scan' });
    else if (n % 8 < 4)
      line(n, host, { proto: 'udp', service: 'dns', 'id.resp_p': '53', orig_bytes: bytes, history: 'Dd' });
    else line(n, host, { service: 'http', orig_bytes: bytes, resp_bytes: '5000', history: 'ShADadfF' });
  }
  return [...CONN_HEADER, ...lines, ''].join('\n');
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-sequences-'));
  for (const name of ['train', 'test', 'nsl'] as const) files[name] = join(folder, name);
  writeFileSync(files.train, log(1, false));
  writeFileSync(files.test, log(2, true));
  const records = Array.from({ length: 2000 }, (_, i) =>
    [kdd({ src_bytes: String(i) }), i % 5 === 0 ? 'neptune' : 'normal', '20'].join(','),
  );
  writeFileSync(files.nsl, `${records.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (train: string, test: string): EvaluateOptions => ({
  train: [train],
  test: [test],
  regime: 'normal-only',
  detectors: ['mean-z2', 'gru-autoencoder'],
  split: 'official',
  seeds: [1],
  validation: 0.2,
  targetFpr: 0.05,
  duplicates: 'keep',
  keepShortcuts: false,
  clock: () => 0,
});

describe('sequences of records', () => {
  it('are known of Zeek logs: whose a record is, and when it began', async () => {
    const table = await readTable([files.train]);
    expect(new Set(table.source).size).toBe(4);
    expect(table.source[0]).toBe(table.source[4]);
    expect([...table.source].some(Number.isNaN)).toBe(false);
  });

  it('are judged like any other records', async () => {
    const { results, warnings } = await evaluate(options(files.train, files.test));
    const found = results.find(({ detector }) => detector === 'gru-autoencoder')!;
    expect(found.rocAuc).toBeGreaterThan(0.9);
    expect(found.validation).toBeGreaterThan(0.5);
    expect(found.chosen).toMatch(/windows are full/);
    expect(warnings.filter(({ code }) => code === 'insufficient')).toEqual([]);
  });

  it('are insufficient, with the reason, where records have neither host nor time', async () => {
    const { results, warnings } = await evaluate(options(files.nsl, files.nsl));
    expect(results.map(({ detector }) => detector)).toEqual(['mean-z2']);
    expect(warnings.find(({ code }) => code === 'insufficient')?.message).toMatch(
      /^insufficient: gru-autoencoder looks at what a host did before, and these records do not say/,
    );
  });
});
