import { describe, expect, it } from 'vitest';
import { buildIncidents } from '../../../src-main/detect/incidents/build.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';

const hosts = new HostTable();
for (let i = 1; i <= 20; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);

const at = (sec: number): Finding['first'] => ({ sec, nano: 0 });

function finding(over: Partial<Finding>): Finding {
  const { sources = [1], targets = [2], ports = [22], flows = [] } = over;
  return {
    detector: 'behaviour:guessing',
    kind: 'brute-force',
    confidence: 0.8,
    title: 'guesses',
    summary: 'Guesses.',
    domains: [],
    domainsTotal: 0,
    first: at(1000),
    decided: at(1005),
    last: at(1100),
    evidence: [{ fact: 'attempts', value: 100, expected: 3, unit: 'attempts' }],
    packets: 6,
    bytes: 360,
    ...over,
    sources,
    targets,
    ports,
    flows,
    sourcesTotal: over.sourcesTotal ?? sources.length,
    targetsTotal: over.targetsTotal ?? targets.length,
    portsTotal: over.portsTotal ?? ports.length,
    flowsTotal: flows.length,
  };
}

const rule = (over: Partial<Finding>): Finding =>
  finding({
    detector: 'signature:7',
    kind: 'intrusion-attempt',
    severity: 'critical',
    confidence: 0.9,
    title: 'SSH guessing',
    evidence: [{ fact: 'Alerts of rule 7', value: 3, expected: null, unit: 'alerts' }],
    technique: [],
    ...over,
  });

function incidents(...findings: Finding[]) {
  const built = buildIncidents(findings, hosts).map(({ incident }) => incident);
  // The order of what is found does not matter.
  expect(buildIncidents([...findings].reverse(), hosts).map(({ incident }) => incident)).toEqual(built);
  return built;
}

const kinds = (...findings: Finding[]): string[] => incidents(...findings).map(({ kind }) => kind);

describe('an event that a rule and a behaviour found', () => {
  it('is one incident of the behaviour’s kind with both as evidence, and surer than either', () => {
    const [one, ...rest] = incidents(finding({ flows: [1, 2, 3] }), rule({ flows: [2, 3] }));
    expect(rest).toEqual([]);
    expect(one).toMatchObject({ kind: 'brute-force', severity: 'critical', title: 'guesses', confidence: 0.98 });
    expect(one?.evidence.map(({ fact }) => fact)).toEqual(['attempts', 'Alerts of rule 7']);
    expect(Object.keys(one?.detectors ?? {})).toEqual(['behaviour:guessing', 'signature:7']);
    expect(one?.summary).toContain('Also: SSH guessing');
  });

  it('is told by the rule where that is graver', () => {
    const behaviour = finding({ kind: 'policy-violation', severity: 'warning', flows: [2], confidence: 0.5 });
    const [one, ...rest] = incidents(behaviour, rule({ flows: [2, 3] }));
    expect(rest).toEqual([]);
    expect(one).toMatchObject({ kind: 'intrusion-attempt', severity: 'critical', confidence: 0.95 });
  });

  it('keeps room for the evidence of both', () => {
    const much = Array.from({ length: 20 }, (_, i) => ({ fact: `f${i}`, value: i, expected: null, unit: '' }));
    const [one] = incidents(finding({ flows: [1], evidence: much }), rule({ flows: [1] }));
    expect(one?.evidence).toHaveLength(12);
    expect(one?.evidence.at(-1)?.fact).toBe('Alerts of rule 7');
  });

  it('takes the technique that the rule names beside its own', () => {
    const technique = [{ id: 'T9999', name: 'Named' }];
    const [one] = incidents(finding({ flows: [1] }), rule({ flows: [1], technique }));
    expect(one?.technique.map(({ id }) => id)).toEqual(['T1110', 'T9999']);
  });

  it('is known by one actor, one target and the same ports where the behaviour lists no such flow', () => {
    expect(kinds(finding({ flows: [1] }), rule({ flows: [900] }))).toEqual(['brute-force']);
    expect(kinds(finding({ flows: [1] }), rule({ flows: [900], ports: [80] }))).toHaveLength(2);
    expect(kinds(finding({ flows: [1] }), rule({ flows: [900], targets: [3] }))).toHaveLength(2);
    expect(kinds(finding({ flows: [1], targetsTotal: 9 }), rule({ flows: [900] }))).toHaveLength(2);
  });

  it('is known by its flow where the rule matched what the server answered', () => {
    const answer = rule({ flows: [1], sources: [2], targets: [1], ports: [40_000] });
    expect(kinds(finding({ flows: [1] }), answer)).toEqual(['brute-force']);
  });
});

describe('what stays apart', () => {
  it('other flows of other hosts, another time, less than half of the flows', () => {
    expect(kinds(finding({ flows: [1] }), rule({ flows: [1], sources: [9] }))).toHaveLength(2);
    expect(kinds(finding({ flows: [1] }), rule({ flows: [1], first: at(1101), last: at(1200) }))).toHaveLength(2);
    expect(kinds(finding({ flows: [1] }), rule({ flows: [1, 5, 6], ports: [80] }))).toHaveLength(2);
  });

  it('a search over many ports, and what is then done to one of them', () => {
    const scan = finding({ kind: 'port-scan', flows: [1, 2, 3], ports: [22, 80, 443] });
    expect(kinds(scan, rule({ flows: [2], severity: 'warning' }))).toHaveLength(2);
    expect(kinds(scan, rule({ flows: [2], kind: 'fingerprinting', severity: 'warning' }))).toEqual(['port-scan']);
  });

  it('two behaviours of the same flows: nothing changes without rules', () => {
    const other = finding({ detector: 'behaviour:other', kind: 'lateral-movement', flows: [1, 2, 3] });
    expect(kinds(finding({ flows: [1, 2, 3] }), other)).toHaveLength(2);
  });
});

describe('two rules of different classes', () => {
  it('are one incident where they matched the same flows', () => {
    const second = rule({ detector: 'signature:8', kind: 'command-and-control', flows: [1, 2], severity: 'warning' });
    const [one, ...rest] = incidents(rule({ flows: [1, 2] }), second);
    expect(rest).toEqual([]);
    expect(one?.kind).toBe('intrusion-attempt');
  });
});
