/**
 * ICMP has no ports. As in Zeek's conn.log the message type stands for the originator's port; the responder's is the
 * type that answers it, or the code where nothing does (then the flow is one-way).
 */
import { PROTO } from '../packets/types.ts';

const NONE = -1;

function pairs(list: readonly (readonly [number, number])[]): Int16Array {
  const table = new Int16Array(256).fill(NONE);
  for (const [request, reply] of list) {
    table[request] = reply;
    table[reply] = request;
  }
  return table;
}

/** RFC 792, RFC 950, RFC 1256: echo, router discovery, timestamp, information, address mask. */
const ICMP_PAIRS = pairs([
  [8, 0],
  [10, 9],
  [13, 14],
  [15, 16],
  [17, 18],
]);

/** RFC 4443, RFC 2710, RFC 4861, RFC 4620, RFC 6275: echo, listener query, router, neighbour, node, home agent. */
const ICMPV6_PAIRS = pairs([
  [128, 129],
  [130, 131],
  [133, 134],
  [135, 136],
  [139, 140],
  [144, 145],
]);

/** The type that answers `type`, or -1 when none does. */
export function icmpCounterpart(proto: number, type: number): number {
  return (proto === PROTO.ICMPV6 ? ICMPV6_PAIRS : ICMP_PAIRS)[type & 255]!;
}
