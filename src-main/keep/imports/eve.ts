/**
 * Flows and alerts of Suricata's eve.json (docs.suricata.io, "Eve JSON Format", events of type `flow` and `alert`). Its byte counts are of whole
 * frames: 14 bytes of Ethernet, and 4 for each VLAN tag, are taken off each packet where that leaves room for IP.
 */
import { icmpCounterpart } from '../../meter/flows/icmp.ts';
import { isIPv4 } from '../../meter/hosts.ts';
import { PROTO } from '../../meter/packets/types.ts';
import { eveAlert } from './eve-alert.ts';
import { guessPayload, isIcmp } from './guess.ts';
import { isObject, objectIn, wholeOf, type JsonObject } from './json-line.ts';
import { firstLine, LineParser } from './line-parser.ts';
import { FlowRecord, type RecordFormat } from './record.ts';
import { addressInto, between, calendarMoment, setTimes } from './values.ts';

const ETHERNET = 14;
const TAG = 4;
const LEAST_V4 = 20;
const LEAST_V6 = 40;

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['TCP', PROTO.TCP],
  ['UDP', PROTO.UDP],
  ['ICMP', PROTO.ICMP],
  ['IPV6-ICMP', PROTO.ICMPV6],
  ['ICMPV6', PROTO.ICMPV6],
  ['SCTP', PROTO.SCTP],
  ['GRE', PROTO.GRE],
  ['ESP', PROTO.ESP],
  ['AH', PROTO.AH],
  ['IGMP', PROTO.IGMP],
]);

/** What Zeek calls what Suricata calls otherwise. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['tls', 'ssl'],
  ['krb5', 'krb'],
  ['dcerpc', 'dce_rpc'],
  ['ikev2', 'ike'],
  ['http2', 'http'],
  ['failed', ''],
  ['unknown', ''],
]);

function setEnds(record: FlowRecord, object: JsonObject): string | undefined {
  const name = typeof object['proto'] === 'string' ? object['proto'].toUpperCase() : '';
  record.proto = PROTOCOLS.get(name) ?? (/^\d{1,3}$/.test(name) ? Number(name) & 255 : 0);
  for (const [field, at] of [
    ['src_ip', 0],
    ['dest_ip', 4],
  ] as const) {
    const text = object[field];
    if (typeof text !== 'string' || !addressInto(text, record.ends, at)) return `${field} is no address`;
  }
  const ports = isIcmp(record.proto) ? (['icmp_type', 'icmp_code'] as const) : (['src_port', 'dest_port'] as const);
  record.origPort = wholeOf(object[ports[0]] ?? 0);
  record.respPort = wholeOf(object[ports[1]] ?? 0);
  if (!(record.origPort <= 65_535)) return `${ports[0]} is no port`;
  if (!(record.respPort <= 65_535)) return `${ports[1]} is no port`;
  const counterpart = isIcmp(record.proto) ? icmpCounterpart(record.proto, record.origPort) : -1;
  if (counterpart >= 0) record.respPort = counterpart;
  return undefined;
}

function setCounts(record: FlowRecord, flow: JsonObject, tags: number): string | undefined {
  record.origPkts = wholeOf(flow['pkts_toserver']);
  record.respPkts = wholeOf(flow['pkts_toclient']);
  record.origIpBytes = wholeOf(flow['bytes_toserver']);
  record.respIpBytes = wholeOf(flow['bytes_toclient']);
  const { origPkts, respPkts, origIpBytes, respIpBytes } = record;
  if ([origPkts, respPkts, origIpBytes, respIpBytes].some(Number.isNaN)) return 'packets or bytes are no counts';
  const frame = ETHERNET + TAG * tags;
  const least = isIPv4(record.ends, 0) ? LEAST_V4 : LEAST_V6;
  const inside = (bytes: number, packets: number): number =>
    bytes >= packets * (frame + least) ? bytes - packets * frame : bytes;
  record.origIpBytes = inside(origIpBytes, origPkts);
  record.respIpBytes = inside(respIpBytes, respPkts);
  return undefined;
}

function setFlags(record: FlowRecord, tcp: unknown): void {
  if (!isObject(tcp)) return;
  const flags = (name: string): number => {
    const text = tcp[name];
    return typeof text === 'string' && /^[0-9a-f]{1,4}$/i.test(text) ? parseInt(text, 16) & 255 : 0;
  };
  record.origFlags = flags('tcp_flags_ts');
  record.respFlags = flags('tcp_flags_tc');
}

function setTime(record: FlowRecord, { start, end }: JsonObject): string | undefined {
  const first = typeof start === 'string' ? calendarMoment(start) : null;
  const last = typeof end === 'string' ? calendarMoment(end) : null;
  if (!first || !last) return 'flow.start or flow.end is no time';
  return setTimes(record, first, between(first, last));
}

/** The record of a flow event, or what is wrong with it. */
export function eveRecord(object: JsonObject): FlowRecord | string {
  const { flow, vlan, app_proto: app } = object;
  if (!isObject(flow)) return 'it has no flow';
  const record = new FlowRecord();
  const tags = Array.isArray(vlan) ? (vlan as unknown[]) : [];
  const wrong = setTime(record, flow) ?? setEnds(record, object) ?? setCounts(record, flow, tags.length);
  if (wrong !== undefined) return wrong;
  setFlags(record, object['tcp']);
  guessPayload(record);
  const id = wholeOf(object['flow_id'] ?? 0);
  if (Number.isSafeInteger(id)) record.sensorFlow = id;
  const tag = wholeOf(tags[0]);
  record.vlan = tag < 4096 ? tag : 0;
  if (typeof app === 'string') record.service = SERVICES.get(app) ?? app.slice(0, 64);
  return record;
}

class EveParser extends LineParser {
  protected read(text: string, offset: number): void {
    const object = objectIn(text);
    if (!object) return this.bad(offset, 'it is no JSON object');
    const type = object['event_type'];
    if (type === 'alert') return this.alert(object, offset);
    if (type !== 'flow') return this.sink.other(offset, typeof type === 'string' ? type.slice(0, 32) : 'no event_type');
    const record = eveRecord(object);
    if (typeof record === 'string') this.bad(offset, record);
    else this.sink.take(record);
  }

  private alert(object: JsonObject, offset: number): void {
    // What Sonde itself exported is found in the flows again.
    if (isObject(object['sonde'])) return this.sink.other(offset, "alert of Sonde's own");
    const alert = eveAlert(object);
    if (typeof alert === 'string') this.bad(offset, alert);
    else this.sink.alert?.(alert);
  }
}

export const eve: RecordFormat = {
  id: 'suricata-eve',
  title: 'a Suricata eve.json',
  recognises(head) {
    const object = objectIn(firstLine(head) ?? head.toString('utf8'));
    return object !== null && typeof object['event_type'] === 'string' && typeof object['timestamp'] === 'string';
  },
  open: (sink) => new EveParser(sink),
};
