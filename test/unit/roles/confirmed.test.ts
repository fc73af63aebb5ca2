import { describe, expect, it } from 'vitest';
import type { RoleId } from '../../../src-shared/domain/devices.ts';
import { rolesIn } from '../../../src-shared/domain/devices.ts';
import { kindOf, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { DecidedRole } from '../../../src-shared/domain/roles.ts';
import { lowerExpected } from '../../../src-main/detect/incidents/expected-work.ts';
import { isWithin } from '../../../src-main/detect/roles/confirmed.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { confirmedFinder, withDecisions } from '../../../src-main/run/pipeline/meaning.ts';

const hosts = new HostTable();
for (let i = 1; i <= 4; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);
const MAC = 'a4:83:e7:c9:a5:2c';
const NO_CARDS = new Map<string, string[]>();

const confirmed = (role: RoleId, change: Partial<DecidedRole> = {}): DecidedRole => ({
  address: '10.0.0.1',
  role,
  decision: 'confirmed',
  within: [],
  ...change,
});

/** The severity of what 10.0.0.1 did. */
function severityOf(kind: IncidentKind, decided: DecidedRole, targets: string[], ports = [443], cards = NO_CARDS) {
  const incident = {
    kind,
    severity: kindOf(kind).severity,
    summary: '',
    sources: ['10.0.0.1'],
    sourcesTotal: 1,
    targets,
    targetsTotal: targets.length,
    ports,
    portsTotal: ports.length,
    evidence: [],
  } as unknown as Incident;
  const judged = { incident, sourceHosts: [1], targetHosts: targets.map((_, i) => i + 2) };
  lowerExpected(judged, () => undefined, confirmedFinder([decided], hosts, cards));
  return { severity: incident.severity, why: incident.evidence[0]?.fact ?? '' };
}

const scanner = confirmed('scanner', { within: ['10.0.0.0/24'] });

describe('a confirmed scanner', () => {
  it('is quiet where it scans, with the reason as evidence', () => {
    const { severity, why } = severityOf('port-scan', scanner, ['10.0.0.2', '10.0.0.3']);
    expect(severity).toBe('info');
    expect(why).toContain('10.0.0.1 is known to you as “Vulnerability scanner”, and trying ports is its work');
  });

  it.each<[string, IncidentKind, string[]]>([
    ['scans elsewhere', 'port-scan', ['10.0.0.2', '10.0.9.3']],
    ['scans outside', 'host-sweep', ['45.0.0.1']],
    ['calls home', 'command-and-control', ['10.0.0.2']],
    ['guesses passwords', 'brute-force', ['10.0.0.2']],
    ['sends data out', 'data-exfiltration', ['10.0.0.2']],
  ])('is as loud as anybody where it %s', (_, kind, targets) => {
    expect(severityOf(kind, scanner, targets).severity).toBe(kindOf(kind).severity);
  });

  it('of which no networks are named scans in ours and nowhere else', () => {
    const unbound = confirmed('scanner');
    expect(severityOf('port-scan', unbound, ['192.168.9.2']).severity).toBe('info');
    expect(severityOf('port-scan', unbound, ['45.0.0.1']).severity).toBe('warning');
    const ours = confirmedFinder([unbound], hosts, NO_CARDS, ['45.0.0.0/24'])(1);
    expect(ours.map((one) => ['45.0.0.1', '10.0.0.2'].map((address) => isWithin(one, [address])))).toEqual([[true, false]]); // prettier-ignore
  });

  it('is loud where not all of its targets are listed', () => {
    const many = confirmed('scanner', { within: ['10.0.0.0/24'] });
    const incident = { kind: 'port-scan', severity: 'warning', summary: '', sources: ['10.0.0.1'], sourcesTotal: 1, targets: ['10.0.0.2'], targetsTotal: 5, ports: [], portsTotal: 0, evidence: [] } as unknown as Incident; // prettier-ignore
    const judged = { incident, sourceHosts: [1], targetHosts: [2] };
    expect(lowerExpected(judged, () => undefined, confirmedFinder([many], hosts, NO_CARDS))).toBe(false);
  });
});

describe('other roles are quiet for their own work alone', () => {
  it.each<[RoleId, IncidentKind, number[], string]>([
    ['dns-server', 'host-sweep', [53], 'info'],
    ['dns-server', 'host-sweep', [445], 'warning'],
    ['dns-server', 'port-scan', [53], 'warning'],
    ['domain-controller', 'host-sweep', [53], 'info'],
    ['domain-controller', 'lateral-movement', [445], 'critical'],
    ['proxy', 'unusual-destination', [443], 'info'],
    ['proxy', 'command-and-control', [443], 'critical'],
    ['gateway', 'excessive-traffic', [443], 'info'],
    ['gateway', 'arp-spoofing', [], 'critical'],
  ])('%s: %s at %j is %s', (role, kind, ports, severity) => {
    expect(severityOf(kind, confirmed(role), ['45.0.0.1'], ports).severity).toBe(severity);
  });
});

describe('what was decided', () => {
  it('quiets nothing where it was rejected, or where a bound cannot be read', () => {
    expect(severityOf('port-scan', { ...scanner, decision: 'rejected' }, ['10.0.0.2']).severity).toBe('warning');
    expect(severityOf('port-scan', { ...scanner, within: ['nonsense'] }, ['10.0.0.2']).severity).toBe('warning');
  });

  it('of a card holds for the host that has it alone', () => {
    const ofCard = { ...scanner, address: 'A4-83-E7-C9-A5-2C' };
    const one = new Map([['10.0.0.1', [MAC]]]);
    expect(severityOf('port-scan', ofCard, ['10.0.0.2'], [1], one).severity).toBe('info');
    const two = new Map([['10.0.0.1', [MAC, '00:00:5e:00:01:01']]]);
    expect(severityOf('port-scan', ofCard, ['10.0.0.2'], [1], two).severity).toBe('warning');
  });

  it('is noted beside the proposal', () => {
    const proposal = { address: '10.0.0.1', role: 'scanner', evidence: [], against: [], within: [], decision: null } as const; // prettier-ignore
    const all = [{ ...proposal, evidence: [], against: [], within: [] }];
    expect(withDecisions(all, [scanner], NO_CARDS)[0]!.decision).toBe('confirmed');
    expect(withDecisions(all, [confirmed('backup')], NO_CARDS)[0]!.decision).toBeNull();
  });

  it('is read from words of several words, too', () => {
    expect(rolesIn('Second domain controller')).toEqual(['domain-controller']);
    expect(rolesIn('Wi-Fi controller')).toEqual([]);
    expect(rolesIn('Web proxy, gateway')).toEqual(['proxy', 'gateway']);
  });
});
