/**
 * Suricata's EVE JSON, events of type `alert` (docs.suricata.io, "Eve JSON Format"): one an incident, with its first flow's
 * ends. `gid` tells Sonde's alerts from those of rules; `signature_id` is a number a kind of incident.
 */
import { KINDS, kindOf, type IncidentKind, type Severity } from '../../../../src-shared/domain/incident.ts';
import { lines } from './lines.ts';
import { appProto } from './services.ts';
import type { ExportContext, ExportedIncident, FirstFlow } from './types.ts';

/** Above those of Suricata's own decoders and applications. */
const GENERATOR = 7300;
const FIRST_ID = 1000;
/** IANA's number. */
const SCTP = 132;
/** Suricata's priorities: 1 is the most severe. */
const PRIORITY: Readonly<Record<Severity, number>> = { critical: 1, warning: 2, info: 3 };

/** Kinds are only ever added behind the others, so a kind keeps its number. */
export function signatureId(kind: IncidentKind): number {
  return FIRST_ID + KINDS.findIndex(({ id }) => id === kind);
}

/** With microseconds and an offset, as Suricata writes it. */
function timestamp(time: string): string {
  return `${time.slice(0, 26)}+0000`;
}

function transport({ transport: name, protocol, origHost }: FirstFlow): string {
  if (protocol === SCTP) return 'SCTP';
  if (name === 'icmp') return origHost.includes(':') ? 'IPv6-ICMP' : 'ICMP';
  return name === '' ? protocol.toString().padStart(3, '0') : name.toUpperCase();
}

function ends({ incident, flow }: ExportedIncident): Record<string, unknown> {
  if (!flow) return { src_ip: incident.sources[0], dest_ip: incident.targets[0] };
  return {
    src_ip: flow.origHost,
    ...(flow.hasPorts ? { src_port: flow.origPort } : {}),
    dest_ip: flow.respHost,
    ...(flow.hasPorts ? { dest_port: flow.respPort } : {}),
    proto: transport(flow),
    ...(flow.transport === 'icmp' ? { icmp_type: flow.origPort, icmp_code: flow.respPort } : {}),
    ...(flow.service === '' ? {} : { app_proto: appProto(flow.service) }),
    community_id: flow.communityId,
    flow: {
      pkts_toserver: flow.origPackets,
      pkts_toclient: flow.respPackets,
      bytes_toserver: flow.origBytes,
      bytes_toclient: flow.respBytes,
      start: timestamp(flow.start),
      src_ip: flow.origHost,
      dest_ip: flow.respHost,
      ...(flow.hasPorts ? { src_port: flow.origPort, dest_port: flow.respPort } : {}),
    },
  };
}

function alert({ incident }: ExportedIncident): Record<string, unknown> {
  const techniques = incident.technique.map(({ id }) => id);
  return {
    action: 'allowed',
    gid: GENERATOR,
    signature_id: signatureId(incident.kind),
    rev: 1,
    // The same for all of a kind: what is counted and searched by.
    signature: kindOf(incident.kind).title,
    category: incident.kind,
    severity: PRIORITY[incident.severity],
    metadata: {
      sonde_uid: [incident.uid],
      confidence: [String(incident.confidence)],
      ...(techniques.length > 0 ? { mitre_technique_id: techniques } : {}),
    },
  };
}

function event(one: ExportedIncident, context: ExportContext): Record<string, unknown> {
  const { incident, flow } = one;
  return {
    timestamp: timestamp(incident.decidedTs),
    ...(flow ? { flow_id: flow.number } : {}),
    ...(flow?.packet === undefined ? {} : { pcap_cnt: flow.packet }),
    ...(context.capture === '' ? {} : { pcap_filename: context.capture }),
    event_type: 'alert',
    ...ends(one),
    alert: alert(one),
    sonde: incident,
  };
}

export const eve = lines('eve', '.eve.json', event);
