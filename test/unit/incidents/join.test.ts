import { describe, expect, it } from 'vitest';
import { buildIncidents } from '../../../src-main/detect/incidents/build.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { kindOf } from '../../../src-shared/domain/incident.ts';
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

describe('rules of one class that tell of one actor', () => {
  const control = finding({
    detector: 'behaviour:gate',
    kind: 'command-and-control',
    flows: [1],
    targets: [2],
    ports: [80],
  });
  const movement = finding({
    detector: 'behaviour:windows-remote',
    kind: 'lateral-movement',
    flows: [5],
    targets: [3],
    ports: [49_674],
  });
  const agent = rule({ title: 'Agent', flows: [1], targets: [2], ports: [80] });
  const replication = rule({ detector: 'sigma:s', title: 'Replication', flows: [5], targets: [3], ports: [49_674] });

  const other = rule({ detector: 'signature:9', flows: [9], targets: [4] });

  it('each belong to the incident of their own flow, never to one with another peer', () => {
    const all = incidents(control, movement, agent, replication);
    expect(all.map(({ kind, targets, detectors }) => [kind, targets, Object.keys(detectors).sort()])).toEqual([
      ['lateral-movement', ['10.0.0.3'], ['behaviour:windows-remote', 'sigma:s']],
      ['command-and-control', ['10.0.0.2'], ['behaviour:gate', 'signature:7']],
    ]);
    expect(all.map(({ severity, confidence }) => [severity, confidence])).toEqual([
      ['critical', 0.98],
      ['critical', 0.98],
    ]);
  });

  it('leave what nothing else found as one incident', () => {
    const alone = incidents(agent, replication, other);
    expect(alone.map(({ targets }) => [...targets].sort())).toEqual([['10.0.0.2', '10.0.0.3', '10.0.0.4']]);
    const [left, taken, ...more] = incidents(control, agent, replication, other).sort(
      (a, b) => b.targets.length - a.targets.length,
    );
    expect(more).toEqual([]);
    expect([...left!.targets].sort()).toEqual(['10.0.0.3', '10.0.0.4']);
    expect(taken).toMatchObject({ kind: 'command-and-control', targets: ['10.0.0.2'] });
  });

  it('leave an incident of their class that is about another host', () => {
    const attack = finding({
      detector: 'behaviour:web',
      kind: 'intrusion-attempt',
      flows: [7],
      targets: [6],
      ports: [80],
    });
    const all = incidents(attack, control, agent);
    expect(all.map(({ kind, targets }) => [kind, targets])).toEqual([
      ['command-and-control', ['10.0.0.2']],
      ['intrusion-attempt', ['10.0.0.6']],
    ]);
    // With nothing that they belong to, they stay with it.
    expect(incidents(attack, agent).map(({ targets }) => [...targets].sort())).toEqual([['10.0.0.2', '10.0.0.6']]);
  });
});

describe('what to do', () => {
  const advice = ['Compare the packets with the rule.'];

  it('is first what the kind asks, then what is special to the rule', () => {
    const told = rule({ kind: 'command-and-control', advice });
    const usual = kindOf('command-and-control').response;
    expect(usual[0]).toMatch(/isolate the machine .* block the address/);
    expect(incidents(told)[0]!.response).toEqual([...usual, ...advice]);
    const behaviour = finding({ kind: 'command-and-control', response: ['Pull the plug.'] });
    expect(incidents(told, behaviour)[0]!.response).toEqual(['Pull the plug.', ...advice]);
  });

  it('is of the whole domain where its secrets were replicated, whoever says so', () => {
    const technique = [{ id: 'T1003.006', name: 'OS Credential Dumping: DCSync' }];
    const text = (...of: Finding[]): string => incidents(...of)[0]!.response.join(' ');
    expect(text(finding({ kind: 'lateral-movement', technique }))).toMatch(/all secrets of the domain.* krbtgt twice/);
    expect(text(rule({ technique, advice }))).toMatch(/krbtgt twice.*Compare the packets/);
    expect(text(finding({ kind: 'lateral-movement' }))).not.toContain('krbtgt');
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
