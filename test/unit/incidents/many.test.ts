/** What is found of hosts that have nothing to do with each other makes the incidents that it makes apart. */
import { describe, expect, it } from 'vitest';
import type { IncidentKind } from '../../../src-shared/domain/incident.ts';
import { buildIncidents } from '../../../src-main/detect/incidents/build.ts';
import { Places } from '../../../src-main/detect/incidents/places.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { Rng } from '../../generator/prng.ts';

/** Hosts and flows of a neighbourhood; nobody else's. */
const HOSTS = 6;
const FLOWS = 12;
const KINDS: readonly IncidentKind[] = [
  'dos-flood',
  'ddos',
  'port-scan',
  'host-sweep',
  'protocol-violation',
  'policy-violation',
  'command-and-control',
  'dns-tunnel',
  'dga',
  'behavioural-anomaly',
  'intrusion-attempt',
  'brute-force',
];
const DETECTORS = ['signature:1', 'signature:2', 'sigma:3', 'behaviour:one', 'behaviour:two'];

const some = (rng: Rng, most: number, from: number, count: number): number[] => [
  ...new Set(Array.from({ length: rng.int(0, most) }, () => from + rng.int(0, count - 1))),
];

function finding(rng: Rng, place: number, number: number): Finding {
  const sources = some(rng, 2, place * HOSTS, HOSTS);
  const targets = some(rng, 3, place * HOSTS, HOSTS);
  // What names nobody concerns everybody.
  if (sources.length === 0) sources.push(place * HOSTS);
  if (targets.length === 0) targets.push(place * HOSTS + 1);
  const flows = some(rng, 8, place * FLOWS, FLOWS);
  const first = { sec: 1000 + rng.int(0, 60), nano: 0 };
  return {
    detector: DETECTORS[rng.int(0, DETECTORS.length - 1)]!,
    kind: KINDS[rng.int(0, KINDS.length - 1)]!,
    severity: (['info', 'warning', 'critical'] as const)[rng.int(0, 2)]!,
    confidence: rng.int(1, 9) / 10,
    title: `what ${number} found`,
    summary: 'It was found.',
    sources,
    sourcesTotal: sources.length,
    targets,
    targetsTotal: targets.length,
    ports: some(rng, 2, 20, 4),
    portsTotal: 2,
    domains: rng.int(0, 1) === 0 ? [] : [`name${place}.example`],
    domainsTotal: 1,
    first,
    decided: first,
    last: { sec: first.sec + rng.int(1, 90), nano: 0 },
    evidence: [{ fact: `fact ${number}`, value: number, expected: null, unit: 'times' }],
    flows,
    flowsTotal: flows.length,
    packets: number,
    bytes: number,
  };
}

const PLACES = 400;
const hosts = new HostTable();
for (let i = 0; i < PLACES * HOSTS; i++) hosts.intern(Uint32Array.of(0, 0, 0xffff, 0x0a000000 + i), 0);

describe('incidents of many neighbourhoods', () => {
  it('are those of each by itself', () => {
    const rng = new Rng(20_261_123);
    const apart = Array.from({ length: PLACES }, (_, place) =>
      Array.from({ length: rng.int(2, 14) }, (_unused, i) => finding(rng, place, i)),
    );
    const plain = (findings: readonly Finding[]) =>
      buildIncidents(findings, hosts).map(({ incident: { id: _, ...rest } }) => rest);
    const byUid = (a: { uid: string }, b: { uid: string }): number => (a.uid < b.uid ? -1 : 1);
    const each = apart.flatMap(plain).sort(byUid);
    expect(plain(apart.flat()).sort(byUid)).toEqual(each);
    // There was something to do: many findings are evidence of others.
    expect(each.length).toBeLessThan(apart.flat().length * 0.6);
    expect(each.length).toBeGreaterThan(PLACES);
  });
});

describe('places by key', () => {
  it('are each told once, in order, of several keys and beside others', () => {
    const places = new Places<string>();
    for (const [place, keys] of [['a', 'b'], ['b', 'b'], ['c'], ['a']].entries())
      for (const key of keys) places.add(key, place);
    expect(places.of('a')).toEqual([0, 3]);
    expect(places.of('b')).toEqual([0, 1]);
    expect(places.of('z')).toEqual([]);
    expect(places.ofAll(['a', 'b', 'z'], [2, 3])).toEqual([0, 1, 2, 3]);
    expect(places.ofAll([])).toEqual([]);
  });
});
