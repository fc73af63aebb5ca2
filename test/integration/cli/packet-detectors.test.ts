/** Detectors of packets from the command line: read from a file, and played through the live path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LiveEnded } from '../../../src-shared/domain/live.ts';
import type { ReportDetector, TriageReport } from '../../../src-shared/domain/report.ts';
import { sonde } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');
const schema = (name: string): object =>
  JSON.parse(readFileSync(join(ROOT, 'resources', 'schemas', `${name}.schema.json`), 'utf8')) as object;
const valid = (name: string, value: unknown): unknown => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema(name));
  validate(value);
  return validate.errors;
};

const KITNET = ['--packet-detectors', 'kitnet', '--learn-packets', '40000'];

describe('triage --packet-detectors kitnet', () => {
  let report: TriageReport;
  let kitnet: ReportDetector;

  beforeAll(async () => {
    const ran = await sonde(['triage', SAMPLE, '--json', ...KITNET]);
    expect(ran.code).toBe(0);
    report = JSON.parse(ran.stdout) as TriageReport;
    kitnet = report.detectors.find(({ id }) => id === 'kitnet')!;
  });

  it('stands in the report, which is what its schema says', () => {
    expect(valid('sonde.triage-1', report)).toBeNull();
    expect(kitnet).toMatchObject({ status: 'scored', flowsScored: 0, backend: 'js' });
  });

  it('was given every packet with an address, learned from as many as it was told to and scored the others', () => {
    const { seen, needed, scored, unusual, leftOut, sources } = kitnet.packets!;
    expect(seen).toBe(report.inputs[0]!.packets);
    expect(needed).toBe(40_000);
    expect(scored).toBe(seen - needed);
    expect(unusual).toBeLessThanOrEqual(scored);
    expect(leftOut).toBe(0);
    expect(sources.reduce((sum, one) => sum + one.packets, 0)).toBeLessThanOrEqual(unusual);
  });

  it('changes nothing else of the report', async () => {
    const without = JSON.parse((await sonde(['triage', SAMPLE, '--json'])).stdout) as TriageReport;
    const rest = report.detectors.filter(({ id }) => id !== 'kitnet');
    expect({ ...report, detectors: rest, timings: null }).toEqual({ ...without, timings: null });
  });

  it('says the same of the packets played through the live path', async () => {
    const watch = ['watch', '--replay', SAMPLE, '--speed', 'max', ...KITNET, '--json'];
    const ran = await sonde(watch);
    const ended = JSON.parse(ran.stdout.trim().split('\n').at(-1)!) as LiveEnded;
    expect(valid('sonde.watch-1', ended)).toBeNull();
    expect(ended.packetDetectors).toEqual([kitnet]);
  });

  it('is told to people in a line', async () => {
    const { stdout } = await sonde(['triage', SAMPLE, ...KITNET]);
    expect(stdout).toMatch(/^kitnet: [\d,]+ of [\d,]+ packets rarer than one in a thousand of the first 40,000/m);
  });
});

describe('detectors of packets', () => {
  const small = join(ROOT, 'test', 'integration', 'cli', 'captures.ts');

  it('that had too little to learn from say so', async () => {
    const { scanFile } = await import('./captures.ts');
    const { stdout } = await sonde(['triage', '-', '--packet-detectors', 'kitnet,packet-12'], scanFile());
    expect(stdout).toMatch(/^kitnet: too little to learn from: [\d,]+ of 100,000 packets/m);
    expect(stdout).toMatch(/^packet-12: too little to learn from: [\d,]+ of 20,000 packets/m);
  });

  it.each([
    [['triage', small, '--packet-detectors', 'kitsune'], /--packet-detectors kitsune: there is no such detector/],
    [['triage', small, '--learn-packets', '30000'], /--learn-packets without --packet-detectors/],
    [['triage', small, '--packet-detectors', 'kitnet', '--learn-packets', '5'], /not a whole number from 20000/],
    [['watch', '--replay', small, '--packet-detectors', 'packet-12'], /learning takes too long for a live capture/],
  ])('that there are not are wrong usage: %j', async (args, what) => {
    const ran = await sonde(args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(what);
  });
});
