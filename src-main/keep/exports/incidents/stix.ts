/**
 * STIX 2.1 (OASIS, docs.oasis-open.org/cti/stix/v2.1): a bundle of who says so, each incident, what was observed (addresses,
 * names, the first flow), and sightings of the ATT&CK techniques it implies. Ids are derived from content (RFC 4122, version 5),
 * so that the same incident is the same object in every export.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Technique } from '../../../../src-shared/domain/incident.ts';
import { dated, parentTechnique } from './lines.ts';
import { protocolNames } from './services.ts';
import type { ExportContext, ExportedIncident, FirstFlow, IncidentFormat } from './types.ts';

/** For cyber-observable objects (STIX 2.1, 2.9). */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** For ours. */
const SONDE = '5d0b1f6e-6f0a-4d0e-9a5b-7c3a8e2f41d6';
const MOST_OBSERVED = 999_999_999;
/** When the objects that are no incidents were first stated. */
const EPOCH = '2026-01-01T00:00:00.000Z';

type StixObject = Record<string, unknown> & { type: string; id: string };

/** RFC 4122, 4.3, by SHA-1. */
export function uuid5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** The properties of flat objects in the order of RFC 8785. */
function canonical(properties: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function observable(
  type: string,
  contributing: Record<string, unknown>,
  more: Record<string, unknown> = {},
): StixObject {
  const id = `${type}--${uuid5(OBSERVABLES, canonical(contributing))}`;
  return { type, spec_version: '2.1', id, ...contributing, ...more };
}

function stated(
  type: string,
  name: string,
  created: string,
  modified: string,
  more: Record<string, unknown>,
): StixObject {
  return { type, spec_version: '2.1', id: `${type}--${uuid5(SONDE, name)}`, created, modified, ...more };
}

const LONGEST_NAME = 253;
/** What a capture tells may be anything; labels of service names begin with an underscore. */
const DOMAIN_NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/i;

const isDomainName = (value: string): boolean =>
  value.length <= LONGEST_NAME && DOMAIN_NAME.test(value) && isIP(value) === 0;

const milliseconds = (time: string): string => `${time.slice(0, 23)}Z`;

function addressObject(value: string): StixObject | undefined {
  const version = isIP(value);
  if (version === 0) return undefined;
  return observable(version === 4 ? 'ipv4-addr' : 'ipv6-addr', { value });
}

function trafficObject(flow: FirstFlow): StixObject[] {
  const source = addressObject(flow.origHost);
  const target = addressObject(flow.respHost);
  if (!source || !target) return [];
  const protocols = [
    flow.origHost.includes(':') ? 'ipv6' : 'ipv4',
    ...(flow.transport === '' ? [] : [flow.transport]),
    ...protocolNames(flow.service),
  ];
  const contributing = {
    start: milliseconds(flow.start),
    end: milliseconds(flow.end),
    src_ref: source.id,
    dst_ref: target.id,
    ...(flow.hasPorts ? { src_port: flow.origPort, dst_port: flow.respPort } : {}),
    protocols,
  };
  const traffic = observable('network-traffic', contributing, {
    src_byte_count: flow.origBytes,
    dst_byte_count: flow.respBytes,
    src_packets: flow.origPackets,
    dst_packets: flow.respPackets,
  });
  return [source, target, traffic];
}

function observed({ incident, flow }: ExportedIncident): StixObject[] {
  const addresses = [...incident.sources, ...incident.targets].flatMap((address) => addressObject(address) ?? []);
  const names = incident.domains.filter(isDomainName).map((value) => observable('domain-name', { value }));
  return [...addresses, ...names, ...(flow ? trafficObject(flow) : [])];
}

function attackPattern({ id, name }: Technique): StixObject {
  return stated('attack-pattern', `technique ${id}`, EPOCH, EPOCH, {
    name,
    external_references: [
      {
        source_name: 'mitre-attack',
        external_id: id,
        url: `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`,
        ...(parentTechnique(id) === id ? {} : { description: `Sub-technique of ${parentTechnique(id)}` }),
      },
    ],
  });
}

function objectsOf(one: ExportedIncident, identity: StixObject, source: string): StixObject[] {
  const { incident } = one;
  const created = milliseconds(incident.decidedTs);
  const modified = incident.lastTs > incident.decidedTs ? milliseconds(incident.lastTs) : created;
  const by = { created_by_ref: identity.id };
  const seen = { first: milliseconds(incident.firstTs), last: milliseconds(incident.lastTs) };
  const objects = observed(one);
  const name = `${source} ${incident.uid}`;
  const confidence = Math.round(incident.confidence * 100);
  const stixIncident = stated('incident', `incident ${name}`, created, modified, {
    ...by,
    name: incident.title,
    description: incident.summary,
    labels: [incident.kind, `severity:${incident.severity}`],
    confidence,
    external_references: [{ source_name: 'sonde', external_id: incident.uid }],
  });
  if (objects.length === 0) return [stixIncident];
  const data = stated('observed-data', `observed ${name}`, created, modified, {
    ...by,
    first_observed: seen.first,
    last_observed: seen.last,
    number_observed: Math.min(MOST_OBSERVED, Math.max(1, incident.flows)),
    object_refs: [...new Set(objects.map(({ id }) => id))],
  });
  const related = stated('relationship', `relationship ${name}`, created, modified, {
    ...by,
    relationship_type: 'related-to',
    source_ref: stixIncident.id,
    target_ref: data.id,
  });
  const sightings = incident.technique.flatMap((technique) => {
    const pattern = attackPattern(technique);
    const sighting = stated('sighting', `sighting ${name} ${technique.id}`, created, modified, {
      ...by,
      first_seen: seen.first,
      last_seen: seen.last,
      count: Math.min(MOST_OBSERVED, Math.max(1, incident.flows)),
      confidence,
      sighting_of_ref: pattern.id,
      observed_data_refs: [data.id],
    });
    return [pattern, sighting];
  });
  return [stixIncident, ...objects, data, related, ...sightings];
}

function bundle(incidents: readonly ExportedIncident[], { source }: ExportContext): Record<string, unknown> {
  const identity = stated('identity', 'sonde', EPOCH, EPOCH, {
    name: 'Sonde',
    description: 'Finds what is wrong in network traffic.',
    identity_class: 'system',
  });
  const objects = new Map<string, StixObject>([[identity.id, identity]]);
  for (const one of incidents)
    for (const object of objectsOf(dated(one), identity, source)) objects.set(object.id, object);
  const ids = incidents.map(({ incident }) => incident.uid).join(' ');
  return { type: 'bundle', id: `bundle--${uuid5(SONDE, `bundle ${source} ${ids}`)}`, objects: [...objects.values()] };
}

export const stix: IncidentFormat = {
  id: 'stix',
  ending: '.stix.json',
  *write(incidents, context) {
    yield `${JSON.stringify(bundle(incidents, context), null, 1)}\n`;
  },
};
