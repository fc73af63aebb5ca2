/** Records of other sensors through the command line: the flows and incidents of the capture they were made of. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { generateToFile } from '../../generator/scenario.ts';
import { needs } from '../../setup/skip.ts';
import { scanFile } from './captures.ts';
import { sonde } from './run.ts';

const SLOW = 240_000;
vi.setConfig({ testTimeout: SLOW });
const NFPCAPD = spawnSync('nfpcapd', ['-h']).error === undefined;
/** One after the other, within half an hour. */
const ATTACKS = [
  'port-scan/syn:1',
  'host-sweep/tcp:1',
  'brute-force/ssh:1',
  'dos-flood/udp:1',
  'ddos/syn:1',
  'data-exfiltration/tls:1',
  'command-and-control/tcp:1',
  'slow-dos:1',
  'dns-tunnel:1',
  'arp-spoofing:1',
];

let folder = '';
const at = (name: string): string => join(folder, name);
let capture = '';
let fromPackets: TriageReport;

async function triage(...args: string[]): Promise<TriageReport> {
  const { stdout, stderr, code } = await sonde(['triage', '--json', '--no-models', ...args]);
  expect(stderr).toBe('');
  expect([0, 4]).toContain(code);
  return JSON.parse(stdout) as TriageReport;
}

/** Flows in the order of time, without what only packets tell. */
function flows(path: string): Record<string, unknown>[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ app: _a, facts: _f, incidents: _i, ...rest }) => rest)
    .toSorted((a, b) => (String(a['ts_ns']) + String(a['uid']) < String(b['ts_ns']) + String(b['uid']) ? -1 : 1));
}

/** Who did what to whom. */
const told = ({ incidents }: TriageReport): string[] =>
  incidents.map(({ kind, sources, targets }) => `${kind} ${sources.length > 1 ? 'many' : sources[0]} > ${targets[0]}`);
const kinds = ({ incidents }: TriageReport): string[] => [...new Set(incidents.map(({ kind }) => kind))].toSorted();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-imports-'));
  capture = at('traffic.pcapng');
  await generateToFile({ environment: 'none', seed: 5, hours: 0.5, attacks: ATTACKS }, capture);
  fromPackets = await triage(capture, '--flows', at('packets.ndjson'), '--zeek', at('zeek'));
  writeFileSync(at('scan.pcap'), scanFile());
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the conn.log of a capture', () => {
  let report: TriageReport;
  beforeAll(async () => void (report = await triage(at('zeek/conn.log'), '--flows', at('records.ndjson'))), SLOW);

  it('gives the same flows', () => {
    const expected = flows(at('packets.ndjson'));
    expect(expected.length).toBeGreaterThan(5000);
    expect(flows(at('records.ndjson'))).toEqual(expected);
    expect(report.flows).toEqual(fromPackets.flows);
    expect(report.hostsTotal).toBeGreaterThan(10);
  });

  it('still shows scans, floods, guessing at encrypted logins and what was carried off', () => {
    const both = told(fromPackets).filter((one) => told(report).includes(one));
    const same = [...new Set(both.map((one) => one.split(' ')[0]!))].toSorted();
    expect(same).toEqual(['brute-force', 'command-and-control', 'data-exfiltration', 'ddos', 'dos-flood', 'port-scan']);
    expect(kinds(report)).toContain('host-sweep');
  });

  it('shows nothing of what is in messages and frames only, and invents nothing', () => {
    expect(kinds(fromPackets)).toEqual(expect.arrayContaining(['arp-spoofing', 'dns-tunnel', 'slow-dos']));
    for (const kind of ['arp-spoofing', 'dns-tunnel', 'slow-dos']) expect(kinds(report)).not.toContain(kind);
    for (const kind of kinds(report)) expect([...kinds(fromPackets), 'host-sweep']).toContain(kind);
  });

  it('says that there were no packets, and is not scored even with a model', async () => {
    const { stdout, code } = await sonde(['triage', '--json', at('zeek/conn.log')]);
    expect(code).toBe(0);
    const scored = JSON.parse(stdout) as TriageReport;
    expect([scored.status, scored.model]).toEqual(['not-scored', null]);
    const [input] = scored.inputs;
    expect(input).toMatchObject({
      format: 'zeek-conn',
      linkTypes: [],
      packets: fromPackets.inputs[0]!.packets - arp(),
    });
    expect(input!.warnings.map(({ code: one }) => one)).toEqual(['flow-records']);
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../resources/schemas/sonde.triage-1.schema.json'), 'utf8')) as object; // prettier-ignore
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(scored), JSON.stringify(validate.errors)).toBe(true);
  });

  /** Packets that belong to no flow. */
  function arp(): number {
    const total = flows(at('packets.ndjson')).reduce((sum, one) => sum + Number(one['orig_pkts']) + Number(one['resp_pkts']), 0); // prettier-ignore
    return fromPackets.inputs[0]!.packets - total;
  }

  it('reads the same compressed, from standard input, in JSON, and cut in two', async () => {
    const log = readFileSync(at('zeek/conn.log'), 'utf8');
    writeFileSync(at('conn.log.gz'), gzipSync(log));
    const piped = await sonde(['triage', '--json', '--no-models', '-'], gzipSync(log));
    const lines = log.split('\n');
    const head = lines.filter((line) => line.startsWith('#') && !line.startsWith('#close'));
    const body = lines.filter((line) => line !== '' && !line.startsWith('#'));
    const half = (part: string[]): string => [...head, ...part, ''].join('\n');
    writeFileSync(at('1.log'), half(body.slice(body.length / 2)));
    writeFileSync(at('2.log'), half(body.slice(0, body.length / 2)));
    const others = [
      JSON.parse(piped.stdout) as TriageReport,
      await triage(at('conn.log.gz')),
      await triage(at('packets.ndjson')),
      await triage(at('1.log'), at('2.log')),
    ];
    for (const other of others) {
      expect(other.flows).toEqual(report.flows);
      expect(told(other)).toEqual(told(report));
    }
  });

  it('is kept in a database like a capture', async () => {
    const kept = await triage(at('zeek/conn.log'), '--db', at('kept.db'));
    expect(kept.flows).toEqual(report.flows);
    const packets = await sonde(['export-packets', at('zeek/conn.log'), '--db', at('kept.db'), '--filter', 'proto = tcp', '--out', at('x.pcapng')]); // prettier-ignore
    expect(packets.code).toBe(3);
    expect(packets.stderr).toContain('conn.log: holds flow records of another sensor, and no packets');
  });
});

describe('records', () => {
  it('that are partly unreadable are named, and the exit code is 4', async () => {
    const log = readFileSync(at('zeek/conn.log'), 'utf8').split('\n');
    log[20] = 'what is this';
    writeFileSync(at('bad.log'), log.join('\n'));
    const { code, stdout } = await sonde(['triage', '--no-models', at('bad.log')]);
    expect(code).toBe(4);
    expect(stdout).toContain('line 21: it has 1 of');
  });

  it('are not read together with packets, nor as a log that tells nothing of flows', async () => {
    const both = await sonde(['triage', at('zeek/conn.log'), at('scan.pcap')]);
    expect(both.code).toBe(3);
    expect(both.stderr).toContain('cannot be read together with');
    const dns = await sonde(['triage', at('zeek/dns.log')]);
    expect(dns.code).toBe(3);
    expect(dns.stderr).toContain('Give the conn.log beside it');
  });

  needs(NFPCAPD, 'nfdump is not installed')('of nfpcapd show the same scan as its packets', async () => {
    const made = spawnSync('nfpcapd', ['-r', at('scan.pcap'), '-l', folder, '-t', '86400'], { encoding: 'utf8' });
    const name = spawnSync('ls', [folder], { encoding: 'utf8' })
      .stdout.split('\n')
      .find((one) => /^nfcapd\.\d/.test(one));
    expect(name, made.stderr).toBeDefined();
    const report = await triage(at(name!));
    expect(report.inputs[0]!.format).toBe('nfdump');
    expect(report.flows.count).toBe(300);
    expect(told(report)).toEqual(told(await triage(at('scan.pcap'))));
  });
});

describe('alerts in an eve.json', () => {
  it('are incidents and signatures of the report, beside what the flows themselves tell', async () => {
    const time = '2024-03-01T10:00:01.000000+0000';
    const ends = {
      src_ip: '10.0.0.5',
      src_port: 40_000,
      dest_ip: '10.0.0.9',
      dest_port: 443,
      proto: 'TCP',
      flow_id: 7,
    };
    const alert = { signature_id: 2_024_897, rev: 2, signature: 'ET EXAMPLE checks in', category: 'A Network Trojan was detected', severity: 1 }; // prettier-ignore
    const flow = {
      pkts_toserver: 3,
      pkts_toclient: 3,
      bytes_toserver: 300,
      bytes_toclient: 300,
      start: time,
      end: time,
    };
    const events = [
      { timestamp: time, event_type: 'alert', ...ends, alert },
      { timestamp: time, event_type: 'flow', ...ends, flow },
    ];
    writeFileSync(at('alerts.json'), events.map((one) => JSON.stringify(one)).join('\n'));
    const report = await triage(at('alerts.json'));
    expect(report.signatures).toMatchObject([{ sid: 2_024_897, count: 1, classtype: 'trojan-activity' }]);
    expect(report.incidents).toMatchObject([
      { kind: 'command-and-control', severity: 'critical', sources: ['10.0.0.5'], targets: ['10.0.0.9'], flows: 1 },
    ]);
  });
});

describe('watch --export', () => {
  const watch = (...args: string[]): ReturnType<typeof sonde> =>
    sonde(['watch', '--replay', at('scan.pcap'), '--speed', 'max', '--no-models', ...args]);
  const lines = (name: string): Record<string, unknown>[] =>
    readFileSync(at(name), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

  /** How often it is told that an incident grows depends on how fast packets are read. */
  const states = (all: readonly Record<string, unknown>[]): unknown[] =>
    all.flatMap(({ event, state }) => (event === 'incident' && state !== 'update' ? [state] : []));

  it('appends incidents as they open and close, and flows, that Sonde can read again', async () => {
    expect((await watch('--export', at('x.ndjson'), '--export-flows')).code).toBe(0);
    const all = lines('x.ndjson');
    expect(all.filter(({ event }) => event === 'flow')).toHaveLength(300);
    expect(states(all)).toEqual(['open', 'closed']);
    await watch('--export', at('x.ndjson'));
    expect(states(lines('x.ndjson'))).toEqual(['open', 'closed', 'open', 'closed']);
    await watch('--export', at('x.eve.json'), '--export-flows');
    const again = await triage(at('x.eve.json'));
    expect(again.flows.count).toBe(300);
    expect(told(again)).toEqual(['port-scan 10.0.0.66 > 10.0.0.9']);
  });

  it('writes each format of lines', async () => {
    for (const name of ['y.ecs.ndjson', 'y.ocsf.ndjson', 'y.eve.json']) await watch('--export', at(name));
    const [created] = lines('y.ocsf.ndjson');
    expect([created!['activity_name'], lines('y.ocsf.ndjson').at(-1)!['type_name']]).toEqual(['Create', 'Detection Finding: Close']); // prettier-ignore
    expect(
      lines('y.ecs.ndjson')
        .map((one) => (one['sonde'] as { state: string }).state)
        .at(-1),
    ).toBe('closed');
    for (const one of lines('y.eve.json')) expect(one['event_type']).toBe('alert');
  });

  it('rotates, and refuses what cannot be', async () => {
    await watch('--export', at('z.ndjson'), '--export-flows', '--export-size', '40000', '--export-files', '2');
    for (const name of ['z.ndjson', 'z.ndjson.1']) expect(readFileSync(at(name)).length).toBeLessThanOrEqual(40_000);
    for (const wrong of [
      ['--export', at('z.csv')],
      ['--export-flows'],
      ['--export', at('z.ocsf.ndjson'), '--export-flows'],
      ['--export', at('scan.pcap')],
    ]) {
      expect((await watch(...wrong)).code).toBe(2);
    }
  });

  needs(process.platform === 'linux', 'written for Linux')('goes on when the disk is full, and says so', async () => {
    spawnSync('ln', ['-s', '/dev/full', at('full.ndjson')]);
    const { code, stdout } = await watch('--export', at('full.ndjson'), '--json');
    expect(code).toBe(0);
    expect(stdout).toContain('"export-failed"');
    expect(stdout).toContain('the disk is full');
  });
});
