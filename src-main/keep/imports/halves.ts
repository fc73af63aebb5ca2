/**
 * Exporters of NetFlow and IPFIX write each direction of a flow by itself, and a long flow in parts. What belongs together by
 * its ends and times is one flow here: an answer to a flow that is going on or has just ended, and its continuation.
 */
import { isLikelyServerPort } from '../../meter/flows/ports.ts';
import { TCP_FLAG } from '../../meter/flows/tcp.ts';
import { PROTO } from '../../meter/packets/types.ts';
import { FlowRecord } from './record.ts';

const { FIN, SYN, RST, ACK } = TCP_FLAG;
/** Seconds of silence after which a flow is another one, as the meter of packets has it. */
const TCP_SILENCE = 300;
const OTHER_SILENCE = 60;
/** After both sides closed, or one reset. */
const CLOSED = 5;

function isLower({ ends, origPort, respPort }: FlowRecord): boolean {
  for (let i = 0; i < 4; i++) if (ends[i] !== ends[i + 4]) return ends[i]! < ends[i + 4]!;
  return origPort <= respPort;
}

/** The same for both directions. */
export function keyOf(record: FlowRecord): string {
  const { ends: e, origPort: o, respPort: r, proto } = record;
  return isLower(record)
    ? `${e[0]},${e[1]},${e[2]},${e[3]},${o}|${e[4]},${e[5]},${e[6]},${e[7]},${r}|${proto}`
    : `${e[4]},${e[5]},${e[6]},${e[7]},${r}|${e[0]},${e[1]},${e[2]},${e[3]},${o}|${proto}`;
}

/** Whether `part` goes from the responder of `flow` to its originator. */
export function isReverse(flow: FlowRecord, part: FlowRecord): boolean {
  const { ends: a } = flow;
  const { ends: b } = part;
  for (let i = 0; i < 4; i++) if (a[i] !== b[i + 4] || a[i + 4] !== b[i]) return false;
  return flow.origPort === part.respPort && flow.respPort === part.origPort;
}

/** Seconds after its last packet in which parts of it may still come. */
export function silenceOf({ proto, origFlags, respFlags }: FlowRecord): number {
  if (proto !== PROTO.TCP) return OTHER_SILENCE;
  const closed = (origFlags & respFlags & FIN) !== 0 || ((origFlags | respFlags) & RST) !== 0;
  return closed ? CLOSED : TCP_SILENCE;
}

/** Whether `part`, which began later, belongs to `flow`. */
export function belongs(flow: FlowRecord, part: FlowRecord): boolean {
  if (part.sec > flow.lastSec + silenceOf(flow)) return false;
  if (part.proto !== PROTO.TCP || isReverse(flow, part)) return true;
  const after = part.sec > flow.lastSec || (part.sec === flow.lastSec && part.nano > flow.lastNano);
  return !(after && (part.origFlags & SYN) !== 0);
}

function swap(record: FlowRecord): void {
  const { ends } = record;
  for (let i = 0; i < 4; i++) [ends[i], ends[i + 4]] = [ends[i + 4]!, ends[i]!];
  [record.origPort, record.respPort] = [record.respPort, record.origPort];
  [record.origPkts, record.respPkts] = [record.respPkts, record.origPkts];
  [record.origIpBytes, record.respIpBytes] = [record.respIpBytes, record.origIpBytes];
  [record.origBytes, record.respBytes] = [record.respBytes, record.origBytes];
  [record.origFlags, record.respFlags] = [record.respFlags, record.origFlags];
  record.flipped = !record.flipped;
}

/** A flow of its own from its first part; where that is plainly a server's answer, the ends are exchanged. */
export function begun(part: FlowRecord): FlowRecord {
  const flow = Object.assign(new FlowRecord(), part, { ends: part.ends.slice() });
  const { proto, origPort, respPort, origFlags } = part;
  if (proto !== PROTO.TCP && proto !== PROTO.UDP) return flow;
  const asks = (origFlags & (SYN | ACK)) === SYN;
  if (!asks && isLikelyServerPort(proto, origPort) && !isLikelyServerPort(proto, respPort)) swap(flow);
  return flow;
}

/** Adds `part` to `flow`. */
export function join(flow: FlowRecord, part: FlowRecord): void {
  const [mine, theirs] = isReverse(flow, part) ? (['resp', 'orig'] as const) : (['orig', 'resp'] as const);
  for (const what of ['Pkts', 'IpBytes', 'Bytes'] as const) {
    flow[`${mine}${what}`] += part[`orig${what}`];
    flow[`${theirs}${what}`] += part[`resp${what}`];
  }
  flow[`${mine}Flags`] |= part.origFlags;
  flow[`${theirs}Flags`] |= part.respFlags;
  if (part.lastSec > flow.lastSec || (part.lastSec === flow.lastSec && part.lastNano > flow.lastNano)) {
    flow.lastSec = part.lastSec;
    flow.lastNano = part.lastNano;
  }
}
