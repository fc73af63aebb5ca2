import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../src-shared/domain/incident.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { hostNames } from '../../../src-main/keep/store/queries/hosts.ts';
import { shortSample } from '../../setup/short-sample.ts';
import { calmFile, scanFile } from './captures.ts';
import { sonde } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');
const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(join(ROOT, 'resources', 'schemas', `${name}.schema.json`), 'utf8')) as object;

interface Truth {
  packets: number;
  incidents: { kind: string; sources: string[]; targets: string[] }[];
}
const truth = JSON.parse(readFileSync(join(ROOT, 'resources', 'sample', 'office-hour.json'), 'utf8')) as Truth;

let folder = '';
let report: TriageReport;
let text = '';
let flows: Record<string, unknown>[] = [];

const withoutTimings = (json: string): string => JSON.stringify({ ...(JSON.parse(json) as object), timings: null });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-report-'));
  const out = join(folder, 'flows.ndjson');
  const ran = await sonde(['triage', SAMPLE, '--json', '--flows', out, '--db', join(folder, 'kept.db')]);
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  text = ran.stdout;
  report = JSON.parse(text) as TriageReport;
  flows = readFileSync(out, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the report of the sample', () => {
  it('is what its schema says', () => {
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schemaOf('sonde.triage-1'));
    validate(report);
    expect(validate.errors).toBeNull();
  });

  it('counts every packet', () => {
    expect(report.inputs[0]?.packets).toBe(truth.packets);
    expect(report.flows.count).toBe(flows.length);
  });

  it('names everything that goes wrong in it, with who does it', () => {
    for (const wrong of truth.incidents) {
      const found = report.incidents.some(
        (i) => i.kind === wrong.kind && wrong.sources.some((s) => i.sources.includes(s)),
      );
      expect(found, `${wrong.kind} by ${wrong.sources.join(', ')}`).toBe(true);
    }
  });

  it('explains scores from the baseline to the surprise of the flow, with nothing left over', () => {
    const explained = report.incidents.filter((i) => i.explanation !== undefined);
    expect(explained.length).toBeGreaterThan(0);
    for (const { title, explanation, attributions } of explained) {
      const { base, surprise, score, rest } = explanation!;
      const sum = attributions.reduce((total, { contribution }) => total + contribution, base + rest);
      expect(sum, title).toBeCloseTo(surprise, 4);
      expect(score, title).toBeGreaterThan(0);
    }
  });

  it('raises no alarm about anything else', () => {
    const actors = new Set(truth.incidents.flatMap((i) => i.sources));
    const others = report.incidents.filter((i) => i.severity !== 'info' && !i.sources.some((s) => actors.has(s)));
    expect(others.map((i) => i.title)).toEqual([]);
  });

  it('ranks by severity, then confidence, and numbers from 1', () => {
    const order = ['critical', 'warning', 'info'];
    const ranks = report.incidents.map((i) => order.indexOf(i.severity) * 10 - i.confidence);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(report.incidents.map((i) => i.id)).toEqual(report.incidents.map((_, n) => n + 1));
  });

  it('has the evidence in numbers, the time of decision, and something to do for each incident', () => {
    for (const i of report.incidents) {
      expect(i.evidence.length, i.title).toBeGreaterThan(0);
      expect(i.response.length, i.title).toBeGreaterThan(0);
      expect(i.firstTs <= i.decidedTs && i.decidedTs <= i.lastTs, i.title).toBe(true);
    }
  });

  it('lists the hosts of the gravest incidents first', () => {
    const involved = new Set(
      report.incidents.filter((i) => i.severity !== 'info').flatMap((i) => [...i.sources, ...i.targets]),
    );
    for (const host of report.hosts.slice(0, 3)) expect(involved.has(host.address), host.address).toBe(true);
  });

  it('calls hosts by the names that the database gives them', () => {
    const db = new Database(join(folder, 'kept.db'), { readonly: true });
    const addresses = report.hosts.map(({ address }) => address);
    const { names } = hostNames(db, { capture: 1, addresses });
    db.close();
    expect(names.length).toBeGreaterThan(10);
    expect(new Map(names.map(({ address, name }) => [address, name]))).toEqual(
      new Map(report.hosts.flatMap(({ address, name }) => (name === undefined ? [] : [[address, name]]))),
    );
  });

  it('tells of signatures, of which none matched ordinary traffic, and of what was suppressed', () => {
    expect(report).toMatchObject({ signatures: [], rules: { refused: [] }, suppressed: 0 });
    expect(report.rules.loaded).toBeGreaterThan(100);
  });
});

describe('the flows of the sample', () => {
  it('are what their schema says, scored, and name the incidents they belong to', () => {
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schemaOf('sonde.flow-1'));
    for (const flow of flows) {
      if (!validate(flow)) throw new Error(JSON.stringify([flow, validate.errors]));
    }
    expect(flows.every((f) => typeof f['score'] === 'number')).toBe(true);
    expect(flows.filter((f) => f['anomalous'] === true)).toHaveLength(report.flows.anomalous);
    const named = new Set(flows.flatMap((f) => f['incidents'] as string[]));
    const withFlows = report.incidents.filter((i) => i.kind !== 'arp-spoofing');
    for (const i of withFlows) expect(named.has(i.uid), i.title).toBe(true);
  });
});

describe('the database of the sample', () => {
  it('holds the same flows and incidents, complete', () => {
    const db = new Database(join(folder, 'kept.db'), { readonly: true });
    expect(db.prepare('SELECT status FROM captures').pluck().all()).toEqual(['complete']);
    expect(db.prepare('SELECT count(*) FROM flows').pluck().get()).toBe(flows.length);
    const uids = db.prepare('SELECT uid FROM incidents ORDER BY number').pluck().all();
    expect(uids).toEqual(report.incidents.map((i) => i.uid));
    expect(db.prepare('SELECT count(*) FROM windows').pluck().get()).toBeGreaterThan(100);
    expect(db.prepare('SELECT count(*) FROM hosts').pluck().get()).toBe(report.hostsTotal);
    db.close();
  });
});

describe('the same input', () => {
  it('gives the same report whatever the number of threads', async () => {
    const one = await sonde(['triage', SAMPLE, '--json', '--threads', '1']);
    expect(withoutTimings(one.stdout)).toBe(withoutTimings(text));
  });

  it('and another seed gives the same incidents of behaviours', async () => {
    const other = await sonde(['triage', SAMPLE, '--json', '--seed', '2']);
    const behaviours = (r: TriageReport): string[] =>
      r.incidents.filter((i) => !i.kind.endsWith('-anomaly')).map((i) => i.uid);
    expect(behaviours(JSON.parse(other.stdout) as TriageReport)).toEqual(behaviours(report));
  });

  it('in two files gives the same flows as in one', async () => {
    const whole = scanFile(100);
    const header = whole.subarray(0, 24);
    // Records of this capture are 16 bytes of header and 54 of packet.
    const middle = 24 + 100 * 70;
    writeFileSync(join(folder, 'one.pcap'), whole);
    writeFileSync(join(folder, 'a.pcap'), whole.subarray(0, middle));
    writeFileSync(join(folder, 'b.pcap'), Buffer.concat([header, whole.subarray(middle)]));
    const flowsOf = async (files: string[]): Promise<string[]> => {
      const out = join(folder, 'parts.ndjson');
      const ran = await sonde([
        'triage',
        ...files.map((f) => join(folder, f)),
        '--no-models',
        '--json',
        '--flows',
        out,
      ]);
      expect(ran.code).toBe(0);
      return readFileSync(out, 'utf8').trim().split('\n').sort();
    };
    expect(await flowsOf(['b.pcap', 'a.pcap'])).toEqual(await flowsOf(['one.pcap']));
  });
});

describe('learning', () => {
  it('--causal learns nothing from the capture and says so', async () => {
    const ran = await sonde(['triage', SAMPLE, '--json', '--causal']);
    expect((JSON.parse(ran.stdout) as TriageReport).model).toMatchObject({ fittedToCapture: false });
    expect(report.model).toMatchObject({ name: 'base', fittedToCapture: true });
  });

  it('says that a capture of few flows is too little to judge', async () => {
    writeFileSync(join(folder, 'calm.pcap'), calmFile());
    const ran = await sonde(['triage', join(folder, 'calm.pcap'), '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'insufficient', flows: { anomalous: 0 } });
  });

  it('trains a baseline that triage then uses, and refuses one that is cut', async () => {
    const model = join(folder, 'office.model');
    const trained = await sonde(['train', shortSample(), '--out', model, '--seed', '3']);
    expect(trained.stderr).toBe('');
    expect(trained.code).toBe(0);
    const ran = await sonde(['triage', SAMPLE, '--json', '--model', model]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'scored', model: { name: 'office.model' } });
    const cut = join(folder, 'cut.model');
    writeFileSync(cut, readFileSync(model).subarray(0, 1000));
    const refused = await sonde(['triage', SAMPLE, '--model', cut]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('cut.model');
  }, 240_000);

  it('says what is missing when there is too little to train on', async () => {
    writeFileSync(join(folder, 'few.pcap'), calmFile());
    const ran = await sonde(['train', join(folder, 'few.pcap'), '--out', join(folder, 'none.model')]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('few.pcap');
  });
});

describe('the schema', () => {
  it('lists the kinds of the closed list, no more and no fewer', () => {
    const schema = schemaOf('sonde.triage-1') as {
      properties: { incidents: { items: { properties: { kind: { enum: string[] } } } } };
    };
    expect(schema.properties.incidents.items.properties.kind.enum).toEqual(KINDS.map((k) => k.id));
  });
});
