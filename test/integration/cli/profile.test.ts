/** `triage --profile` and `--budget`: as `watch` has them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { generateToFile } from '../../generator/scenario.ts';
import { sonde } from './run.ts';

let folder = '';
let capture = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-profile-'));
  capture = join(folder, 'odd.pcapng');
  await generateToFile(
    {
      environment: 'office',
      seed: 3,
      hosts: 8,
      hours: 1,
      volume: 0.02,
      attacks: [{ kind: 'size-anomaly', intensity: 1 }],
    },
    capture,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(...args: string[]): Promise<TriageReport> {
  const ran = await sonde(['triage', capture, '--json', ...args]);
  expect(ran.stderr).toBe('');
  return JSON.parse(ran.stdout) as TriageReport;
}

const raised = ({ incidents }: TriageReport): string[] =>
  incidents.filter((i) => i.severity === 'warning' && i.kind.endsWith('-anomaly')).map((i) => i.uid);

describe('the kind of network', () => {
  it('is recognised, with the reason, where none is named or it is auto', async () => {
    const plain = await report();
    expect(plain.profile.reason).toMatch(/^Recognised by what the capture shows: /);
    expect(plain.budget).toBeNull();
    expect((await report('--profile', 'auto')).profile).toEqual(plain.profile);
  });

  it('is what was chosen', async () => {
    expect((await report('--profile', 'enterprise')).profile).toEqual({
      name: 'enterprise',
      reason: 'Chosen by you.',
    });
  });
});

describe('an alarm budget', () => {
  it('makes the most unusual of the bare anomalies warnings, as many as the time has room for', async () => {
    const without = await report();
    const notes = without.incidents.filter((i) => Object.keys(i.detectors).some((id) => id.startsWith('anomaly:')));
    expect(notes.length).toBeGreaterThan(0);
    expect(raised(without)).toEqual([]);
    const found = await report('--budget', '1000');
    expect(found.budget).toMatchObject({ perDay: 1000 });
    expect(found.budget!.raised).toBeGreaterThan(0);
    expect(raised(found)).toHaveLength(found.budget!.raised);
    expect(found.incidents.map((i) => i.uid).sort()).toEqual(without.incidents.map((i) => i.uid).sort());
  });

  it('of none raises nothing', async () => {
    const found = await report('--budget', '0');
    expect(found.budget).toEqual({ perDay: 0, allowed: 0, raised: 0 });
    expect(raised(found)).toEqual([]);
  });

  it('counts for --fail-on', async () => {
    const loud = await sonde(['triage', capture, '--json', '--budget', '1000', '--fail-on', 'warning']);
    expect(loud.code).toBe(5);
  });
});
