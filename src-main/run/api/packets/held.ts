/** The packets of one look, as the desk shows them. */
import {
  MARKS_MAX,
  STREAM_MAX,
  type ListedPacket,
  type PacketDetail,
  type PacketStream,
} from '../../../../src-shared/contract/topics/packets.ts';
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { findMarks, type Wanted } from '../../../keep/exports/view/marks.ts';
import type { FlowPackets } from '../../../keep/exports/view/flow-packets.ts';
import type { HeldPacket } from '../../../keep/exports/view/scan.ts';
import { reassemble } from '../../../keep/exports/view/stream.ts';
import type { PacketKey } from '../../../keep/store/queries/packets.ts';
import { formatAddress } from '../../../meter/hosts.ts';
import { linkTypeName } from '../../../meter/packets/link/names.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import { flagText } from '../../../meter/protocols/tree/transport.ts';
import { packetTree } from '../../../meter/protocols/tree/tree.ts';

const PORTS: ReadonlySet<number> = new Set([PROTO.TCP, PROTO.UDP, PROTO.SCTP]);

function end(address: Uint32Array, port: number, proto: number): string {
  const text = formatAddress(address, 0);
  if (!PORTS.has(proto)) return text;
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

function listed(packet: HeldPacket): ListedPacket {
  const { protocol, summary } = packetTree(packet.bytes, packet.link);
  const { proto } = packet;
  return {
    frame: packet.frame,
    ts: formatTime(packet.sec, packet.nano),
    flow: packet.flow,
    fromOrig: packet.flow === null ? null : packet.fromOrig,
    source: end(packet.source, packet.sourcePort, proto),
    target: end(packet.target, packet.targetPort, proto),
    protocol,
    flags: proto === PROTO.TCP ? flagText(packet.tcpFlags) : '',
    length: packet.wire,
    captured: packet.bytes.length,
    payload: packet.payloadLength,
    summary,
  };
}

export class HeldPackets {
  private readonly byFrame = new Map<number, HeldPacket>();
  private readonly keys: ReadonlyMap<number, PacketKey>;

  constructor(keys: readonly PacketKey[]) {
    this.keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** As they are listed. */
  add(packets: readonly HeldPacket[]): ListedPacket[] {
    for (const packet of packets) this.byFrame.set(packet.frame, packet);
    return packets.map(listed);
  }

  /** @throws SondeError `not-found` */
  one(frame: number): PacketDetail {
    const packet = this.get(frame);
    const { layers } = packetTree(packet.bytes, packet.link);
    return {
      frame,
      flow: packet.flow,
      ts: formatTime(packet.sec, packet.nano),
      linkType: linkTypeName(packet.link),
      length: packet.wire,
      bytes: Buffer.from(packet.bytes).toString('base64'),
      layers,
    };
  }

  /** What is listed of the packet's flow. @throws SondeError `not-found` */
  ofFlow(frame: number): { key: PacketKey; packets: HeldPacket[] } {
    const { flow } = this.get(frame);
    const key = flow === null ? undefined : this.keys.get(flow);
    if (!key) throw new SondeError('not-found', 'ARP belongs to no flow', String(frame), 'Choose another packet.');
    return { key, packets: [...this.byFrame.values()].filter((packet) => packet.flow === flow) };
  }

  private get(frame: number): HeldPacket {
    const packet = this.byFrame.get(frame);
    if (packet) return packet;
    throw new SondeError(
      'not-found',
      'this packet is not among those that were read',
      String(frame),
      'Read them again.',
    );
  }
}

/** What the packets of a flow carried. */
export function streamOf(
  { packets, fromBeginning }: FlowPackets,
  { id: flow, packets: total }: PacketKey,
  wanted: readonly Wanted[],
): PacketStream {
  const { kind, chunks, cut, notes } = reassemble(packets, STREAM_MAX);
  const { marks, searched } = findMarks(chunks, wanted, MARKS_MAX);
  const first = packets.find(({ fromOrig }) => fromOrig);
  const back = packets.find(({ fromOrig }) => !fromOrig);
  const [orig, resp] = [first ?? back!, back ?? first!];
  if (!fromBeginning) notes.unshift(`Begins with packet ${packets[0]!.frame}: what was before it is on earlier pages.`);
  if (packets.length < total) notes.unshift(`From ${packets.length} of the ${total} packets of this flow.`);
  return {
    flow,
    kind,
    originator: first ? end(orig.source, orig.sourcePort, orig.proto) : end(orig.target, orig.targetPort, orig.proto),
    responder: back ? end(resp.source, resp.sourcePort, resp.proto) : end(resp.target, resp.targetPort, resp.proto),
    chunks: chunks.map((chunk) => ({ ...chunk, bytes: Buffer.from(chunk.bytes).toString('base64') })),
    cut,
    notes,
    marks,
    searched,
  };
}
