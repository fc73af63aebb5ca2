import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateOf } from '../../../src-main/keep/imports/guess.ts';
import { classOfCategory } from '../../../src-main/keep/imports/categories.ts';
import { eveAlert } from '../../../src-main/keep/imports/eve-alert.ts';
import { openRecords } from '../../../src-main/keep/imports/open-records.ts';
import { RecordReader } from '../../../src-main/keep/imports/reader.ts';
import type { SensorAlert } from '../../../src-main/keep/imports/record.ts';
import { SensorAlerts } from '../../../src-main/keep/imports/sensor-alerts.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { RecordSource } from '../../../src-main/run/pipeline/record-source.ts';
import { CONN_STATES } from '../../../src-main/meter/flows/types.ts';
import { codes, ends, readText } from './records.ts';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-eve-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flow = {
  pkts_toserver: 5,
  pkts_toclient: 4,
  bytes_toserver: 5 * 14 + 5 * 52 + 8 + 100,
  bytes_toclient: 4 * 14 + 4 * 52 + 8 + 2000,
  start: '2024-03-01T10:00:00.250000+0100',
  end: '2024-03-01T10:00:02.750001+0100',
  state: 'closed',
};
const event = {
  timestamp: '2024-03-01T10:01:00.000000+0100',
  flow_id: 1,
  event_type: 'flow',
  src_ip: '10.0.0.5',
  src_port: 40000,
  dest_ip: '10.0.0.9',
  dest_port: 443,
  proto: 'TCP',
  app_proto: 'tls',
  flow,
  tcp: { tcp_flags: '1b', tcp_flags_ts: '1b', tcp_flags_tc: '1b' },
};
const read = (...events: unknown[]) =>
  readText(
    join(folder, 'eve.json'),
    `${events.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')}\n`,
  );

describe('eve.json', () => {
  it('reads flows: times with their offset, IP bytes without the frame, payload without headers', async () => {
    const [record] = (await read(event)).records;
    expect(ends(record!)).toBe('10.0.0.5:40000 > 10.0.0.9:443');
    expect(record).toMatchObject({
      sec: Date.parse('2024-03-01T09:00:00Z') / 1000,
      nano: 250_000_000,
      lastNano: 750_001_000,
      proto: 6,
      service: 'ssl',
      origPkts: 5,
      respPkts: 4,
      origIpBytes: 5 * 52 + 108,
      respIpBytes: 4 * 52 + 2008,
      origBytes: 100,
      respBytes: 2000,
      origFlags: 0x1b,
    });
  });

  it.each([
    ['S0', '02', '00', 0],
    ['REJ', '02', '14', 1],
    ['SF', '1b', '1b', 4],
    ['RSTO', '1e', '1a', 4],
    ['RSTR', '1a', '1e', 4],
    ['S1', '1a', '1a', 4],
    ['S2', '1b', '1a', 4],
    ['S3', '1a', '1b', 4],
    ['SH', '03', '00', 0],
    ['OTH', '18', '18', 4],
  ])('gives the state %s to flags %s and %s', async (state, ts, tc, packets) => {
    const one = { ...event, flow: { ...flow, pkts_toclient: packets }, tcp: { tcp_flags_ts: ts, tcp_flags_tc: tc } };
    const [record] = (await read(one)).records;
    expect(CONN_STATES[stateOf(record!)]).toBe(state);
  });

  it('takes only the tags of a VLAN off that are there, and only where IP is left', async () => {
    const small = { ...event, vlan: [12], flow: { ...flow, pkts_toserver: 1, bytes_toserver: 38 } };
    const tiny = { ...event, flow: { ...flow, pkts_toserver: 1, bytes_toserver: 30 } };
    const { records } = await read(small, tiny);
    expect(records.map(({ origIpBytes, vlan }) => [origIpBytes, vlan])).toEqual([
      [20, 12],
      [30, 0],
    ]);
  });

  it('reads ICMP by type, IPv6 and other protocols', async () => {
    const icmp = { ...event, proto: 'ICMP', icmp_type: 8, icmp_code: 0, src_ip: '10.0.0.1' };
    const six = { ...event, proto: 'IPv6-ICMP', icmp_type: 1, icmp_code: 4, src_ip: 'fe80::1', dest_ip: 'fe80::2' };
    const other = { ...event, proto: '132' };
    const { records } = await read(icmp, six, other);
    expect(records.map(({ proto, origPort, respPort }) => [proto, origPort, respPort])).toEqual([
      [1, 8, 0],
      [58, 1, 4],
      [132, 40000, 443],
    ]);
  });

  it('counts events of other kinds by kind, and lines that are wrong', async () => {
    const other = { timestamp: event.timestamp, event_type: 'http' };
    const result = await read(other, { ...other, event_type: 'dns' }, other, event, '{', { ...event, flow: 7 });
    expect(result.records).toHaveLength(1);
    const kinds = result.reader.summaries()[0]!.warnings.filter(({ code }) => code === 'other-records');
    expect(kinds.map(({ message, count }) => `${message.split(':')[0]} ${count}`)).toEqual(['http 2', 'dns 1']);
    expect(codes(result)['bad-record']).toBe(1);
  });
});

const told = {
  timestamp: '2024-03-01T10:00:01.500000+0100',
  flow_id: 1,
  event_type: 'alert',
  src_ip: '10.0.0.5',
  src_port: 40000,
  dest_ip: '10.0.0.9',
  dest_port: 443,
  proto: 'TCP',
  alert: {
    action: 'blocked',
    gid: 1,
    signature_id: 2_024_897,
    rev: 3,
    signature: 'ET EXAMPLE checks in',
    category: 'Malware Command and Control Activity Detected',
    severity: 1,
    metadata: { mitre_technique_id: ['T1071', 'none'], mitre_technique_name: ['Application_Layer_Protocol'] },
  },
};

describe("alerts of the sensor's rules", () => {
  const alertsOf = async (...events: unknown[]) => {
    const path = join(folder, 'alerts.json');
    writeFileSync(path, events.map((one) => JSON.stringify(one)).join('\n'));
    const reader = await openRecords([path]);
    if (!(reader instanceof RecordReader)) throw new Error('no records');
    const source = new RecordSource(reader);
    while (await source.next());
    source.finish();
    const found = [...source.alerts.findings()].map(([, finding]) => finding);
    const hosts = (some: readonly number[]): string[] => some.map((host) => source.meter.hosts.address(host));
    await source.close();
    return { found, hosts, report: source.alerts.report(), warnings: source.summaries()[0]!.warnings, source };
  };

  it('are findings as those of own rules: who, what, how grave, and which flows', async () => {
    const { found, hosts, report } = await alertsOf(told, { ...told, alert: { ...told.alert, action: 'allowed' } }, event); // prettier-ignore
    expect(found).toHaveLength(1);
    const [one] = found;
    expect([hosts(one!.sources), hosts(one!.targets)]).toEqual([['10.0.0.5'], ['10.0.0.9']]);
    expect(one).toMatchObject({
      detector: 'signature:2024897',
      kind: 'command-and-control',
      severity: 'critical',
      title: 'ET EXAMPLE checks in: 10.0.0.5 to 10.0.0.9',
      ports: [443],
      flows: [0],
      technique: [{ id: 'T1071', name: 'Application Layer Protocol' }],
      first: { sec: Date.parse('2024-03-01T09:00:01Z') / 1000, nano: 500_000_000 },
    });
    const [first, second] = one!.evidence;
    expect(first).toMatchObject({ value: 2 });
    for (const words of ['2024897', 'ET EXAMPLE checks in', 'Malware Command and Control Activity Detected'])
      expect(JSON.stringify(first)).toContain(words);
    expect(second).toMatchObject({ value: 1 });
    expect(report).toEqual({
      signatures: [{ sid: 2_024_897, rev: 3, message: 'ET EXAMPLE checks in', count: 2, classtype: 'command-and-control' }], // prettier-ignore
      rules: { loaded: 0, refused: [] },
    });
  });

  it.each([
    [['T1071'], [{ id: 'T1071', name: 'Application Layer Protocol' }]],
    [['t1499.002'], [{ id: 'T1499.002', name: 'Service Exhaustion Flood' }]],
    [['T1003'], [{ id: 'T1003', name: 'T1003' }]],
  ])('whose rule names %j alone have the name that own incidents give it, else the number', async (ids, technique) => {
    const alert = { ...told.alert, metadata: { mitre_technique_id: ids } };
    const { found } = await alertsOf({ ...told, alert });
    expect(found).toMatchObject([{ technique }]);
  });

  it.each([
    ['Attempted Information Leak', 2, 'fingerprinting', 'warning'],
    ['web application attack', 1, 'intrusion-attempt', 'critical'],
    ['Generic Protocol Command Decode', 3, 'protocol-violation', 'info'],
    ['Potential Corporate Privacy Violation', 1, 'policy-violation', 'critical'],
    ['a category of our own', 255, 'intrusion-attempt', 'info'],
    ['', undefined, 'intrusion-attempt', 'info'],
  ])('of “%s” and severity %s are %s, %s', async (category, severity, kind, grave) => {
    const { found } = await alertsOf({ ...told, alert: { ...told.alert, category, severity } });
    expect(found).toMatchObject([{ kind, severity: grave }]);
  });

  it('without any flow stand for themselves, with the time of the input', async () => {
    const { found, source } = await alertsOf({ ...told, flow_id: undefined }, { ...told, src_ip: 'fe80::1' });
    expect(found.map(({ flows }) => flows)).toEqual([[], []]);
    expect(source.summaries()[0]).toMatchObject({ firstSec: Date.parse('2024-03-01T09:00:01Z') / 1000, packets: 0 });
  });

  it('that are wrong are counted as bad records, and what Sonde exported is not told twice', async () => {
    const wrong = [
      { ...told, alert: 7 },
      { ...told, timestamp: 'now' },
      { ...told, dest_ip: 'here' },
      { ...told, alert: { ...told.alert, signature_id: -1 } },
    ];
    const { found, warnings } = await alertsOf(...wrong, { ...told, sonde: {} }, event);
    expect(found).toEqual([]);
    expect(warnings.filter(({ code }) => code === 'bad-record')).toHaveLength(4);
    expect(warnings.find(({ code }) => code === 'other-records')?.message).toContain("alert of Sonde's own");
  });

  it('knows every category by a class that rules may have', () => {
    for (const name of ['Attempted Denial of Service', 'Misc Attack', 'Domain Observed Used for C2 Detected'])
      expect(classOfCategory(name)).not.toBe('');
    expect(classOfCategory('constructor')).toBe('');
  });

  it('of many thousand pairs of hosts are bounded', () => {
    const alerts = new SensorAlerts(new HostTable(), 100);
    const alert = eveAlert(told) as SensorAlert;
    for (let i = 0; i < 300; i++) alerts.add({ ...alert, ends: alert.ends.with(0, i), flow: i + 1 });
    expect([...alerts.findings()]).toHaveLength(100);
    expect(alerts.report().signatures).toMatchObject([{ count: 300 }]);
  });
});
