import { describe, expect, it } from 'vitest';
import { ATTACKS, findScenario, LOOKALIKES } from '../../generator/attacks/registry.ts';
import { generate, type Generated } from '../../generator/scenario.ts';
import { innerChecksumOk, ipOf, labelDifferences, packetsOf } from './packet-view.ts';

/** The closed list of kinds, as the command line's contract has it. */
const KINDS =
  `dos-flood ddos amplification slow-dos data-exfiltration dns-tunnel icmp-tunnel command-and-control brute-force
credential-stuffing intrusion-attempt lateral-movement arp-spoofing dns-spoofing mass-registration port-scan host-sweep
fingerprinting dga dhcp-abuse protocol-violation excessive-traffic unusual-destination policy-violation timing-anomaly
size-anomaly behavioural-anomaly`.split(/\s+/);

const all = Object.entries(ATTACKS).flatMap(([kind, variants]) => Object.keys(variants).map((v) => `${kind}/${v}`));
const run = (kind: string, intensity: number, set: 'tuning' | 'held-out' = 'tuning'): Generated =>
  generate({
    environment: 'none',
    seed: 3,
    hosts: 14,
    hours: 0.25,
    set,
    attacks: [{ kind, intensity, at: 5 }],
    poolSize: 4096,
  });

it('has scenarios for every kind of incident and no other', () => {
  expect(Object.keys(ATTACKS).sort()).toEqual([...KINDS].sort());
});

it('names what there is when asked for what there is not', () => {
  expect(() => findScenario('port-scan/none-such')).toThrow(/port-scan\/syn, .*backscatter/);
  expect(() => findScenario('constructor')).toThrow(RangeError);
});

describe.each(['tuning', 'held-out'] as const)('scenarios of the %s set', (set) => {
  it.each(all)('%s', (name) => {
    const g = run(name, 0.15, set);
    const kind = name.split('/')[0]!;
    const truth = g.truth[0]!;
    const own = g.labels.filter((l) => l.kind !== 'benign');
    expect(own.length).toBeGreaterThan(0);
    expect(own.every((l) => l.kind === kind && l.scenario === `${name}#1`)).toBe(true);
    expect(own.every((l) => l.start >= truth.start && l.start <= truth.end)).toBe(true);
    expect(truth.sources.length + truth.targets.length).toBeGreaterThan(0);
    const told = new Set([...truth.sources, ...truth.targets]);
    expect(own.some((l) => told.has(l.src) || told.has(l.dst))).toBe(true);
    const { unlabelled, absent } = labelDifferences(g);
    expect({ unlabelled, absent }).toEqual({ unlabelled: [], absent: [] });
    for (const p of packetsOf(g.bytes)) {
      const ip = ipOf(p.data);
      if (ip !== undefined) expect(ip.headerOk && (ip.fragment || innerChecksumOk(ip))).toBe(true);
    }
  });

  it.each(Object.keys(LOOKALIKES))('look-alike %s is labelled benign', (name) => {
    const g = run(name, 0.15, set);
    expect(g.packets).toBeGreaterThan(20);
    expect(new Set(g.labels.map((l) => l.kind))).toEqual(new Set(['benign']));
    expect(g.labels.some((l) => l.scenario === `lookalike/${name}#1`)).toBe(true);
  });
});

it.each([
  'port-scan/syn',
  'dos-flood/syn',
  'brute-force/ssh',
  'dns-tunnel/txt',
  'command-and-control/https',
  'data-exfiltration/tls',
])('%s grows with its intensity', (name) => {
  expect(run(name, 0.9).packets).toBeGreaterThan(run(name, 0.25).packets * 1.5);
});
