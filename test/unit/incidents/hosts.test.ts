import { describe, expect, it } from 'vitest';
import type { BuiltIncident } from '../../../src-main/detect/incidents/build.ts';
import { HostStats, rankHosts } from '../../../src-main/detect/incidents/hosts.ts';
import { makeNetworkView } from '../../../src-main/detect/incidents/network.ts';
import { CONN_STATES, makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import type { DeviceKind } from '../../../src-shared/domain/device-kinds.ts';

function v4(text: string): Uint32Array {
  const [a, b, c, d] = text.split('.').map(Number);
  return Uint32Array.of(0, 0, 0xffff, ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0);
}

function v6(...words: number[]): Uint32Array {
  return Uint32Array.of(...words);
}

const incident = (
  sources: number[],
  targets: number[],
  over: Partial<BuiltIncident['incident']> = {},
): BuiltIncident => ({
  incident: {
    severity: 'critical',
    confidence: 0.9,
    uid: `u${sources.join()}-${targets.join()}`,
    sourcesTotal: sources.length,
    targetsTotal: targets.length,
    ...over,
  } as BuiltIncident['incident'],
  sourceHosts: sources,
  targetHosts: targets,
  flowIds: new Set(),
});

function table(count: number): HostTable {
  const hosts = new HostTable();
  for (let i = 1; i <= count; i++) hosts.intern(v4(`10.0.${i >> 8}.${i & 255}`), 0);
  return hosts;
}

describe('ranking of hosts', () => {
  it('puts the attacker first, its victim next, the rest by bytes', () => {
    const hosts = table(4);
    const stats = new HostStats();
    const batch = makeFlowBatch(1);
    batch.count = 1;
    batch.columns.origHost[0] = 4;
    batch.columns.respHost[0] = 3;
    batch.columns.origIpBytes[0] = 500;
    batch.columns.respIpBytes[0] = 100;
    batch.columns.respPkts[0] = 1;
    batch.columns.connState[0] = CONN_STATES.indexOf('SF');
    batch.meta[0] = { service: 'dns', app: 'DNS', facts: {} };
    stats.add(batch);
    const ranked = rankHosts(hosts, stats, [incident([2], [1])], 10);
    expect(ranked.map((h) => h.address)).toEqual(['10.0.0.2', '10.0.0.1', '10.0.0.3', '10.0.0.4']);
    expect(ranked[2]).toMatchObject({ bytesOut: 100, bytesIn: 500, roles: ['server', 'dns-server'], risk: 0 });
    expect(ranked[3]).toMatchObject({ roles: ['client'], flows: 1 });
  });

  it('puts the victim of many before each of them, and a scanner before each of its many targets', () => {
    const hosts = table(30);
    const many = Array.from({ length: 20 }, (_, i) => i + 2);
    expect(rankHosts(hosts, new HostStats(), [incident(many, [1])], 3)[0]?.address).toBe('10.0.0.1');
    expect(rankHosts(hosts, new HostStats(), [incident([1], many)], 3)[0]?.address).toBe('10.0.0.1');
  });

  it('adds up several incidents and never exceeds one', () => {
    const hosts = table(2);
    const one = rankHosts(hosts, new HostStats(), [incident([1], [])], 1)[0]?.risk ?? 0;
    const three = rankHosts(
      hosts,
      new HostStats(),
      [incident([1], [], { uid: 'a' }), incident([1], [], { uid: 'b' }), incident([1], [], { uid: 'c' })],
      1,
    )[0];
    expect(three?.risk).toBeGreaterThan(one);
    expect(three?.risk).toBeLessThanOrEqual(1);
    expect(three?.incidents).toEqual(['a', 'b', 'c']);
  });
});

describe('what tells environments apart', () => {
  const SF = CONN_STATES.indexOf('SF');
  const S0 = CONN_STATES.indexOf('S0');

  function factsOf(
    flows: readonly { orig: Uint32Array; resp: Uint32Array; service?: string; state?: number }[],
    kindOf: (host: number) => DeviceKind = () => 'unknown',
  ) {
    const hosts = new HostTable();
    const batch = makeFlowBatch(flows.length);
    flows.forEach(({ orig, resp, service = '', state = SF }, row) => {
      batch.columns.origHost[row] = hosts.intern(orig, 0);
      batch.columns.respHost[row] = hosts.intern(resp, 0);
      batch.columns.connState[row] = state;
      batch.columns.origPkts[row] = 1;
      batch.columns.respPkts[row] = state === S0 ? 0 : 1;
      batch.meta[row] = { service, app: '', facts: {} } as unknown as (typeof batch.meta)[number];
    });
    batch.count = flows.length;
    const stats = new HostStats();
    stats.add(batch);
    const device = (host: number) => ({ kind: kindOf(host), confidence: 1, why: [] });
    return stats.networkFacts(makeNetworkView(hosts).isLocal, hosts, device);
  }

  it('is counted over hosts of ours that took part in a conversation', () => {
    const flows = [
      { orig: v4('10.0.0.1'), resp: v4('10.0.0.2'), service: 'gssapi,smb,krb' },
      { orig: v4('10.0.0.1'), resp: v4('10.0.0.3'), service: 'krb_tcp' },
      { orig: v4('10.0.0.4'), resp: v4('8.8.8.8'), service: 'dns' },
      { orig: v4('10.0.0.1'), resp: v4('10.0.0.99'), state: S0 },
    ];
    expect(factsOf(flows)).toEqual({
      ours: 4,
      servers: 2,
      directories: 1,
      fileServers: 1,
      subnets: 1,
      mix: { home: 0, work: 0 },
    });
  });

  it('counts the devices of homes and of work, unless there are too many for a home', () => {
    const some = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ orig: v4(`10.0.0.${i + 1}`), resp: v4('8.8.8.8') }));
    expect(factsOf(some(6), (host) => (host % 2 === 1 ? 'tv' : 'camera')).mix).toEqual({ home: 4, work: 0 });
    expect(factsOf(some(6), (host) => (host === 1 ? 'computer' : 'speaker')).mix).toEqual({ home: 5, work: 1 });
    expect(factsOf(some(61), () => 'speaker')).not.toHaveProperty('mix');
  });

  it('takes the addresses of one machine as one', () => {
    const flows = [
      { orig: v4('10.0.0.1'), resp: v4('8.8.8.8') },
      { orig: v6(0xfe800000, 0, 0, 1), resp: v6(0xfe800000, 0, 0, 2) },
      { orig: v6(0xfd000000, 0, 0, 1), resp: v6(0x20010db8, 0, 0, 9) },
    ];
    expect(factsOf(flows).ours).toBe(2);
  });
});

describe('what addresses mean', () => {
  const hosts = new HostTable();
  const view = makeNetworkView(hosts);
  const id = (words: Uint32Array): number => hosts.intern(words, 0);

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.1.1',
    '169.254.1.1',
    '127.0.0.1',
    '100.64.0.1',
    '0.0.0.0',
  ])('%s is local', (a) => {
    expect(view.isLocal(id(v4(a)))).toBe(true);
  });

  it.each(['172.32.0.1', '172.15.0.1', '8.8.8.8', '192.169.0.1', '100.128.0.1', '11.0.0.1'])('%s is not', (a) => {
    expect(view.isLocal(id(v4(a)))).toBe(false);
  });

  it('IPv6 is told apart in the same way', () => {
    expect(view.isLocal(id(v6(0xfe800000, 0, 0, 1)))).toBe(true);
    expect(view.isLocal(id(v6(0xfd123456, 0, 0, 1)))).toBe(true);
    expect(view.isLocal(id(v6(0, 0, 0, 1)))).toBe(true);
    expect(view.isLocal(id(v6(0x20010db8, 0, 0, 1)))).toBe(false);
    expect(view.isMulticast(id(v6(0xff020000, 0, 0, 0xfb)))).toBe(true);
  });

  it('multicast and broadcast are known', () => {
    expect(view.isMulticast(id(v4('224.0.0.251')))).toBe(true);
    expect(view.isMulticast(id(v4('240.0.0.1')))).toBe(false);
    expect(view.isBroadcast(id(v4('255.255.255.255')))).toBe(true);
    expect(view.isBroadcast(id(v4('192.168.1.255')))).toBe(true);
    expect(view.isBroadcast(id(v4('192.168.1.25')))).toBe(false);
  });
});
