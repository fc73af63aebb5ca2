/** From the IP payload to a row: TCP, UDP, ICMP, SCTP and the rest; tunnels are followed. */
import { PROTO, SEGMENT } from '../types.ts';
import type { DecodeState } from './state.ts';

const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;
const SCTP_HEADER = 12;
const AH_MIN = 12;
const TEREDO_PREFIX = 0x2001_0000;

/**
 * One row for the transport datagram at `at`, and those of what it carries. `entry` is the fragment table's entry
 * when this is a first fragment (its ports are noted there), else -1.
 */
export function transport(s: DecodeState, proto: number, at: number, end: number, limit: number, entry: number): void {
  switch (proto) {
    case PROTO.TCP:
      tcp(s, at, end, limit, entry);
      return;
    case PROTO.UDP:
      udp(s, at, end, limit, entry);
      return;
    case PROTO.ICMP:
    case PROTO.ICMPV6:
      icmp(s, proto, at, end, limit, entry);
      return;
    case PROTO.SCTP:
      sctp(s, at, end, limit, entry);
      return;
    default:
      other(s, proto, at, end, limit);
  }
}

/** A fragment without a transport header: its ports are those of the first one, when that was seen. */
export function laterFragment(s: DecodeState, proto: number, at: number, end: number, limit: number): void {
  s.flags |= SEGMENT.FRAGMENT_LATER;
  const row = s.addRow(proto, at);
  s.columns.srcPort[row] = s.fragments.srcPort;
  s.columns.dstPort[row] = s.fragments.dstPort;
  s.setPayload(row, at, end, limit);
}

function headerMissing(s: DecodeState, end: number, limit: number, needed: number): void {
  if (end < limit && limit >= needed) s.flags |= SEGMENT.TRUNCATED;
  else {
    s.flags |= SEGMENT.MALFORMED;
    s.malformed();
  }
}

/** A row with what there is of the ports, for a header that is not all there. */
function stump(
  s: DecodeState,
  proto: number,
  at: number,
  end: number,
  limit: number,
  header: number,
  entry: number,
): void {
  headerMissing(s, end, limit, at + header);
  const row = s.addRow(proto, at);
  if (end - at < 4) return;
  const srcPort = s.view.getUint16(at);
  const dstPort = s.view.getUint16(at + 2);
  s.columns.srcPort[row] = srcPort;
  s.columns.dstPort[row] = dstPort;
  if (entry >= 0) s.fragments.setPorts(entry, srcPort, dstPort);
}

function tcp(s: DecodeState, at: number, end: number, limit: number, entry: number): void {
  if (end - at < TCP_HEADER) {
    stump(s, PROTO.TCP, at, end, limit, TCP_HEADER, entry);
    return;
  }
  const { view } = s;
  const word = view.getUint16(at + 12);
  let header = (word >>> 12) << 2;
  if (header < TCP_HEADER || at + header > limit) {
    s.flags |= SEGMENT.MALFORMED;
    s.malformed();
    header = limit - at;
  }
  const row = s.addRow(PROTO.TCP, at);
  const c = s.columns;
  const srcPort = view.getUint16(at);
  const dstPort = view.getUint16(at + 2);
  c.srcPort[row] = srcPort;
  c.dstPort[row] = dstPort;
  c.tcpSeq[row] = view.getUint32(at + 4);
  c.tcpAck[row] = view.getUint32(at + 8);
  c.tcpFlags[row] = word & 0x1ff;
  c.tcpWindow[row] = view.getUint16(at + 14);
  s.setPayload(row, Math.min(at + header, end), end, Math.max(limit - (at + header), 0) + Math.min(at + header, end));
  if (entry >= 0) s.fragments.setPorts(entry, srcPort, dstPort);
}

function udp(s: DecodeState, at: number, end: number, limit: number, entry: number): void {
  if (end - at < UDP_HEADER) {
    stump(s, PROTO.UDP, at, end, limit, UDP_HEADER, entry);
    return;
  }
  const { view } = s;
  const length = view.getUint16(at + 4);
  let udpLimit = at + length;
  // Zero: a jumbogram's, or left by segmentation offload. A first fragment states the whole datagram's length.
  if (length === 0 || (entry >= 0 && udpLimit > limit)) udpLimit = limit;
  else if (length < UDP_HEADER || udpLimit > limit) {
    s.flags |= SEGMENT.MALFORMED;
    s.malformed();
    udpLimit = limit;
  }
  const row = s.addRow(PROTO.UDP, at);
  const c = s.columns;
  const srcPort = view.getUint16(at);
  const dstPort = view.getUint16(at + 2);
  c.srcPort[row] = srcPort;
  c.dstPort[row] = dstPort;
  const udpEnd = end < udpLimit ? end : udpLimit;
  s.setPayload(row, at + UDP_HEADER, udpEnd, udpLimit);
  if (entry >= 0) s.fragments.setPorts(entry, srcPort, dstPort);
  const { udpPorts } = s.carriers;
  const mayCarry = (udpPorts[srcPort]! | udpPorts[dstPort]!) !== 0 || isTeredoInside(s, at + UDP_HEADER, udpEnd);
  if (mayCarry) s.carriers.overUdp(s, row, at + UDP_HEADER, udpEnd, udpLimit);
}

/** Teredo peers talk on any port: an IPv6 header with an address of Teredo's own prefix (RFC 4380, 2001::/32). */
function isTeredoInside(s: DecodeState, at: number, end: number): boolean {
  if (end - at < 40 || s.data[at]! >>> 4 !== 6) return false;
  return s.view.getUint32(at + 8) === TEREDO_PREFIX || s.view.getUint32(at + 24) === TEREDO_PREFIX;
}

function icmp(s: DecodeState, proto: number, at: number, end: number, limit: number, entry: number): void {
  const { data } = s;
  if (end - at < 4) {
    headerMissing(s, end, limit, at + 4);
    s.addRow(proto, at);
    return;
  }
  const row = s.addRow(proto, at);
  s.columns.srcPort[row] = data[at]!;
  s.columns.dstPort[row] = data[at + 1]!;
  const payload = Math.min(at + ICMP_HEADER, end);
  s.setPayload(row, payload, end, payload + Math.max(0, limit - at - ICMP_HEADER));
  if (entry >= 0) s.fragments.setPorts(entry, data[at]!, data[at + 1]!);
}

function sctp(s: DecodeState, at: number, end: number, limit: number, entry: number): void {
  if (end - at < SCTP_HEADER) {
    stump(s, PROTO.SCTP, at, end, limit, SCTP_HEADER, entry);
    return;
  }
  const row = s.addRow(PROTO.SCTP, at);
  const srcPort = s.view.getUint16(at);
  const dstPort = s.view.getUint16(at + 2);
  s.columns.srcPort[row] = srcPort;
  s.columns.dstPort[row] = dstPort;
  s.setPayload(row, at + SCTP_HEADER, end, limit);
  if (entry >= 0) s.fragments.setPorts(entry, srcPort, dstPort);
}

/** Authentication headers are passed over (RFC 4302); what is behind them is what the packet is. */
function other(s: DecodeState, proto: number, at: number, end: number, limit: number): void {
  if (proto === PROTO.AH && !s.authenticated && end - at >= AH_MIN) {
    const behind = at + (s.data[at + 1]! + 2) * 4;
    if (behind >= at + AH_MIN && behind <= end) {
      s.authenticated = true;
      transport(s, s.data[at]!, behind, end, limit, -1);
      s.authenticated = false;
      return;
    }
  }
  const row = s.addRow(proto, at);
  s.setPayload(row, at, end, limit);
  s.carriers.overIp(s, row, proto, at, end, limit);
}
