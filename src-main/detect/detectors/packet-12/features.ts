/**
 * Twelve features of a packet: source and destination address (as a hash), size, protocol, source and destination port,
 * interval since the packet before, TCP flags, UDP length, payload size, header share, transport.
 */
import { PROTO, type PacketBatch, type SegmentBatch } from '../../../meter/packets/types.ts';
import { finishHash, stirAddress } from '../packets/rows.ts';

/** Four of the twelve name who talks to whom: with them a model learns one network by heart. */
export const SHORTCUTS: readonly string[] = ['src_hash', 'dst_hash', 'src_port', 'dst_port'];

export const FEATURES: readonly string[] = [
  'src_hash',
  'dst_hash',
  'size',
  'protocol',
  'src_port',
  'dst_port',
  'interval',
  'tcp_flags',
  'udp_length',
  'payload',
  'header_share',
  'transport',
];

const UDP_HEADER = 8;

function transportOf(proto: number): number {
  switch (proto) {
    case PROTO.TCP:
      return 1;
    case PROTO.UDP:
      return 2;
    case PROTO.ICMP:
    case PROTO.ICMPV6:
      return 3;
    default:
      return 0;
  }
}

/** 0…1, the same for an address wherever it is met. */
function addressHash(words: Uint32Array, row: number): number {
  return finishHash(stirAddress(0x5eed, words, row * 4)) / 2 ** 32;
}

/**
 * Writes the columns of `names`, in their order, of one packet to `out` at `at`. Interval: log2(1 + microseconds); sizes
 * in bytes; ports only where there are any.
 */
export function fillFeatures(
  names: readonly string[],
  packets: PacketBatch,
  segments: SegmentBatch,
  packet: number,
  row: number,
  interval: number,
  out: Float32Array,
  at: number,
): void {
  const c = segments.columns;
  const proto = c.proto[row]!;
  const size = packets.columns.wire[packet]!;
  const hasPorts = proto === PROTO.TCP || proto === PROTO.UDP || proto === PROTO.SCTP;
  for (let j = 0; j < names.length; j++) {
    let value = 0;
    switch (names[j]) {
      case 'src_hash':
        value = addressHash(c.src, row);
        break;
      case 'dst_hash':
        value = addressHash(c.dst, row);
        break;
      case 'size':
        value = size;
        break;
      case 'protocol':
        value = proto;
        break;
      case 'src_port':
        value = hasPorts ? c.srcPort[row]! : 0;
        break;
      case 'dst_port':
        value = hasPorts ? c.dstPort[row]! : 0;
        break;
      case 'interval':
        value = Math.log2(1 + interval * 1e6);
        break;
      case 'tcp_flags':
        value = proto === PROTO.TCP ? c.tcpFlags[row]! : 0;
        break;
      case 'udp_length':
        value = proto === PROTO.UDP ? c.payloadLength[row]! + UDP_HEADER : 0;
        break;
      case 'payload':
        value = c.payloadLength[row]!;
        break;
      case 'header_share':
        value = size > 0 ? Math.max(0, 1 - c.payloadLength[row]! / size) : 0;
        break;
      case 'transport':
        value = transportOf(proto);
        break;
      default:
        throw new RangeError(`${names[j]} is none of the twelve features`);
    }
    out[at + j] = value;
  }
}
