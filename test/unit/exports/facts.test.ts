/** Exports held against the formats' own rules, with incidents and flows of every make. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, SEVERITIES, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { LINE_ENDINGS, lineFormat } from '../../../src-main/keep/exports/continuous/lines.ts';
import { INCIDENT_FORMATS } from '../../../src-main/keep/exports/incidents/registry.ts';
import type { ExportedIncident, FirstFlow } from '../../../src-main/keep/exports/incidents/types.ts';
import { makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { CHECKS } from './facts/check.ts';

const CONTEXT = { version: '0.1.0', capture: 'a.pcap', source: 'ab'.repeat(32) };

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const time = fc.tuple(fc.integer({ min: 0, max: 86_399 }), fc.integer({ min: 0, max: 999_999_999 })).map(([s, ns]) => {
  const clock = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((part) => pad(part, 2)).join(':');
  return `2026-03-10T${clock}.${pad(ns, 9)}Z`;
});
const times = fc.array(time, { minLength: 3, maxLength: 3 }).map((all) => all.toSorted());
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const port = fc.integer({ min: 0, max: 65_535 });
const count = fc.integer({ min: 0, max: 2 ** 40 });
const technique = fc.constantFrom({ id: 'T1110', name: 'Brute Force' }, { id: 'T1110.001', name: 'Password Guessing' });

const incident: fc.Arbitrary<Incident> = fc
  .record({
    kind: fc.constantFrom(...KINDS.map(({ id }) => id)),
    severity: fc.constantFrom(...SEVERITIES),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    text: fc.string({ minLength: 1, unit: 'grapheme' }),
    times,
    sources: fc.uniqueArray(address, { maxLength: 3 }),
    targets: fc.uniqueArray(address, { maxLength: 3 }),
    domains: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
    ports: fc.array(port, { maxLength: 3 }),
    technique: fc.uniqueArray(technique, { maxLength: 2, selector: ({ id }) => id }),
    detectors: fc.constantFrom<Record<string, number>>({ 'behaviour:scan': 0.9 }, { intel: 1 }, { ensemble: 0.99 }),
    figures: fc.tuple(count, count, count),
    response: fc.array(fc.string(), { maxLength: 2 }),
  })
  .map(({ text, times: [firstTs, decidedTs, lastTs], figures: [flows, packets, bytes], ...given }) => ({
    ...given,
    id: 1,
    uid: 'ab'.repeat(16),
    title: text,
    summary: text,
    firstTs: firstTs!,
    decidedTs: decidedTs!,
    lastTs: lastTs!,
    sourcesTotal: given.sources.length,
    targetsTotal: given.targets.length,
    portsTotal: given.ports.length,
    domainsTotal: given.domains.length,
    flows,
    packets,
    bytes,
    evidence: [],
    attributions: [],
    wiresharkFilter: 'ip',
  }));

const transport = fc.constantFrom(
  { protocol: 6, transport: 'tcp', hasPorts: true },
  { protocol: 17, transport: 'udp', hasPorts: true },
  { protocol: 1, transport: 'icmp', hasPorts: false },
  { protocol: 47, transport: '', hasPorts: false },
  { protocol: 132, transport: '', hasPorts: true },
);
const SERVICES = ['', 'ssl', 'ssl,http', 'dce_rpc', 'dns', 'ftp-data', 'postgresql', 'bittorrent'];

const flow: fc.Arbitrary<FirstFlow> = fc
  .record({
    ends: fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6(), fc.ipV6())),
    transport,
    times,
    ports: fc.tuple(port, port),
    figures: fc.tuple(count, count, count, count),
    service: fc.constantFrom(...SERVICES),
    packet: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
  })
  .map(({ ends, transport: over, times: [start, , end], ports: [from, to], figures, service, packet }) => ({
    uid: 'CHhAvVGS1DHFjwGM9',
    communityId: '1:AAwuytLmTGKu3JYkpWTBMLImhCM=',
    number: 17,
    origHost: ends[0],
    respHost: ends[1],
    origPort: over.hasPorts ? from : from % 256,
    respPort: over.hasPorts ? to : to % 256,
    ...over,
    service,
    start: start!,
    end: end!,
    origBytes: figures[0],
    respBytes: figures[1],
    origPackets: figures[2],
    respPackets: figures[3],
    ...(packet === undefined ? {} : { packet }),
  }));

const exported: fc.Arbitrary<ExportedIncident> = fc
  .tuple(incident, fc.option(flow, { nil: undefined }))
  .map(([one, first]) => ({ incident: one, ...(first ? { flow: first } : {}) }));

function written(id: string, incidents: readonly ExportedIncident[]): string {
  return [...INCIDENT_FORMATS.find((format) => format.id === id)!.write(incidents, CONTEXT)].join('');
}

describe('whatever an incident is', () => {
  it.each(['eve', 'ecs', 'ocsf'] as const)('%s follows the format', (id) => {
    fc.assert(
      fc.property(exported, (one) => {
        expect(CHECKS[id](JSON.parse(written(id, [one])))).toEqual([]);
      }),
    );
  });

  it('STIX follows the format, with several incidents in a bundle', () => {
    fc.assert(
      fc.property(fc.array(exported, { maxLength: 3 }), (several) => {
        const named = several.map((one, i) => ({ ...one, incident: { ...one.incident, uid: `a${i}` } }));
        expect(CHECKS.stix(JSON.parse(written('stix', named)))).toEqual([]);
      }),
    );
  });

  it.each(LINE_ENDINGS.filter((ending) => ending !== '.ndjson'))('%s follows the format while it goes on', (ending) => {
    const format = lineFormat(`a${ending}`, '0.1.0')!;
    fc.assert(
      fc.property(incident, fc.constantFrom('open', 'update', 'closed'), (one, state) => {
        const event = { event: 'incident', state, latencyMs: null, ...one } as LiveIncident;
        const id = format.id as keyof typeof CHECKS;
        expect(CHECKS[id](JSON.parse(format.incident(event)))).toEqual([]);
      }),
    );
  });
});

describe('the checks themselves', () => {
  const good = fc.sample(fc.tuple(incident, flow), { seed: 1, numRuns: 1 })[0]!;
  const one: ExportedIncident = { incident: { ...good[0], sources: ['10.0.0.1'] }, flow: good[1] };
  type Json = Record<string, Record<string, unknown>>;
  const spoiled = (id: 'eve' | 'ecs' | 'ocsf', change: (document: Json) => unknown): string[] => {
    const document = JSON.parse(written(id, [one])) as Json;
    change(document);
    return CHECKS[id](document);
  };

  it('find a field that the format has not, a wrong type, and what is missing', () => {
    expect(spoiled('eve', (e) => (e['alert']!['sid'] = 1))).not.toEqual([]);
    expect(spoiled('eve', (e) => Object.assign(e, { src_ip: 'host' }))).not.toEqual([]);
    expect(spoiled('eve', (e) => delete e['alert'])).not.toEqual([]);
    expect(spoiled('eve', (e) => Object.assign(e, { app_proto: 'ssl' }))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['event']!['kind'] = 'incident'))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['source']!['host'] = 'a'))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['event']!['severity'] = '99'))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['event']!['category'] = 'network'))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => delete e['finding_info']!['uid'])).not.toEqual([]);
    expect(spoiled('ocsf', (e) => Object.assign(e, { severity_id: 7 }))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => (e['metadata']!['version'] = '1.3.0'))).not.toEqual([]);
  });

  it('find a reference that leads nowhere, and an object of no known type', () => {
    const bundle = JSON.parse(written('stix', [one])) as { objects: Record<string, unknown>[] };
    const [, ...others] = bundle.objects;
    expect(CHECKS.stix({ ...bundle, objects: others })).not.toEqual([]);
    expect(CHECKS.stix({ ...bundle, objects: [...bundle.objects, { type: 'x-odd', id: 'x-odd--1' }] })).not.toEqual([]);
    const odd = bundle.objects.map((o) => (o['type'] === 'incident' ? { ...o, severity: 'high' } : o));
    expect(CHECKS.stix({ ...bundle, objects: odd })).not.toEqual([]);
  });

  it('every kind of incident is an alert of EVE with its own number', () => {
    const numbers = KINDS.map(({ id }: { id: IncidentKind }) => {
      const event = JSON.parse(written('eve', [{ incident: { ...good[0], kind: id } }])) as Json;
      return event['alert']!['signature_id'];
    });
    expect(new Set(numbers).size).toBe(KINDS.length);
  });
});

describe('flows as they end', () => {
  const batch = (proto: number, flags: number, service: string): FlowBatch => {
    const made = makeFlowBatch(1);
    made.count = 1;
    const c = made.columns;
    c.orig.set([0, 0, 0xffff, 0x0a000005]);
    c.resp.set(proto === 58 ? [0x20010db8, 0, 0, 1] : [0, 0, 0xffff, 0x0a000006]);
    [c.sec[0], c.nano[0], c.lastSec[0], c.lastNano[0]] = [1_700_000_000, 5_000, 1_700_000_001, 4_000];
    [c.origPort[0], c.respPort[0], c.proto[0]] = proto === 6 || proto === 17 ? [40000, 443, proto] : [8, 0, proto];
    [c.origFlags[0], c.respFlags[0]] = [flags, 0x12];
    made.meta[0] = { service, app: '', facts: {} };
    return made;
  };

  it.each([1, 6, 17, 47, 58, 132])('are flow events of EVE, protocol %i', (proto) => {
    const format = lineFormat('a.eve.json', '0.1.0')!;
    for (const service of SERVICES) {
      const event = JSON.parse(format.flow!(batch(proto, 0xff, service), 0)) as Record<string, unknown>;
      expect(CHECKS.eve(event)).toEqual([]);
      if (proto === 6) expect(event['tcp']).toMatchObject({ ecn: true, cwr: true, tcp_flags: 'ff' });
    }
  });
});
