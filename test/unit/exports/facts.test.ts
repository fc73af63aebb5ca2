/** Exports held against the formats' own rules, with incidents and flows of every make. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import { LINE_ENDINGS, lineFormat } from '../../../src-main/keep/exports/continuous/lines.ts';
import { INCIDENT_FORMATS } from '../../../src-main/keep/exports/incidents/registry.ts';
import type { ExportedIncident } from '../../../src-main/keep/exports/incidents/types.ts';
import { makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { exported, flow, incident, SERVICES } from './facts/arbitraries.ts';
import { CHECKS } from './facts/check.ts';

const CONTEXT = { version: '0.1.0', capture: 'a.pcap', source: 'ab'.repeat(32) };

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

  it('know what the schemas say of values beside each other', () => {
    expect(spoiled('ecs', (e) => (e['event']!['type'] = ['indicator']))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['event']!['category'] = ['scan']))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['source']!['geo'] = { country: 'NL' }))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['source']!['mac'] = '00:11:22:33:44:55'))).not.toEqual([]);
    expect(spoiled('ecs', (e) => (e['rule']!['name'] = 'x'.repeat(1025)))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => Object.assign(e, { severity: 'Fatal' }))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => Object.assign(e, { type_uid: 200_499 }))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => Object.assign(e, { count: 2 ** 31 }))).not.toEqual([]);
    expect(spoiled('ocsf', (e) => Object.assign(e, { evidences: [{}] }))).not.toEqual([]);
    const named = (name: string): string[] =>
      spoiled('ocsf', (e) => Object.assign(e, { observables: [{ name, type_id: 2, value: '10.0.0.1' }] }));
    expect(named('evidences.src_endpoint.ip')).toEqual([]);
    expect(named('sources')).not.toEqual([]);
    expect(named('evidences.dst_endpoint.ip')).not.toEqual([]);
  });

  it('find a reference that leads nowhere, and an object of no known type', () => {
    const bundle = JSON.parse(written('stix', [one])) as { objects: Record<string, unknown>[] };
    const [, ...others] = bundle.objects;
    expect(CHECKS.stix({ ...bundle, objects: others })).not.toEqual([]);
    expect(CHECKS.stix({ ...bundle, objects: [...bundle.objects, { type: 'x-odd', id: 'x-odd--1' }] })).not.toEqual([]);
    const changed = (type: string, change: Record<string, unknown>): string[] => {
      const objects = bundle.objects.map((o) => (o['type'] === type ? { ...o, ...change } : o));
      return CHECKS.stix({ ...bundle, objects });
    };
    expect(changed('incident', {})).toEqual([]);
    expect(changed('incident', { severity: 'high' })).not.toEqual([]);
    expect(changed('incident', { modified: '2030-01-01T00:00:00Z' })).not.toEqual([]);
    expect(changed('network-traffic', { protocols: [] })).not.toEqual([]);
    expect(changed('observed-data', { number_observed: 0 })).not.toEqual([]);
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
