/** Open Cybersecurity Schema Framework 1.4, class Detection Finding, one a line (schema.ocsf.io). */
import type { Severity, Technique } from '../../../../src-shared/domain/incident.ts';
import { epochMs, lines, parentTechnique } from './lines.ts';
import { MOST_INTEGER, ocsfPlace, placeAt } from './places.ts';
import type { ExportContext, ExportedIncident, FirstFlow } from './types.ts';

const OCSF_VERSION = '1.4.0';
const CLASS = 2004;
/** What the event tells of the finding; a report's incidents are all new. */
const ACTIVITY = { open: [1, 'Create'], update: [2, 'Update'], closed: [3, 'Close'] } as const;
/** Nobody looked into it yet; whether one that ended is resolved is not known. */
const STATUS = {
  open: { status_id: 1, status: 'New' },
  update: { status_id: 1, status: 'New' },
  closed: { status_id: 0, status: 'Unknown' },
} as const;
const SEVERITY: Readonly<Record<Severity, readonly [id: number, name: string]>> = {
  critical: [5, 'Critical'],
  warning: [3, 'Medium'],
  info: [1, 'Informational'],
};
/** `analytic.type_id`: by a list, by known behaviour, or by what was learned. */
const RULE = [1, 'Rule'] as const;
const BEHAVIOURAL = [2, 'Behavioral'] as const;
const LEARNED = [4, 'Learning (ML/DL)'] as const;
/** `observable.type_id`. */
const HOST_NAME = [1, 'Hostname'] as const;
const ADDRESS = [2, 'IP Address'] as const;
const UNKNOWN_DIRECTION = 0;

function attack({ id, name }: Technique): Record<string, unknown> {
  const parent = parentTechnique(id);
  if (parent === id) return { technique: { uid: id, name } };
  return { technique: { uid: parent }, sub_technique: { uid: id, name } };
}

function observable(name: string, value: string, [typeId, type]: readonly [number, string]): Record<string, unknown> {
  return { name, type_id: typeId, type, value };
}

function connection(flow: FirstFlow, one: ExportedIncident): Record<string, unknown> {
  const end = (ip: string, port: number): Record<string, unknown> => ({
    ip,
    ...(flow.hasPorts ? { port } : {}),
    ...ocsfPlace(placeAt(one, ip)),
  });
  return {
    src_endpoint: end(flow.origHost, flow.origPort),
    dst_endpoint: end(flow.respHost, flow.respPort),
    connection_info: {
      direction_id: UNKNOWN_DIRECTION,
      protocol_num: flow.protocol,
      ...(flow.transport === '' ? {} : { protocol_name: flow.transport }),
      community_uid: flow.communityId,
      uid: flow.uid,
    },
  };
}

/** Where the evidence names what was observed, as `observables` refer to it. */
const SOURCE = 'evidences.src_endpoint.ip';
const TARGET = 'evidences.dst_endpoint.ip';
const DOMAIN = 'evidences.dst_endpoint.hostname';

/** The first flow, and an end for each source, target and name that is not one of its own. */
function evidences(one: ExportedIncident): Record<string, unknown>[] {
  const { incident, flow } = one;
  const ends = (name: string, addresses: readonly string[], known?: string): Record<string, unknown>[] =>
    addresses.filter((ip) => ip !== known).map((ip) => ({ [name]: { ip, ...ocsfPlace(placeAt(one, ip)) } }));
  return [
    ...(flow ? [connection(flow, one)] : []),
    ...ends('src_endpoint', incident.sources, flow?.origHost),
    ...ends('dst_endpoint', incident.targets, flow?.respHost),
    ...incident.domains.map((hostname) => ({ dst_endpoint: { hostname } })),
  ];
}

function analyticOf(ids: readonly string[]): readonly [typeId: number, type: string] {
  if (ids.some((id) => id.startsWith('behaviour:'))) return BEHAVIOURAL;
  return ids.includes('intel') ? RULE : LEARNED;
}

function finding({ incident }: ExportedIncident): Record<string, unknown> {
  const ids = Object.keys(incident.detectors);
  const [typeId, type] = analyticOf(ids);
  return {
    uid: incident.uid,
    title: incident.title,
    desc: incident.summary,
    types: [incident.kind],
    created_time: epochMs(incident.decidedTs),
    ...((incident.state ?? 'open') === 'open' ? {} : { modified_time: epochMs(incident.lastTs) }),
    first_seen_time: epochMs(incident.firstTs),
    last_seen_time: epochMs(incident.lastTs),
    analytic: { name: ids.join(', '), type_id: typeId, type, ...(ids[0] === undefined ? {} : { uid: ids[0] }) },
    ...(incident.technique.length > 0 ? { attacks: incident.technique.map(attack) } : {}),
  };
}

/** Of this event, not of its finding: what is told of the same incident again is another one. */
function eventUid({ uid, state, lastTs }: ExportedIncident['incident']): string {
  return state === undefined ? uid : `${uid}-${state}-${epochMs(lastTs)}`;
}

function event(one: ExportedIncident, { version, capture }: ExportContext): Record<string, unknown> {
  const { incident } = one;
  const evidence = evidences(one);
  const [severityId, severity] = SEVERITY[incident.severity];
  const [activity, activityName] = ACTIVITY[incident.state ?? 'open'];
  return {
    activity_id: activity,
    activity_name: activityName,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'Detection Finding',
    type_uid: CLASS * 100 + activity,
    type_name: `Detection Finding: ${activityName}`,
    severity_id: severityId,
    severity,
    ...STATUS[incident.state ?? 'open'],
    time: epochMs(incident.decidedTs),
    start_time: epochMs(incident.firstTs),
    end_time: epochMs(incident.lastTs),
    is_alert: activity !== ACTIVITY.closed[0],
    message: incident.summary,
    confidence_score: Math.round(incident.confidence * 100),
    count: Math.min(MOST_INTEGER, Math.max(1, incident.flows)),
    metadata: {
      version: OCSF_VERSION,
      uid: eventUid(incident),
      product: { name: 'Sonde', vendor_name: 'Sonde', version },
      ...(capture === '' ? {} : { log_name: capture }),
    },
    finding_info: finding(one),
    ...(evidence.length > 0 ? { evidences: evidence } : {}),
    observables: [
      ...incident.sources.map((address) => observable(SOURCE, address, ADDRESS)),
      ...incident.targets.map((address) => observable(TARGET, address, ADDRESS)),
      ...incident.domains.map((name) => observable(DOMAIN, name, HOST_NAME)),
    ],
    ...(incident.response.length > 0 ? { remediation: { desc: incident.response.join(' ') } } : {}),
    unmapped: { sonde: incident },
  };
}

export const ocsf = lines('ocsf', '.ocsf.ndjson', event);
