/**
 * Everything that leaves of the sample capture, read by readers that are not ours where this machine has one, and held against
 * the formats' own rules (test/unit/exports/facts) line by line.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { INCIDENT_FORMATS } from '../../../src-main/keep/exports/incidents/registry.ts';
import { lineFormat } from '../../../src-main/keep/exports/continuous/lines.ts';
import { writeFlows } from '../../../src-main/run/cli/flows-file.ts';
import { FirstPackets, writeIncidents } from '../../../src-main/run/cli/incidents-file.ts';
import { writeZeekFolder } from '../../../src-main/run/cli/zeek-folder.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { needs } from '../../setup/skip.ts';
import { CHECKS, zeekFacts } from '../../unit/exports/facts/check.ts';

const SLOW = 300_000;
vi.setConfig({ testTimeout: SLOW, hookTimeout: SLOW });
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');

const starts = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;
const PYTHON = starts('python3', '--version');
const BRO_CUT = starts('bro-cut', '-h');
/** Both are in the packages that the README names. */
const MISSING = 'bro-aux or python3 is not installed';
const TSHARK = starts('tshark', '-v');

let folder = '';
let report: TriageReport;
/** Flow events of EVE, as a continuous export writes them. */
const eveFlows: string[] = [];
const at = (name: string): string => join(folder, name);
const linesOf = (name: string): string[] => readFileSync(at(name), 'utf8').trim().split('\n');
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const fileOf = (id: string): string => `incidents${INCIDENT_FORMATS.find((format) => format.id === id)!.ending}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-exports-'));
  const packets = new FirstPackets();
  const options = { onPackets: packets.tap(undefined), onObservations: packets.hook(undefined) };
  const result = await triage({ files: [SAMPLE], seed: 1, threads: 1, causal: false, ...options });
  try {
    ({ report } = result);
    for (const format of INCIDENT_FORMATS) await writeIncidents(result, at(fileOf(format.id)), format, packets);
    await writeFlows(result, at('flows.csv'));
    await writeFlows(result, at('flows.ndjson'));
    mkdirSync(at('zeek'));
    await writeZeekFolder(result, at('zeek'));
    const eve = lineFormat('a.eve.json', '0.1.0')!;
    for (const { batch } of result.flows())
      for (let row = 0; row < batch.count; row++) eveFlows.push(eve.flow!(batch, row).trim());
  } finally {
    result.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has enough in it to mean something', () => {
  expect(report.incidents.length).toBeGreaterThan(5);
  expect(eveFlows.length).toBeGreaterThan(5000);
});

describe('the formats own rules', () => {
  it.each(['eve', 'ecs', 'ocsf'] as const)('%s holds for every incident', (id) => {
    const lines = linesOf(fileOf(id));
    expect(lines).toHaveLength(report.incidents.length);
    for (const line of lines) expect(CHECKS[id](json(line))).toEqual([]);
  });

  it('STIX holds for the bundle', () => {
    const bundle = json(readFileSync(at(fileOf('stix')), 'utf8'));
    expect(CHECKS.stix(bundle)).toEqual([]);
    const incidents = (bundle['objects'] as Record<string, unknown>[]).filter(({ type }) => type === 'incident');
    expect(incidents).toHaveLength(report.incidents.length);
  });

  it('EVE holds for every flow', () => {
    for (const line of eveFlows) expect(CHECKS.eve(json(line))).toEqual([]);
  });

  it('NDJSON of flows is what its schema says', () => {
    const schema = json(readFileSync(join(ROOT, 'resources', 'schemas', 'sonde.flow-1.schema.json'), 'utf8'));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const lines = linesOf('flows.ndjson');
    expect(lines).toHaveLength(eveFlows.length);
    for (const line of lines) if (!validate(json(line))) expect(validate.errors).toEqual([]);
  });

  it('types in the heads of Zeek logs are those of Zeek, and each cell is of its type', () => {
    const { logs, states, protos, cells } = zeekFacts();
    for (const file of readdirSync(at('zeek'))) {
      const lines = linesOf(join('zeek', file));
      const header = (name: string): string[] =>
        lines
          .find((line) => line.startsWith(`#${name}\t`))!
          .split('\t')
          .slice(1);
      const known = { ...logs['conn'], ...logs[file.replace('.log', '')] };
      const [fields, types] = [header('fields'), header('types')];
      expect(Object.fromEntries(fields.map((name, i) => [name, types[i]]))).toEqual(
        Object.fromEntries(fields.map((name) => [name, known[name]])),
      );
      for (const line of lines.filter((one) => !one.startsWith('#'))) {
        const row = Object.fromEntries(line.split('\t').map((cell, i) => [fields[i]!, cell]));
        fields.forEach((name, i) => {
          const [pattern, cell] = [cells[types[i]!], row[name]!];
          if (pattern !== undefined && cell !== '-' && !new RegExp(pattern).test(cell))
            expect([file, name, cell]).toEqual([]);
        });
        if (row['conn_state'] !== undefined) expect(states).toContain(row['conn_state']);
        if (row['proto'] !== undefined) expect(protos).toContain(row['proto']);
      }
    }
  });
});

describe('other readers', () => {
  const CSV = `
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as f:
    rows = list(csv.DictReader(f, strict=True))
print(json.dumps(rows))`;

  needs(PYTHON, MISSING)('Python reads the CSV of incidents and of flows, strictly', () => {
    const read = (name: string): Record<string, string>[] => {
      const { stdout, stderr } = spawnSync('python3', ['-c', CSV, at(name)], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      expect(stderr).toBe('');
      return JSON.parse(stdout) as Record<string, string>[];
    };
    const incidents = read(fileOf('csv'));
    expect(incidents.map(({ uid }) => uid)).toEqual(report.incidents.map(({ uid }) => uid));
    expect(incidents.map(({ summary }) => summary)).toEqual(report.incidents.map(({ summary }) => summary));
    const flows = read('flows.csv');
    const told = linesOf('flows.ndjson').map(json);
    expect(flows.map(({ uid }) => uid)).toEqual(told.map(({ uid }) => uid));
    for (const [i, flow] of flows.entries()) {
      expect(Object.values(flow)).not.toContain(null);
      if (i < 1000) expect(flow['conn_state']).toBe(told[i]!['conn_state']);
    }
  });

  needs(BRO_CUT, MISSING)("Zeek's own cutter reads its logs", () => {
    for (const file of readdirSync(at('zeek'))) {
      const input = readFileSync(at(join('zeek', file)));
      const { stdout } = spawnSync('bro-cut', ['uid', 'id.orig_h', 'ts'], {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      const cut = stdout.trim().split('\n');
      const own = input
        .toString()
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split('\t'));
      expect(cut).toEqual(own.map(([ts, uid, from]) => [uid, from, ts].join('\t')));
    }
  });

  needs(TSHARK, 'tshark is not installed')('tshark finds every incident by packet number and community id', () => {
    const alerts = linesOf(fileOf('eve')).map(json);
    const numbered = alerts.filter(({ pcap_cnt: number }) => number !== undefined);
    expect(numbered.length).toBeGreaterThan(5);
    const filter = numbered.map(({ pcap_cnt: number }) => `frame.number == ${String(number)}`).join(' or ');
    const fields = ['frame.number', 'communityid'].flatMap((name) => ['-e', name]);
    const args = ['-r', SAMPLE, '--enable-protocol', 'communityid', '-Y', filter, '-T', 'fields', ...fields];
    const { stdout } = spawnSync('tshark', args, { encoding: 'utf8' });
    const seen = new Map(stdout.trim().split('\n').map((line) => line.split('\t') as [string, string])); // prettier-ignore
    for (const { pcap_cnt: number, community_id: id } of numbered) expect(seen.get(String(number))).toContain(id);
  });
});
