/** Shares of flows into a second: as `countPackets` of the stage counts packets, many at a time. */
import { PROTO } from '../packets/types.ts';
import type { Tick } from './tick.ts';
import type { FlowShare } from './types.ts';

/** From this many packets on, `Tick.note` learns no more from packets of the same ends. */
const NOTED = 9;

function countOut(tick: Tick, row: number, share: FlowShare, isIcmp: boolean, unreachable: boolean): void {
  const c = tick.columns;
  c.packetsOut[row] = c.packetsOut[row]! + share.packets;
  c.bytesOut[row] = c.bytesOut[row]! + share.bytes;
  c.synOut[row] = c.synOut[row]! + share.syn;
  c.synAckOut[row] = c.synAckOut[row]! + share.synAck;
  c.rstOut[row] = c.rstOut[row]! + share.rst;
  if (share.proto === PROTO.UDP) c.udpOut[row] = c.udpOut[row]! + share.packets;
  if (isIcmp) c.icmpOut[row] = c.icmpOut[row]! + share.packets;
  if (unreachable) c.unreachableOut[row] = c.unreachableOut[row]! + share.packets;
}

function countIcmp(tick: Tick, row: number, { proto, srcPort: type, packets }: FlowShare, unreachable: boolean): void {
  const c = tick.columns;
  if (type === 8 || type === 128) c.echoRequestIn[row] = c.echoRequestIn[row]! + packets;
  else if (type === 129 || (type === 0 && proto === PROTO.ICMP)) c.echoReplyIn[row] = c.echoReplyIn[row]! + packets;
  else if (unreachable) c.unreachableIn[row] = c.unreachableIn[row]! + packets;
}

function countIn(tick: Tick, row: number, share: FlowShare, isIcmp: boolean, unreachable: boolean): void {
  const c = tick.columns;
  const { packets, bytes, proto } = share;
  c.bytesIn[row] = c.bytesIn[row]! + bytes;
  if (proto === PROTO.TCP) {
    c.synIn[row] = c.synIn[row]! + share.syn;
    c.synAckIn[row] = c.synAckIn[row]! + share.synAck;
    c.rstIn[row] = c.rstIn[row]! + share.rst;
    c.emptyTcpIn[row] = c.emptyTcpIn[row]! + share.empty;
  } else if (proto === PROTO.UDP) {
    c.udpIn[row] = c.udpIn[row]! + packets;
    c.udpBytesIn[row] = c.udpBytesIn[row]! + bytes;
  } else if (isIcmp) countIcmp(tick, row, share, unreachable);
  else c.otherIn[row] = c.otherIn[row]! + packets;
  for (let i = Math.min(packets, NOTED); i > 0; i--) {
    c.packetsIn[row] = c.packetsIn[row]! + 1;
    tick.note(row, share.senderHash, share.srcPort, share.dstPort);
  }
  if (packets > NOTED) c.packetsIn[row] = c.packetsIn[row]! + packets - NOTED;
  vote(c.topSender, c.topSenderLead, row, share.sender, packets, c.topSenderPackets);
  vote(c.topSourcePort, c.topSourceLead, row, share.srcPort, packets, null);
  vote(c.topTargetPort, c.topTargetLead, row, share.dstPort, packets, null);
}

/** `weight` equal votes at once (Boyer–Moore). */
function vote(
  candidates: Uint32Array | Uint16Array,
  leads: Uint32Array,
  row: number,
  value: number,
  weight: number,
  packets: Uint32Array | null,
): void {
  const lead = leads[row]!;
  if (candidates[row] === value && lead > 0) {
    leads[row] = lead + weight;
    if (packets) packets[row] = packets[row]! + weight;
  } else if (weight <= lead) leads[row] = lead - weight;
  else {
    if (packets) packets[row] = candidates[row] === value ? packets[row]! + weight : weight - lead;
    candidates[row] = value;
    leads[row] = weight - lead;
  }
}

/** Adds a share to the rows of both hosts; hosts without an id, and those the second has no room for, are left out. */
export function countShare(tick: Tick, share: FlowShare): void {
  if (share.packets === 0) return;
  const isIcmp = share.proto === PROTO.ICMP || share.proto === PROTO.ICMPV6;
  const unreachable = isIcmp && share.srcPort === (share.proto === PROTO.ICMP ? 3 : 1);
  if (share.sender !== 0) {
    const row = tick.row(share.sender);
    if (row >= 0) countOut(tick, row, share, isIcmp, unreachable);
  }
  if (share.target !== 0) {
    const row = tick.row(share.target);
    if (row >= 0) countIn(tick, row, share, isIcmp, unreachable);
  }
}
