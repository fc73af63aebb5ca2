import { describe, expect, it } from 'vitest';
import type { Incident, TriageReport } from '../../../src-shared/domain/report.ts';
import { summaryText } from '../../../src-main/run/cli/summary.ts';
import { printable } from '../../../src-main/run/cli/words.ts';

const incident: Incident = {
  id: 1,
  uid: '0'.repeat(32),
  kind: 'port-scan',
  severity: 'warning',
  confidence: 0.9,
  title: '10.0.0.1 tried 1,000 ports',
  summary: 'In short.',
  firstTs: '2024-01-01T00:00:00.000000000Z',
  decidedTs: '2024-01-01T00:00:00.000100000Z',
  lastTs: '2024-01-01T00:00:00.000189000Z',
  sources: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'],
  sourcesTotal: 1200,
  targets: ['10.0.0.9'],
  targetsTotal: 1,
  ports: [22],
  portsTotal: 1,
  domains: [],
  domainsTotal: 0,
  flows: 1,
  packets: 1,
  bytes: 1,
  technique: [{ id: 'T1046', name: 'Network Service Discovery' }],
  evidence: [
    { fact: 'Answers of less than 200 bytes', value: 0, expected: null, unit: 'answers' },
    { fact: 'Tried 1,000 ports in 11 s; this host’s usual: 3', value: 1000, expected: 3, unit: 'ports' },
    { fact: 'Addresses claimed', value: 1, expected: 1, unit: 'addresses' },
    { fact: 'Share of encoded names', value: 0.5, expected: 0, unit: 'share' },
    { fact: 'Speed', value: 7560.4, expected: null, unit: 'tries/min' },
    { fact: 'Sent', value: 48_200_000, expected: 12_000, unit: 'bytes' },
  ],
  attributions: [{ feature: 'x', value: 1, usual: 0, contribution: 0.4, text: 'sent 48 MB (usual: 12 kB)' }],
  detectors: {},
  response: ['Block the source.'],
  wiresharkFilter: 'ip.addr == 10.0.0.1',
};

function report(over: Partial<TriageReport>): TriageReport {
  return {
    schema: 'sonde.triage/1',
    version: '0',
    inputs: [],
    flows: { count: 1, anomalous: 0, cutShort: 0 },
    status: 'not-scored',
    profile: { name: 'auto', reason: '' },
    model: null,
    hosts: [],
    hostsTotal: 2,
    incidents: [incident],
    signatures: [],
    rules: { loaded: 0, refused: [] },
    suppressed: 0,
    detectors: [],
    timings: { readMs: 0, totalMs: 0, packetsPerSecond: 0, peakRssBytes: 0 },
    ...over,
  };
}

describe('the summary for people', () => {
  const text = summaryText(report({}));

  it('tells who, when to the microsecond, technique, what to do and the filter', () => {
    expect(text).toContain('!  1. 10.0.0.1 tried 1,000 ports');
    expect(text).toContain('2024-01-01 00:00:00 UTC, for 189 µs');
    expect(text).toContain('from 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 and 1,196 more to 10.0.0.9 port 22');
    expect(text).toContain('ATT&CK T1046 Network Service Discovery');
    expect(text).toContain('> Block the source.');
    expect(text).toContain('Wireshark: ip.addr == 10.0.0.1');
    expect(text).toContain('Unusual about its flows: sent 48 MB (usual: 12 kB).');
  });

  it('tells the number of a technique once where its name is not known', () => {
    const technique = [{ id: 'T1003', name: 'T1003' }];
    expect(summaryText(report({ incidents: [{ ...incident, technique }] }))).toMatch(/, ATT&CK T1003\n/);
  });

  it('tells each number once, with its unit and the usual value', () => {
    expect(text).toContain('- Answers of less than 200 bytes: 0 answers\n');
    expect(text).toContain('- Tried 1,000 ports in 11 s; this host’s usual: 3\n');
    expect(text).toContain('- Addresses claimed: 1 address (usual: 1)\n');
    expect(text).toContain('- Share of encoded names: 50 % (usual: 0 %)\n');
    expect(text).toContain('- Speed: 7,560 tries/min\n');
    expect(text).toContain('- Sent: 48.2 MB (usual: 12.0 kB)\n');
  });

  it('says when nothing stands out, and when flows were too few to judge', () => {
    const calm = summaryText(report({ incidents: [], status: 'insufficient' }));
    expect(calm).toContain('Nothing stands out.');
    expect(calm).toContain('Too few flows');
  });

  it('lists hosts that are worth a look only', () => {
    const host = { address: '10.0.0.1', risk: 0.6, incidents: ['u'], flows: 1, bytesOut: 0, bytesIn: 0, roles: [] };
    const listed = summaryText(report({ hosts: [host, { ...host, address: '10.0.0.7', risk: 0.03 }] }));
    expect(listed).toContain('10.0.0.1: risk 60 %');
    expect(listed).not.toContain('10.0.0.7');
  });

  it('says what a host is taken for, and why', () => {
    const host = { address: '10.0.0.1', risk: 0.6, incidents: ['u'], flows: 1, bytesOut: 0, bytesIn: 0, roles: [] };
    const device = {
      kind: 'smart-home' as const,
      confidence: 0.9,
      why: ['calls itself “lamp”', 'speaks MQTT', 'third'],
    };
    const told = summaryText(report({ hosts: [{ ...host, device }] }));
    expect(told).toContain('\n    Smart-home device (90 %): calls itself “lamp”; speaks MQTT\n');
    const unknown = { kind: 'unknown' as const, confidence: 0, why: ['speaks MQTT'] };
    expect(summaryText(report({ hosts: [{ ...host, device: unknown }] }))).not.toContain('MQTT');
  });

  it('lets no control character of a name reach the terminal', () => {
    const hostile = summaryText(report({ incidents: [{ ...incident, title: 'a\u001b[31mb\u202ec\u0007' }] }));
    expect(hostile).toContain('a?[31mb?c?');
    expect(printable('plain ü 漢')).toBe('plain ü 漢');
  });
});

describe('rules of signatures in the summary', () => {
  it('say how often a text was longer than an expression looks through', () => {
    const rules = { loaded: 2, refused: [] };
    expect(summaryText(report({ rules: { ...rules, cut: 1200 } })).replace(/\s+/g, ' ')).toContain(
      'Signatures: 2 rules loaded, 0 rules matched, 0 alerts. 1,200 times a text was longer than a rule looks through, or took it too long, and what it looks for stood in none of what it saw.',
    );
    expect(summaryText(report({ rules: { ...rules, cut: 1 } }))).toContain('Once a text was longer');
    expect(summaryText(report({ rules }))).not.toContain('longer than');
  });
});
