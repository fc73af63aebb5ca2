/** ARP (RFC 826) over Ethernet and IPv4: who says which address is whose. */
import type { HostTable } from '../hosts.ts';
import type { PacketBatch, SegmentBatch } from '../packets/types.ts';
import { macNumber, macText } from './mac.ts';
import { u16 } from './bytes.ts';
import { plain } from './row-head.ts';
import type { ProtocolMessage } from './types.ts';

const LENGTH = 28;

/** Appends the message of an ARP row. Frames shorter than an Ethernet/IPv4 ARP, or of other lengths, give none. */
export function arpMessage(
  packets: PacketBatch,
  segments: SegmentBatch,
  row: number,
  hosts: HostTable,
  messages: ProtocolMessage[],
): void {
  const c = segments.columns;
  const data = packets.data;
  const at = c.network[row]!;
  const packet = c.packet[row]!;
  const end = packets.columns.offset[packet]! + packets.columns.captured[packet]!;
  if (end - at < LENGTH || end > data.length || data[at + 4] !== 6 || data[at + 5] !== 4) return;
  const sender = macNumber(data, at + 8);
  const sec = plain(c.sec[row]!);
  const nano = c.nano[row]!;
  const orig = hosts.intern(c.src, row * 4);
  const resp = hosts.intern(c.dst, row * 4);
  const frame = c.srcMac[row]!;
  messages.push({
    sec,
    nano,
    flow: -1,
    orig,
    resp,
    respPort: 0,
    fromOrig: true,
    kind: 'arp',
    operation: u16(data, at + 6),
    senderMac: macText(sender),
    targetMac: macText(macNumber(data, at + 18)),
    frameSource: macText(frame),
    frameTarget: macText(c.dstMac[row]!),
  });
  if (frame !== 0 && sender !== frame && sender !== 0) {
    messages.push({
      sec,
      nano,
      flow: -1,
      orig,
      resp,
      respPort: 0,
      fromOrig: true,
      kind: 'weird',
      name: 'arp-sender-mismatch',
      detail: `${macText(sender)} inside, frame from ${macText(frame)}`,
    });
  }
}
