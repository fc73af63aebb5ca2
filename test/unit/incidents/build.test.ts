import { describe, expect, it } from 'vitest';
import { buildIncidents } from '../../../src-main/detect/incidents/build.ts';
import { contactFilter, displayFilter } from '../../../src-main/detect/incidents/wireshark.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';

function hostsOf(count: number): HostTable {
  const hosts = new HostTable();
  for (let i = 1; i <= count; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);
  return hosts;
}

function finding(over: Partial<Finding>): Finding {
  return {
    detector: 'behaviour:test',
    kind: 'port-scan',
    confidence: 0.8,
    title: 'title',
    summary: 'summary',
    sources: [1],
    sourcesTotal: 1,
    targets: [2],
    targetsTotal: 1,
    ports: [22],
    portsTotal: 1,
    domains: [],
    domainsTotal: 0,
    first: { sec: 1000, nano: 0 },
    decided: { sec: 1001, nano: 0 },
    last: { sec: 1010, nano: 5 },
    evidence: [{ fact: 'ports tried', value: 100, expected: 3, unit: 'ports' }],
    flows: [1, 2, 3],
    flowsTotal: 3,
    packets: 6,
    bytes: 360,
    ...over,
  };
}

const hosts = hostsOf(50);
const kinds = (findings: Finding[]): string[] => buildIncidents(findings, hosts).map((b) => b.incident.kind);

describe('fusing', () => {
  it('makes one incident of findings of the same actor and kind that are close in time', () => {
    const other = finding({
      targets: [3],
      ports: [80],
      detector: 'behaviour:other',
      flows: [4, 5, 6],
      first: { sec: 1100, nano: 0 },
      last: { sec: 1200, nano: 0 },
    });
    const [one, ...rest] = buildIncidents([finding({}), other], hosts);
    expect(rest).toEqual([]);
    expect(one?.incident).toMatchObject({ targets: ['10.0.0.2', '10.0.0.3'], ports: [22, 80], flows: 6, packets: 12 });
    expect(one?.incident.firstTs).toBe('1970-01-01T00:16:40.000000000Z');
    expect(one?.incident.lastTs).toBe('1970-01-01T00:20:00.000000000Z');
    expect(one?.incident.confidence).toBeCloseTo(0.96, 6);
  });

  it('counts flows, packets and bytes once where two behaviours saw the same ones', () => {
    const again = finding({ detector: 'behaviour:other', packets: 5, bytes: 300 });
    expect(buildIncidents([finding({}), again], hosts)[0]?.incident).toMatchObject({
      flows: 3,
      packets: 6,
      bytes: 360,
    });
  });

  it('keeps apart what is far apart in time, or of another actor', () => {
    const late = finding({
      first: { sec: 9000, nano: 0 },
      decided: { sec: 9001, nano: 0 },
      last: { sec: 9010, nano: 0 },
    });
    expect(buildIncidents([finding({}), late, finding({ sources: [7] })], hosts)).toHaveLength(3);
  });

  it('is about the victim where the actors are many', () => {
    const flood = (source: number): Finding =>
      finding({ kind: 'ddos', sources: [source, source + 1, source + 2, source + 3], sourcesTotal: 4, targets: [9] });
    expect(kinds([flood(10), flood(20)])).toEqual(['ddos']);
  });

  it('folds a by-product into what explains it, and says so', () => {
    const scan = finding({ kind: 'port-scan', title: 'many ports' });
    const flood = finding({ kind: 'dos-flood', title: 'a flood', flows: [1, 2, 3, 4] });
    const [one, ...rest] = buildIncidents([scan, flood], hosts);
    expect(rest).toEqual([]);
    expect(one?.incident.kind).toBe('dos-flood');
    expect(one?.incident.summary).toContain('many ports');
  });

  it('keeps a scan that was decided long before a flood, although its scanner is among the forged senders', () => {
    const scan = finding({ kind: 'port-scan', flows: [11, 12] });
    const flood = (sec: number): Finding =>
      finding({ kind: 'ddos', sources: [1, 5, 6, 7], sourcesTotal: 4, flows: [1, 2], decided: { sec, nano: 0 } });
    expect(kinds([scan, flood(1012)])).toEqual(['ddos', 'port-scan']);
    expect(kinds([scan, flood(1003)])).toEqual(['ddos']);
  });

  it('keeps a scan of many ports beside a flood of one, which explains it no more than the other way round', () => {
    const ports = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
    const scan = finding({ kind: 'port-scan', flows: [11, 12], ports: ports(500), portsTotal: 500 });
    const flood = (count: number): Finding =>
      finding({ kind: 'dos-flood', flows: [1, 2], ports: ports(count), portsTotal: count });
    expect(kinds([scan, flood(1)])).toEqual(['dos-flood', 'port-scan']);
    expect(kinds([scan, flood(400)])).toEqual(['dos-flood']);
    const sweep = finding({ kind: 'host-sweep', flows: [11, 12], targetsTotal: 200 });
    expect(kinds([sweep, flood(1)])).toEqual(['dos-flood', 'host-sweep']);
  });

  it('sees through a resolver that passes on what a client does', () => {
    const client = finding({ kind: 'dns-tunnel', sources: [1], targets: [10], domains: ['x.example'], flows: [1] });
    const resolver = finding({ kind: 'dns-tunnel', sources: [10], targets: [20], domains: ['x.example'], flows: [2] });
    for (const order of [
      [client, resolver],
      [resolver, client],
    ]) {
      const [one, ...rest] = buildIncidents(order, hosts);
      expect(rest).toEqual([]);
      expect(one?.incident).toMatchObject({ sources: ['10.0.0.1'], targets: ['10.0.0.10'] });
    }
    expect(kinds([client, finding({ ...resolver, domains: ['y.example'] })])).toHaveLength(2);
  });

  it('folds a note for information into what is graver and about the same flows, whatever its kind', () => {
    const note = (flows: number[]): Finding =>
      finding({ kind: 'command-and-control', severity: 'info', sources: [4], targets: [5], flows });
    expect(kinds([finding({}), note([2, 3])])).toEqual(['port-scan']);
    expect(kinds([finding({}), note([3, 8, 9])])).toEqual(['port-scan', 'command-and-control']);
  });

  it('does not fold what concerns other hosts and flows', () => {
    const scan = finding({ kind: 'port-scan', sources: [5], targets: [6], flows: [7, 8] });
    const flood = finding({ kind: 'dos-flood', flows: [1, 2] });
    expect(kinds([scan, flood])).toEqual(['dos-flood', 'port-scan']);
  });

  it('folds a bare anomaly only when it shares the flows', () => {
    const anomaly = (flows: number[]): Finding => finding({ kind: 'size-anomaly', flows });
    expect(kinds([finding({}), anomaly([1, 2])])).toEqual(['port-scan']);
    expect(kinds([finding({}), anomaly([8, 9])])).toEqual(['port-scan', 'size-anomaly']);
  });
});

describe('ranking', () => {
  it('puts the more severe, then the more confident first and numbers from 1', () => {
    const built = buildIncidents(
      [
        finding({ sources: [1], confidence: 0.5 }),
        finding({ sources: [2], confidence: 0.9 }),
        finding({ sources: [3], kind: 'icmp-tunnel', confidence: 0.3 }),
        finding({ sources: [4], kind: 'dga', severity: 'info', confidence: 1, flows: [50] }),
      ],
      hosts,
    );
    expect(built.map((b) => b.incident.sources[0])).toEqual(['10.0.0.3', '10.0.0.2', '10.0.0.1', '10.0.0.4']);
    expect(built.map((b) => b.incident.id)).toEqual([1, 2, 3, 4]);
  });

  it('does not depend on the order of the findings', () => {
    const findings = Array.from({ length: 20 }, (_, i) =>
      finding({ sources: [1 + (i % 7)], detector: `b${i}`, confidence: (i % 5) / 10 }),
    );
    const forward = JSON.stringify(buildIncidents(findings, hosts).map((b) => b.incident));
    const backward = JSON.stringify(buildIncidents([...findings].reverse(), hosts).map((b) => b.incident));
    expect(backward).toBe(forward);
  });
});

describe('the uid', () => {
  it('is the same for the same content and differs for another target', () => {
    const uid = (over: Partial<Finding>): string => buildIncidents([finding(over)], hosts)[0]?.incident.uid ?? '';
    expect(uid({})).toBe(uid({ confidence: 0.2, title: 'said otherwise' }));
    expect(uid({})).not.toBe(uid({ targets: [3] }));
    expect(uid({})).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the Wireshark filter', () => {
  it('names both directions and the ports', () => {
    expect(displayFilter(['10.0.0.1'], ['2001:db8::1'], [22])).toBe(
      '((ip.src == 10.0.0.1 && ipv6.dst == 2001:db8::1) || (ipv6.src == 2001:db8::1 && ip.dst == 10.0.0.1)) && (tcp.port == 22 || udp.port == 22)',
    );
  });

  it('of contacts with a listed entry names hosts, and ports or names', () => {
    const sources = ['10.0.0.1'];
    const ends = { sources, targets: ['203.0.113.9', '2001:db8::1'], ports: [447], domains: ['bad.example'] };
    expect(contactFilter(ends)).toBe(
      'ip.addr == 10.0.0.1 && (ip.addr == 203.0.113.9 || ipv6.addr == 2001:db8::1) && (tcp.port == 447 || udp.port == 447)',
    );
    expect(contactFilter({ sources, targets: ['10.0.0.2'], ports: [53], domains: ['Bad.Example'] })).toBe(
      'ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && lower(dns.qry.name) == "bad.example"',
    );
    const many = Array.from({ length: 9 }, (_, i) => `198.51.100.${i}`);
    expect(contactFilter({ sources, targets: many, ports: [443], domains: ['bad.example'] })).toBe(
      'ip.addr == 10.0.0.1 && (lower(dns.qry.name) == "bad.example" || lower(http.host) == "bad.example" || ' +
        'lower(tls.handshake.extensions_server_name) == "bad.example")',
    );
    expect(contactFilter({ sources, targets: many, ports: [443], domains: ['a" || 1'] })).toBe(
      'ip.addr == 10.0.0.1 && (tcp.port == 443 || udp.port == 443)',
    );
  });

  it('of an incident of lists is the one of contacts', () => {
    const listed = finding({ detector: 'intel', kind: 'command-and-control' });
    expect(buildIncidents([listed], hosts)[0]?.incident.wiresharkFilter).toBe(
      'ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && (tcp.port == 22 || udp.port == 22)',
    );
  });

  it('leaves out lists too long to read', () => {
    const many = Array.from({ length: 9 }, (_, i) => `10.0.0.${i}`);
    expect(displayFilter(many, ['10.1.1.1'], [])).toBe('((ip.dst == 10.1.1.1) || (ip.src == 10.1.1.1))');
  });
});
