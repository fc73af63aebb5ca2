/** What a continuous export writes of an incident that opens, grows or closes, and of a flow that ended. */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { flowJson, protoName, rowCommunityId } from '../../../meter/flows/record.ts';
import { TCP_FLAG } from '../../../meter/flows/tcp.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { formatAddress } from '../../../meter/hosts.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { formatOfName } from '../incidents/registry.ts';
import { appProto } from '../incidents/services.ts';
import type { ExportContext, IncidentFormat } from '../incidents/types.ts';
import { asTest } from './test-line.ts';

export interface LineFormat {
  readonly id: string;
  /** One line with its end. */
  incident(event: LiveIncident): string;
  /** The same, saying where systems look that it is a test. */
  test(event: LiveIncident): string;
  /** The same; undefined: this format has no flows. */
  readonly flow: ((batch: FlowBatch, row: number) => string) | undefined;
}

/** Formats that are one line an event: the others are documents as a whole. */
export const LINE_ENDINGS = ['.ndjson', '.eve.json', '.ecs.ndjson', '.ocsf.ndjson'] as const;

const PORTS: ReadonlySet<number> = new Set([PROTO.TCP, PROTO.UDP, PROTO.SCTP]);

/** With microseconds and an offset, as Suricata writes it. */
function eveTime(sec: number, nano: number): string {
  return `${formatTime(sec, nano).slice(0, 26)}+0000`;
}

function eveProto({ columns: c }: FlowBatch, row: number): string {
  const proto = c.proto[row]!;
  if (proto === PROTO.ICMPV6) return 'IPv6-ICMP';
  if (proto === PROTO.SCTP) return 'SCTP';
  const name = protoName(proto);
  return name === protoName(0) ? String(proto).padStart(3, '0') : name.toUpperCase();
}

/** As Suricata names them. */
const FLAGS = Object.entries(TCP_FLAG).map(
  ([name, bit]) => [name === 'ECE' ? 'ecn' : name.toLowerCase(), bit] as const,
);

/** Flags of both directions, each in hex, and by name those that were seen. */
function flagsOf(orig: number, resp: number): Record<string, string | boolean> {
  const hex = (flags: number): string => flags.toString(16).padStart(2, '0');
  const seen = FLAGS.filter(([, bit]) => ((orig | resp) & bit) !== 0).map(([name]) => [name, true] as const);
  return { tcp_flags: hex(orig | resp), tcp_flags_ts: hex(orig), tcp_flags_tc: hex(resp), ...Object.fromEntries(seen) };
}

/** An EVE event of type `flow`; bytes are of IP, where Suricata counts frames. */
function eveFlow(batch: FlowBatch, row: number): string {
  const { columns: c, meta } = batch;
  const hasPorts = PORTS.has(c.proto[row]!);
  const isIcmp = c.proto[row] === PROTO.ICMP || c.proto[row] === PROTO.ICMPV6;
  const service = appProto(meta[row]?.service ?? '');
  const [start, end] = [eveTime(c.sec[row]!, c.nano[row]!), eveTime(c.lastSec[row]!, c.lastNano[row]!)];
  const event = {
    timestamp: end,
    flow_id: c.id[row]! + 1,
    event_type: 'flow',
    src_ip: formatAddress(c.orig, row * 4),
    ...(hasPorts ? { src_port: c.origPort[row]! } : {}),
    dest_ip: formatAddress(c.resp, row * 4),
    ...(hasPorts ? { dest_port: c.respPort[row]! } : {}),
    proto: eveProto(batch, row),
    ...(isIcmp ? { icmp_type: c.origPort[row]!, icmp_code: c.respPort[row]! } : {}),
    ...(service === '' ? {} : { app_proto: service }),
    community_id: rowCommunityId(c, row),
    flow: {
      pkts_toserver: c.origPkts[row]!,
      pkts_toclient: c.respPkts[row]!,
      bytes_toserver: c.origIpBytes[row]!,
      bytes_toclient: c.respIpBytes[row]!,
      start,
      end,
    },
    ...(c.proto[row] === PROTO.TCP ? { tcp: flagsOf(c.origFlags[row]! & 255, c.respFlags[row]! & 255) } : {}),
  };
  return `${JSON.stringify(event)}\n`;
}

function flowEvent(batch: FlowBatch, row: number): string {
  return `{"event":"flow",${flowJson(batch, row).slice(1)}\n`;
}

function through(format: IncidentFormat, context: ExportContext): LineFormat['incident'] {
  return ({ event: _, ...incident }) => [...format.write([{ incident }], context)].join('');
}

/** The format that a file's name tells; undefined where it is none of lines. */
export function lineFormat(path: string, version: string): LineFormat | undefined {
  const format = formatOfName(path);
  if (!format || !LINE_ENDINGS.some((ending) => ending === format.ending)) return undefined;
  const { id } = format;
  const isOwn = id === 'ndjson';
  const incident: LineFormat['incident'] = isOwn
    ? (event) => `${JSON.stringify(event)}\n`
    : through(format, { version, capture: '', source: '' });
  const flow = isOwn ? flowEvent : id === 'eve' ? eveFlow : undefined;
  return { id, incident, test: (event) => asTest(id, incident(event)), flow };
}
