import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { LabModel } from '../../../src-main/detect/lab/lab-model.ts';
import { trainLabModel } from '../../../src-main/detect/lab/lab-train.ts';
import { promotableOf, summaryOf } from '../../../src-main/detect/lab/promotable.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { writeFeatures } from '../../../src-main/run/pipeline/features.ts';
import { conn, CONN_HEADER, labelledRecords } from './records.ts';

let folder = '';
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-promotable-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function trained(name: string, keepShortcuts = false): Promise<LabModel> {
  const { model } = await trainLabModel({
    files: [file(name)],
    detector: 'one-rule',
    seed: 1,
    validation: 0.2,
    targetFpr: 0.05,
    keepShortcuts,
    classWeights: 'balanced',
    sampling: 'none',
  });
  return model;
}

function connLines(): string {
  const lines = Array.from({ length: 400 }, (_, i) =>
    conn(
      i % 4 === 0
        ? { label: 'Malicious', 'id.orig_p': String(1000 + i) }
        : { label: 'Benign', conn_state: 'SF', duration: `${i % 7}.5`, orig_bytes: String(i), 'id.orig_p': String(i) },
    ),
  );
  return `${[...CONN_HEADER, ...lines].join('\n')}\n`;
}

describe('a model of labelled records', () => {
  it('of NSL-KDD cannot score flows, and the columns are named', async () => {
    writeFileSync(file('kdd.txt'), `${labelledRecords(400, 1)}\n`);
    const found = promotableOf(await trained('kdd.txt'));
    expect(found.by).toBeNull();
    expect(found.reason).toContain('NSL-KDD');
    expect(found.reason).toContain('“protocol_type”');
    expect(found.columns).toHaveLength(41);
    expect(found.columns).toContain('hot');
    expect(found.columns).toContain('num_failed_logins');
  });

  it('of conn.log can, as long as it does not ask which network is ours', async () => {
    writeFileSync(file('conn.log'), connLines());
    const model = await trained('conn.log');
    expect(promotableOf(model)).toEqual({ by: 'flow-fields', reason: '', columns: [] });
    expect(summaryOf(model)).toMatchObject({ detector: 'one-rule', format: 'zeek-conn', training: { rows: 400 } });
    const found = promotableOf(await trained('conn.log', true));
    expect(found).toEqual({
      by: null,
      reason: 'packets alone do not give “local_orig”, “local_resp”',
      columns: ['local_orig', 'local_resp'],
    });
  });

  it('of features can, unless this version does not compute them', async () => {
    const written = file('features.csv');
    await writeFeatures({ files: [resourcePath('sample', 'office-hour.pcapng.gz')], out: written, uid: false });
    const [comment, header, ...rows] = readFileSync(written, 'utf8').trimEnd().split('\n');
    const at = FLOW_FEATURES.findIndex(({ id }) => id === 'src_ports');
    const labelled = rows.map((row) => `${row},${Number(row.split(',')[at]) > 6 ? 'scan' : 'normal'}`);
    writeFileSync(file('labelled.csv'), `${[comment, `${header},label`, ...labelled].join('\n')}\n`);
    const model = await trained('labelled.csv');
    expect(promotableOf(model).by).toBe('flow-features');
    const columns = model.description.columns.map((spec) =>
      spec.name === 'src_ports' ? { ...spec, name: 'src_harbours' } : spec,
    );
    const { encoder, scaling, detector, calibration, known, background } = model;
    const parts = { encoder, scaling, detector, calibration, known, background };
    const other = new LabModel({ ...parts, description: { ...model.description, columns } });
    const found = promotableOf(other);
    expect(found.columns).toEqual(['src_harbours']);
    expect(found.reason).toContain('this version does not compute “src_harbours”');
  }, 60_000);
});
