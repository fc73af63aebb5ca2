/** Information elements that a flow is made of, by number (IANA's registry "IPFIX Information Elements"). */
import { icmpCounterpart } from '../../meter/flows/icmp.ts';
import { guessPayload, isIcmp } from './guess.ts';
import { FlowRecord } from './record.ts';
import { between, millis, setTimes, v4Into, type Exact } from './values.ts';

/** Elements that are read. Those of the other direction (RFC 5103, PEN 29305) have the same numbers. */
export const ELEMENT = {
  octetDeltaCount: 1,
  packetDeltaCount: 2,
  protocolIdentifier: 4,
  tcpControlBits: 6,
  sourceTransportPort: 7,
  sourceIPv4Address: 8,
  destinationTransportPort: 11,
  destinationIPv4Address: 12,
  lastSwitched: 21,
  firstSwitched: 22,
  sourceIPv6Address: 27,
  destinationIPv6Address: 28,
  icmpTypeCodeIPv4: 32,
  vlanId: 58,
  octetTotalCount: 85,
  packetTotalCount: 86,
  icmpTypeCodeIPv6: 139,
  flowStartSeconds: 150,
  flowEndSeconds: 151,
  flowStartMilliseconds: 152,
  flowEndMilliseconds: 153,
  flowStartMicroseconds: 154,
  flowEndMicroseconds: 155,
  flowStartNanoseconds: 156,
  flowEndNanoseconds: 157,
  flowStartDeltaMicroseconds: 158,
  flowEndDeltaMicroseconds: 159,
  systemInitTimeMilliseconds: 160,
  flowDurationMilliseconds: 161,
  flowDurationMicroseconds: 162,
  icmpTypeIPv4: 176,
  icmpCodeIPv4: 177,
  icmpTypeIPv6: 178,
  icmpCodeIPv6: 179,
  initiatorOctets: 231,
  responderOctets: 232,
  dot1qVlanId: 243,
  initiatorPackets: 298,
  responderPackets: 299,
} as const;
const E = ELEMENT;

export const WANTED: ReadonlySet<number> = new Set(Object.values(ELEMENT));

/** Seconds from 1900 (NTP) to 1970. */
const NTP_EPOCH = 2_208_988_800;
const BILLION = 1e9;

/** The values of one data record: numbers by element, with those of the other direction beside. */
export class Values {
  readonly own = new Map<number, number>();
  readonly reverse = new Map<number, number>();
  /** NTP fractions of the elements of micro- and nanoseconds. */
  readonly fractions = new Map<number, number>();
  readonly ends = new Uint32Array(8);
  hasSource = false;
  hasTarget = false;

  clear(): void {
    this.own.clear();
    this.reverse.clear();
    this.fractions.clear();
    this.hasSource = this.hasTarget = false;
  }

  /** Takes in one field of `length` bytes. */
  take(id: number, reverse: boolean, bytes: Buffer, at: number, length: number): void {
    if (!reverse && this.address(id, bytes, at, length)) return;
    if (length === 8 && isNtp(id)) {
      this.own.set(id, bytes.readUInt32BE(at) - NTP_EPOCH);
      this.fractions.set(id, Math.floor((bytes.readUInt32BE(at + 4) / 2 ** 32) * BILLION));
      return;
    }
    const value = unsigned(bytes, at, length);
    if (Number.isSafeInteger(value)) (reverse ? this.reverse : this.own).set(id, value);
  }

  private address(id: number, bytes: Buffer, at: number, length: number): boolean {
    const isSource = id === E.sourceIPv4Address || id === E.sourceIPv6Address;
    if (!isSource && id !== E.destinationIPv4Address && id !== E.destinationIPv6Address) return false;
    const to = isSource ? 0 : 4;
    if (length === 4) v4Into(bytes.readUInt32BE(at), this.ends, to);
    else if (length === 16) for (let i = 0; i < 4; i++) this.ends[to + i] = bytes.readUInt32BE(at + i * 4);
    else return true;
    // A record may have both families, one of them zero.
    if (this.ends.subarray(to, to + 4).every((word, i) => word === 0 || (length === 4 && i === 2))) return true;
    if (isSource) this.hasSource = true;
    else this.hasTarget = true;
    return true;
  }
}

function isNtp(id: number): boolean {
  return id >= E.flowStartMicroseconds && id <= E.flowEndNanoseconds;
}

/** Big-endian, as short as the exporter wrote it (RFC 7011, 6.2). */
function unsigned(bytes: Buffer, at: number, length: number): number {
  if (length <= 0 || length > 8) return NaN;
  if (length <= 6) return bytes.readUIntBE(at, length);
  return bytes.readUIntBE(at, length - 6) * 2 ** 48 + bytes.readUIntBE(at + length - 6, 6);
}

/** What a message says of time: `exportSec`, and for NetFlow v9 when the exporter started, in milliseconds since 1970. */
export interface MessageTime {
  exportSec: number;
  bootMs: number | null;
}

function moment(values: Values, ids: readonly number[], time: MessageTime): Exact | null {
  const [seconds, milli, micro, nano, delta, switched] = ids as [number, number, number, number, number, number];
  const { own, fractions } = values;
  for (const id of [nano, micro]) {
    const whole = own.get(id);
    if (whole !== undefined && fractions.has(id)) return { sec: whole, nano: fractions.get(id)! };
  }
  if (own.has(milli)) return millis(own.get(milli)!);
  if (own.has(seconds)) return { sec: own.get(seconds)!, nano: 0 };
  const ago = own.get(delta);
  if (ago !== undefined) return millis(time.exportSec * 1000 - ago / 1000);
  const up = own.get(switched);
  const boot = own.get(E.systemInitTimeMilliseconds) ?? time.bootMs;
  return up === undefined || boot === null ? null : millis(boot + up);
}

const START = [
  E.flowStartSeconds,
  E.flowStartMilliseconds,
  E.flowStartMicroseconds,
  E.flowStartNanoseconds,
  E.flowStartDeltaMicroseconds,
  E.firstSwitched,
];
const END = [
  E.flowEndSeconds,
  E.flowEndMilliseconds,
  E.flowEndMicroseconds,
  E.flowEndNanoseconds,
  E.flowEndDeltaMicroseconds,
  E.lastSwitched,
];

function setTime(record: FlowRecord, values: Values, time: MessageTime): string | undefined {
  const start = moment(values, START, time);
  if (!start) return 'it does not say when it began';
  const duration = values.own.get(E.flowDurationMilliseconds);
  const micros = values.own.get(E.flowDurationMicroseconds);
  const length = duration !== undefined ? millis(duration) : micros !== undefined ? millis(micros / 1000) : null;
  const end = moment(values, END, time);
  return setTimes(record, start, length ?? (end ? between(start, end) : { sec: 0, nano: 0 }));
}

function setIcmp(record: FlowRecord, { own }: Values): void {
  const both = own.get(E.icmpTypeCodeIPv4) ?? own.get(E.icmpTypeCodeIPv6);
  // NetFlow's old way: type and code in the place of the destination port.
  const packed = both ?? own.get(E.destinationTransportPort) ?? 0;
  const type = own.get(E.icmpTypeIPv4) ?? own.get(E.icmpTypeIPv6) ?? packed >>> 8;
  const code = own.get(E.icmpCodeIPv4) ?? own.get(E.icmpCodeIPv6) ?? packed & 255;
  record.origPort = type & 255;
  const counterpart = icmpCounterpart(record.proto, record.origPort);
  record.respPort = counterpart >= 0 ? counterpart : code & 255;
}

function setCounts(record: FlowRecord, { own, reverse }: Values): void {
  const first = (map: ReadonlyMap<number, number>, ...ids: readonly number[]): number | undefined =>
    ids.map((id) => map.get(id)).find((value) => value !== undefined);
  record.origPkts = first(own, E.packetDeltaCount, E.packetTotalCount, E.initiatorPackets) ?? 0;
  record.origIpBytes = first(own, E.octetDeltaCount, E.octetTotalCount, E.initiatorOctets) ?? 0;
  const back = first(reverse, E.packetDeltaCount, E.packetTotalCount) ?? own.get(E.responderPackets);
  const backBytes = first(reverse, E.octetDeltaCount, E.octetTotalCount) ?? own.get(E.responderOctets);
  record.respPkts = back ?? 0;
  record.respIpBytes = backBytes ?? 0;
  record.oneWay = back === undefined && backBytes === undefined;
  record.origFlags = (own.get(E.tcpControlBits) ?? 0) & 255;
  record.respFlags = (reverse.get(E.tcpControlBits) ?? 0) & 255;
}

/** The record, or what is wrong with it. */
export function elementRecord(values: Values, time: MessageTime): FlowRecord | string {
  if (!values.hasSource || !values.hasTarget) return 'it has no addresses';
  const record = new FlowRecord();
  record.ends.set(values.ends);
  record.proto = values.own.get(E.protocolIdentifier) ?? 0;
  if (record.proto > 255) return 'its protocol is no number of a protocol';
  record.origPort = (values.own.get(E.sourceTransportPort) ?? 0) & 0xffff;
  record.respPort = (values.own.get(E.destinationTransportPort) ?? 0) & 0xffff;
  if (isIcmp(record.proto)) setIcmp(record, values);
  const wrong = setTime(record, values, time);
  if (wrong !== undefined) return wrong;
  setCounts(record, values);
  if (record.origPkts + record.respPkts === 0) return 'it counts no packets';
  guessPayload(record);
  record.vlan = (values.own.get(E.vlanId) ?? values.own.get(E.dot1qVlanId) ?? 0) & 0xfff;
  return record;
}
