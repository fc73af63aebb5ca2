/** What a record does not say but its other fields imply: TCP flags, states, payload. */
import { DATAGRAM_ACTIVE } from '../../meter/flows/state.ts';
import { datagramConnState } from '../../meter/flows/conn-state.ts';
import { TCP_FLAG } from '../../meter/flows/tcp.ts';
import { CONN_STATES, type ConnState } from '../../meter/flows/types.ts';
import { isIPv4 } from '../../meter/hosts.ts';
import { PROTO } from '../../meter/packets/types.ts';
import { STATE_UNKNOWN, type FlowRecord } from './record.ts';

const { FIN, SYN, RST, PSH, ACK } = TCP_FLAG;
const NUMBER = Object.fromEntries(CONN_STATES.map((name, i) => [name, i])) as Record<ConnState, number>;

/** Flags behind Zeek's letters. I, Q and T say nothing of one flag. */
const LETTERS: ReadonlyMap<string, number> = new Map([
  ['S', SYN],
  ['H', SYN | ACK],
  ['A', ACK],
  ['D', ACK | PSH],
  ['F', FIN | ACK],
  ['R', RST],
]);

/** Flags of each direction as `history` tells them. */
export function flagsOfHistory(history: string): { orig: number; resp: number } {
  let [orig, resp] = [0, 0];
  for (const letter of history) {
    const flags = LETTERS.get(letter.toUpperCase()) ?? 0;
    if (letter === letter.toUpperCase()) orig |= flags;
    else resp |= flags;
  }
  return { orig, resp };
}

function tcpState({ origFlags: o, respFlags: r, origPkts, respPkts }: FlowRecord): ConnState {
  const answered = (r & SYN) !== 0 || ((r & ACK) !== 0 && (r & RST) === 0);
  if ((o & SYN) === 0) return (r & SYN) !== 0 && origPkts === 0 ? 'SHR' : 'OTH';
  if (respPkts === 0) return (o & RST) !== 0 ? 'RSTOS0' : (o & FIN) !== 0 ? 'SH' : 'S0';
  if (!answered) return (r & RST) !== 0 ? 'REJ' : 'OTH';
  if ((r & RST) !== 0) return 'RSTR';
  if ((o & RST) !== 0) return 'RSTO';
  if ((o & FIN) !== 0 && (r & FIN) !== 0) return 'SF';
  if ((o & FIN) !== 0) return 'S2';
  return (r & FIN) !== 0 ? 'S3' : 'S1';
}

/** Index into `CONN_STATES`: what the sensor says, else what flags and packets come to. */
export function stateOf(record: FlowRecord): number {
  if (record.connState !== STATE_UNKNOWN) return record.connState;
  if (record.proto === PROTO.TCP) return NUMBER[tcpState(record)];
  const active = (packets: number): number => (packets > 0 ? DATAGRAM_ACTIVE : 0);
  return datagramConnState(record.proto, active(record.origPkts), active(record.respPkts));
}

const TCP_HEADER = 32;
const TCP_SYN_OPTIONS = 8;
const IP4_HEADER = 20;
const IP6_HEADER = 40;
const UDP_HEADER = 8;

/**
 * Payload behind `bytes` of IP in `packets`: exact for UDP and ICMP without options; for TCP with the time stamps that most
 * systems send (12 bytes a packet too little where they do not), nothing where no packet can have carried any.
 */
export function payloadOf(record: FlowRecord, bytes: number, packets: number, flags: number): number {
  const header = isIPv4(record.ends, 0) ? IP4_HEADER : IP6_HEADER;
  if (record.proto !== PROTO.TCP) {
    const inner = record.proto === PROTO.UDP || isIcmp(record.proto) ? UDP_HEADER : 0;
    return Math.max(0, bytes - packets * (header + inner));
  }
  // Without PSH nobody ended a message: what is left are options.
  if (flags !== 0 && (flags & PSH) === 0 && bytes < packets * (header + TCP_HEADER + TCP_SYN_OPTIONS + 8)) return 0;
  const syn = (flags & SYN) !== 0 ? TCP_SYN_OPTIONS : 0;
  return Math.max(0, bytes - packets * (header + TCP_HEADER) - syn);
}

export function isIcmp(proto: number): boolean {
  return proto === PROTO.ICMP || proto === PROTO.ICMPV6;
}

/** Fills in both directions' payload from IP bytes. */
export function guessPayload(record: FlowRecord): void {
  record.origBytes = payloadOf(record, record.origIpBytes, record.origPkts, record.origFlags);
  record.respBytes = payloadOf(record, record.respIpBytes, record.respPkts, record.respFlags);
}
