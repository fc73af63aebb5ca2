/** Elastic Common Schema 9.4, one alert a line (elastic.co, "ECS field reference"). */
import { kindOf, type Severity } from '../../../../src-shared/domain/incident.ts';
import { lines, nanosecondsBetween, parentTechnique } from './lines.ts';
import { ecsPlace, placeAt } from './places.ts';
import { protocolNames } from './services.ts';
import type { ExportContext, ExportedIncident, FirstFlow } from './types.ts';

const ECS_VERSION = '9.4.0';
/** Elastic's own scale of `event.severity` for alerts: low, medium, high, critical are 21, 47, 73, 99. */
const SEVERITY: Readonly<Record<Severity, number>> = { critical: 99, warning: 47, info: 21 };

function threat({ incident }: ExportedIncident): Record<string, unknown> {
  if (incident.technique.length === 0) return {};
  const subs = incident.technique.filter(({ id }) => id.includes('.'));
  const whole = incident.technique.filter(({ id }) => !id.includes('.'));
  const ids = [...new Set(incident.technique.map(({ id }) => parentTechnique(id)))];
  return {
    threat: {
      framework: 'MITRE ATT&CK',
      technique: {
        id: ids,
        ...(whole.length > 0 ? { name: whole.map(({ name }) => name) } : {}),
        ...(subs.length > 0
          ? { subtechnique: { id: subs.map(({ id }) => id), name: subs.map(({ name }) => name) } }
          : {}),
      },
    },
  };
}

function network(flow: FirstFlow, one: ExportedIncident): Record<string, unknown> {
  return {
    source: {
      address: flow.origHost,
      ip: flow.origHost,
      ...(flow.hasPorts ? { port: flow.origPort } : {}),
      bytes: flow.origBytes,
      packets: flow.origPackets,
      ...ecsPlace(placeAt(one, flow.origHost)),
    },
    destination: {
      address: flow.respHost,
      ip: flow.respHost,
      ...(flow.hasPorts ? { port: flow.respPort } : {}),
      bytes: flow.respBytes,
      packets: flow.respPackets,
      ...ecsPlace(placeAt(one, flow.respHost)),
    },
    network: {
      iana_number: String(flow.protocol),
      ...(flow.transport === '' ? {} : { transport: flow.transport }),
      type: flow.origHost.includes(':') ? 'ipv6' : 'ipv4',
      ...(flow.service === '' ? {} : { protocol: protocolNames(flow.service)[0] }),
      community_id: flow.communityId,
    },
  };
}

function endsWithoutFlow(one: ExportedIncident): Record<string, unknown> {
  const [source] = one.incident.sources;
  const [target] = one.incident.targets;
  const end = (address: string): Record<string, unknown> => ({
    address,
    ip: address,
    ...ecsPlace(placeAt(one, address)),
  });
  return {
    ...(source === undefined ? {} : { source: end(source) }),
    ...(target === undefined ? {} : { destination: end(target) }),
  };
}

function event(one: ExportedIncident, { version, capture }: ExportContext): Record<string, unknown> {
  const { incident, flow } = one;
  return {
    '@timestamp': incident.decidedTs,
    message: `${incident.title}: ${incident.summary}`,
    ecs: { version: ECS_VERSION },
    event: {
      id: incident.uid,
      kind: 'alert',
      category: ['intrusion_detection', 'network'],
      type: ['info'],
      action: incident.kind,
      dataset: 'sonde.incident',
      module: 'sonde',
      provider: 'sonde',
      severity: SEVERITY[incident.severity],
      risk_score: Math.round(incident.confidence * 1000) / 10,
      start: incident.firstTs,
      end: incident.lastTs,
      duration: nanosecondsBetween(incident.firstTs, incident.lastTs),
    },
    observer: { product: 'Sonde', type: 'ids', vendor: 'Sonde', version },
    rule: { category: incident.severity, id: incident.kind, name: kindOf(incident.kind).title, ruleset: 'sonde' },
    ...(flow ? network(flow, one) : endsWithoutFlow(one)),
    related: { ip: [...new Set([...incident.sources, ...incident.targets])], hosts: incident.domains },
    ...threat(one),
    ...(capture === '' ? {} : { log: { file: { path: capture } } }),
    sonde: incident,
  };
}

export const ecs = lines('ecs', '.ecs.ndjson', event);
