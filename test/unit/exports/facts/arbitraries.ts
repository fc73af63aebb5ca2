/** Incidents, flows and places of every make, for what has to hold of all of them. */
import fc from 'fast-check';
import { KINDS, SEVERITIES } from '../../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { ExportedIncident, FirstFlow } from '../../../../src-main/keep/exports/incidents/types.ts';

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

const place = fc.record(
  {
    country: fc.constantFrom('NL', 'DE'),
    countryName: fc.constantFrom('Netherlands', 'Germany'),
    city: fc.constantFrom('Amsterdam', 'Köln'),
    asn: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    asName: fc.constantFrom('Example', 'Beispiel GmbH'),
  },
  { requiredKeys: [] },
);

export const incident: fc.Arbitrary<Incident> = fc
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
export const SERVICES = ['', 'ssl', 'ssl,http', 'dce_rpc', 'dns', 'ftp-data', 'postgresql', 'bittorrent'];

export const flow: fc.Arbitrary<FirstFlow> = fc
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

/** The ends' places with it, where databases of places were named. */
export const exported: fc.Arbitrary<ExportedIncident> = fc
  .tuple(incident, fc.option(flow, { nil: undefined }), fc.option(place, { nil: undefined }))
  .map(([one, first, at]) => {
    const ends = [...new Set([...one.sources, ...one.targets, ...(first ? [first.origHost, first.respHost] : [])])];
    const places = at && ends.map((end) => ({ address: end, ...at }));
    return { incident: { ...one, ...(places ? { places } : {}) }, ...(first ? { flow: first } : {}) };
  });
