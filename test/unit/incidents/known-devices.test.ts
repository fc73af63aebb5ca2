import { describe, expect, it } from 'vitest';
import { rolesIn } from '../../../src-shared/domain/devices.ts';
import type { IncidentKind, Severity } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { kindOf } from '../../../src-shared/domain/incident.ts';
import { lowerExpected } from '../../../src-main/detect/incidents/expected-work.ts';

interface Case {
  kind: IncidentKind;
  roles: Record<number, string>;
  sources?: number[];
  targets?: number[];
  ports?: number[];
  severity?: Severity;
  sourcesTotal?: number;
}

const address = (host: number): string => `10.0.0.${host}`;

function judged({ kind, roles, sources = [1], targets = [2], ports = [443], severity, sourcesTotal }: Case): {
  lowered: boolean;
  incident: Incident;
} {
  const incident = {
    kind,
    severity: severity ?? kindOf(kind).severity,
    summary: 'What happened.',
    sources: sources.map(address),
    sourcesTotal: sourcesTotal ?? sources.length,
    targets: targets.map(address),
    targetsTotal: targets.length,
    ports,
    portsTotal: ports.length,
    evidence: [{ fact: 'ports tried', value: 100, expected: 3, unit: 'ports' }],
  } as unknown as Incident;
  const lowered = lowerExpected({ incident, sourceHosts: sources, targetHosts: targets }, (host) => roles[host]);
  return { lowered, incident };
}

const severityOf = (one: Case): Severity => judged(one).incident.severity;

describe('the normal work of a known device', () => {
  it('is shown less severe, with the reason first in the evidence and in the summary', () => {
    const { lowered, incident } = judged({ kind: 'port-scan', roles: { 1: 'Vulnerability scanner' } });
    expect(lowered).toBe(true);
    expect(incident.severity).toBe('info');
    expect(incident.evidence).toEqual([
      {
        fact: 'Shown as info instead of warning: 10.0.0.1 is known to you as “Vulnerability scanner”, and trying ports is its work',
        value: 1,
        expected: null,
        unit: 'host',
      },
      { fact: 'ports tried', value: 100, expected: 3, unit: 'ports' },
    ]);
    expect(incident.summary).toBe(
      'What happened. Shown as info: 10.0.0.1 is known to you as “Vulnerability scanner”, and trying ports is its work.',
    );
  });

  it.each<[string, Case, Severity]>([
    ['a scanner that sweeps', { kind: 'host-sweep', roles: { 1: 'Scanner' } }, 'info'],
    ['a scanner that fingerprints', { kind: 'fingerprinting', roles: { 1: 'nessus box' } }, 'info'],
    ['monitoring that sweeps', { kind: 'host-sweep', roles: { 1: 'Zabbix' } }, 'info'],
    ['a resolver that asks the world', { kind: 'host-sweep', roles: { 1: 'DNS server' }, ports: [53] }, 'info'],
    ['a mail server that delivers', { kind: 'host-sweep', roles: { 1: 'mail' }, ports: [25, 587] }, 'info'],
    ['large mail', { kind: 'data-exfiltration', roles: { 1: 'mail server' }, ports: [25] }, 'warning'],
    ['an upload to the backup', { kind: 'data-exfiltration', roles: { 2: 'offsite backup' } }, 'info'],
    ['an upload by the backup', { kind: 'data-exfiltration', roles: { 1: 'backup server' } }, 'warning'],
    ['a backup at night', { kind: 'excessive-traffic', roles: { 1: 'Backup' }, ports: [], targets: [] }, 'info'],
    ['two known DHCP servers', { kind: 'dhcp-abuse', roles: { 1: 'DHCP', 2: 'DHCP' }, ports: [67] }, 'info'],
  ])('%s', (_, one, severity) => {
    expect(severityOf(one)).toBe(severity);
  });
});

describe('what is not its normal work keeps its severity', () => {
  it.each<[string, Case]>([
    ['nobody is known', { kind: 'port-scan', roles: {} }],
    ['a scanner that guesses passwords', { kind: 'brute-force', roles: { 1: 'scanner' } }],
    ['a scanner that breaks in', { kind: 'intrusion-attempt', roles: { 1: 'scanner' } }],
    ['a scanner that is scanned', { kind: 'port-scan', roles: { 2: 'scanner' } }],
    ['a document scanner that scans ports', { kind: 'port-scan', roles: { 1: 'Document scanner' } }],
    ['a printer that scans ports', { kind: 'port-scan', roles: { 1: 'printer' } }],
    ['a resolver that looks for SSH', { kind: 'host-sweep', roles: { 1: 'DNS server' }, ports: [22] }],
    ['a resolver that does both', { kind: 'host-sweep', roles: { 1: 'DNS server' }, ports: [53, 22] }],
    ['a resolver with no port to judge by', { kind: 'host-sweep', roles: { 1: 'DNS server' }, ports: [] }],
    ['a backup through DNS', { kind: 'data-exfiltration', roles: { 2: 'backup' }, ports: [53] }],
    ['a backup through ICMP', { kind: 'data-exfiltration', roles: { 2: 'backup' }, ports: [0] }],
    ['a rogue DHCP server', { kind: 'dhcp-abuse', roles: { 2: 'DHCP' }, ports: [67] }],
    ['a rogue that answered first', { kind: 'dhcp-abuse', roles: { 1: 'DHCP' }, ports: [67] }],
    ['one of two scanners is known', { kind: 'port-scan', roles: { 1: 'scanner' }, sources: [1, 3] }],
    ['more sources than are listed', { kind: 'port-scan', roles: { 1: 'scanner' }, sourcesTotal: 5 }],
    ['no source at all', { kind: 'port-scan', roles: { 1: 'scanner' }, sources: [] }],
    ['what its behaviour raised', { kind: 'port-scan', roles: { 1: 'scanner' }, severity: 'critical' }],
  ])('%s', (_, one) => {
    const before = one.severity ?? kindOf(one.kind).severity;
    const { lowered, incident } = judged(one);
    expect([lowered, incident.severity, incident.evidence.length]).toEqual([false, before, 1]);
  });

  it('what is for information already is left as it is', () => {
    expect(judged({ kind: 'port-scan', roles: { 1: 'scanner' }, severity: 'info' }).lowered).toBe(false);
  });
});

describe('a role in words', () => {
  it.each([
    ['Vulnerability scanner', ['scanner']],
    ['DNS and mail server', ['dns-server', 'mail-server']],
    ['network monitoring (Nagios)', ['monitoring']],
    ['Camera', []],
    ['Photo scanner', []],
    ['dnsmasquerade', []],
    ['', []],
  ])('%j', (text, roles) => {
    expect(rolesIn(text)).toEqual(roles);
  });
});
