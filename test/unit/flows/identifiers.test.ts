import { describe, expect, it } from 'vitest';
import { makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { rowUid } from '../../../src-main/meter/flows/uid.ts';
import {
  decimalSeconds,
  FLOW_CSV_HEADER,
  FLOW_JSON_FIELDS,
  flowCsv,
  flowJson,
  rowCommunityId,
} from '../../../src-main/meter/flows/record.ts';
import { Bench, client, HANDSHAKE, server } from './script.ts';

function words(text: string): number[] {
  if (!text.includes(':')) {
    const parts = text.split('.').map(Number);
    return [0, 0, 0xffff, ((parts[0]! << 24) | (parts[1]! << 16) | (parts[2]! << 8) | parts[3]!) >>> 0];
  }
  const [head, tail] = text.split('::') as [string, string | undefined];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right].map((g) =>
    parseInt(g, 16),
  );
  return [0, 2, 4, 6].map((i) => ((groups[i]! << 16) | groups[i + 1]!) >>> 0);
}

function flow(proto: number, orig: string, origPort: number, resp: string, respPort: number): FlowBatch {
  const batch = makeFlowBatch(1);
  batch.count = 1;
  batch.columns.orig.set(words(orig));
  batch.columns.resp.set(words(resp));
  batch.columns.origPort[0] = origPort;
  batch.columns.respPort[0] = respPort;
  batch.columns.proto[0] = proto;
  batch.columns.parent[0] = -1;
  return batch;
}

describe('Community ID v1', () => {
  // Published with the specification (corelight/community-id-spec, default seed 0).
  it.each([
    ['TCP', 6, '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['TCP, turned', 6, '66.35.250.204', 80, '128.232.110.120', 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['UDP', 17, '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['ICMP echo', 1, '192.168.0.89', 8, '192.168.0.1', 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['ICMP reply', 1, '192.168.0.1', 0, '192.168.0.89', 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['SCTP', 132, '192.168.170.8', 7, '192.168.170.56', 80, '1:jQgCxbku+pNGw8WPbEc/TS/uTpQ='],
    [
      'ICMPv6 neighbours',
      58,
      'fe80::200:86ff:fe05:80da',
      135,
      'fe80::260:97ff:fe07:69ea',
      136,
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    ],
  ])('%s', (_, proto, orig, origPort, resp, respPort, expected) => {
    expect(rowCommunityId(flow(proto, orig, origPort, resp, respPort).columns, 0)).toBe(expected);
  });
});

describe('uid', () => {
  it('is C and base 62, the same for either direction, another for another time', () => {
    const one = flow(6, '10.0.0.1', 1, '10.0.0.2', 2);
    const uid = rowUid(one.columns, 0);
    expect(uid).toMatch(/^C[0-9A-Za-z]{10,17}$/);
    expect(rowUid(flow(6, '10.0.0.2', 2, '10.0.0.1', 1).columns, 0)).toBe(uid);
    one.columns.nano[0] = 1;
    expect(rowUid(one.columns, 0)).not.toBe(uid);
  });

  it('does not repeat over a hundred thousand flows', () => {
    const seen = new Set<string>();
    const one = flow(6, '10.0.0.1', 1, '10.0.0.2', 2);
    for (let i = 0; i < 100_000; i++) {
      one.columns.origPort[0] = i & 0xffff;
      one.columns.sec[0] = 1_700_000_000 + (i >>> 10);
      seen.add(rowUid(one.columns, 0));
    }
    expect(seen.size).toBe(100_000);
  });

  it('keeps apart flows of the same ends that begin at the same moment', () => {
    const bench = new Bench();
    bench.feed(client(0, 'S'), client(0, 'S', 5));
    bench.rows();
    expect(rowUid(bench.flows.columns, 0)).not.toBe(rowUid(bench.flows.columns, 1));
  });
});

describe('the --flows record', () => {
  function recorded(): FlowBatch {
    const bench = new Bench();
    bench.feed(...HANDSHAKE, client(1, 'PA', 1, 1, 10), server(1.123456789, 'PA', 1, 11, 20));
    bench.rows();
    bench.flows.meta[0] = { service: 'http', app: 'HTTP "x"', facts: { 'http.uri': '/"a"' } };
    return bench.flows;
  }

  it('is JSON with the fields in their order', () => {
    const verdict = { score: 0.5, anomalous: true, detectors: { forest: 0.9 }, incidents: ['i1'] };
    const record = JSON.parse(flowJson(recorded(), 0, verdict)) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual([...FLOW_JSON_FIELDS]);
    expect(record).toMatchObject({
      ts: 1700000000,
      ts_ns: '1700000000000000000',
      'id.orig_h': '10.0.0.1',
      'id.resp_p': 9999,
      proto: 'tcp',
      service: 'http',
      app: 'HTTP "x"',
      duration: 1.123456789,
      orig_bytes: 10,
      resp_bytes: 20,
      conn_state: 'S1',
      history: 'ShADd',
      vlan: null,
      tunnel_parents: null,
      score: 0.5,
      anomalous: true,
      detectors: { forest: 0.9 },
      incidents: ['i1'],
      facts: { 'http.uri': '/"a"' },
    });
  });

  it('leaves unset what Zeek leaves unset', () => {
    const bench = new Bench();
    bench.feed(client(0, 'S'));
    bench.rows();
    const record = JSON.parse(flowJson(bench.flows, 0)) as Record<string, unknown>;
    expect(record).toMatchObject({
      service: null,
      duration: null,
      orig_bytes: null,
      resp_bytes: null,
      score: null,
      facts: {},
    });
    expect(flowCsv(bench.flows, 0)).toMatch(/,tcp,-,-,-,-,S0,0,S,1,40,0,0,-,-,-,-,false,-,-$/);
  });

  it('is CSV with as many cells as the header', () => {
    const cells = flowCsv(recorded(), 0)
      .replace(/"(?:[^"]|"")*"/g, 'quoted')
      .split(',');
    expect(cells).toHaveLength(FLOW_CSV_HEADER.split(',').length);
  });

  it('writes times exactly', () => {
    expect(decimalSeconds(1, 5)).toBe('1.000000005');
    expect(decimalSeconds(1, 5000)).toBe('1.000005');
    expect(decimalSeconds(-2, 250_000_000)).toBe('-1.750000');
    expect(decimalSeconds(0, 0)).toBe('0.000000');
  });
});
