import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateOf } from '../../../src-main/keep/imports/guess.ts';
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
    const other = { timestamp: event.timestamp, event_type: 'alert' };
    const result = await read(other, { ...other, event_type: 'dns' }, other, event, '{', { ...event, flow: 7 });
    expect(result.records).toHaveLength(1);
    const kinds = result.reader.summaries()[0]!.warnings.filter(({ code }) => code === 'other-records');
    expect(kinds.map(({ message, count }) => `${message.split(':')[0]} ${count}`)).toEqual(['alert 2', 'dns 1']);
    expect(codes(result)['bad-record']).toBe(1);
  });
});
