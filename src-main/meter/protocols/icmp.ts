/** ICMP and ICMPv6: one message a datagram with payload, for the first of a flow. */
import type { FlowTable } from '../flows/types.ts';
import { PROTO, SEGMENT, type SegmentBatch } from '../packets/types.ts';
import { u16 } from './bytes.ts';
import { plain } from './row-head.ts';
import type { ProtocolMessage } from './types.ts';

/** Messages a flow gives at most. */
const PER_FLOW = 64;
const ENTROPY_BYTES = 4096;

export function isIcmp(proto: number): boolean {
  return proto === PROTO.ICMP || proto === PROTO.ICMPV6;
}

/** All zero between calls. */
const counts = new Uint32Array(256);

/** Shannon entropy of the bytes, bits a byte, of the first 4,096. */
export function byteEntropy(data: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end, at + ENTROPY_BYTES);
  const total = stop - at;
  if (total <= 0) return 0;
  let least = 255;
  let greatest = 0;
  for (let i = at; i < stop; i++) {
    const byte = data[i]!;
    counts[byte]!++;
    if (byte < least) least = byte;
    if (byte > greatest) greatest = byte;
  }
  let sum = 0;
  for (let v = least; v <= greatest; v++) {
    const n = counts[v]!;
    if (n > 1) sum += n * Math.log2(n);
    counts[v] = 0;
  }
  return Math.log2(total) - sum / total;
}

/** FNV-1a, 32 bits. */
export function byteHash(data: Uint8Array, at: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < end; i++) hash = Math.imul(hash ^ data[i]!, 0x01000193);
  return hash >>> 0;
}

export class IcmpWatch {
  private said = new Uint8Array(4096);

  grow(capacity: number): void {
    if (this.said.length >= capacity) return;
    const said = new Uint8Array(capacity);
    said.set(this.said);
    this.said = said;
  }

  forget(slot: number): void {
    this.said[slot] = 0;
  }

  /** Appends the message of a row with payload. True once the flow has given all it may. */
  message(
    data: Uint8Array,
    segments: SegmentBatch,
    row: number,
    slot: number,
    table: FlowTable,
    messages: ProtocolMessage[],
  ): boolean {
    const c = segments.columns;
    if (c.flags[row]! & (SEGMENT.FRAGMENT_LATER | SEGMENT.MALFORMED)) return false;
    const at = c.payload[row]!;
    const end = at + Math.min(c.payloadCaptured[row]!, c.payloadLength[row]!);
    const header = c.transport[row]!;
    const whole = header + 8 <= at;
    const live = table.live;
    messages.push({
      sec: plain(c.sec[row]!),
      nano: c.nano[row]!,
      flow: plain(live.id[slot]!),
      orig: live.origHost[slot]!,
      resp: live.respHost[slot]!,
      respPort: live.respPort[slot]!,
      fromOrig: c.fromOrig[row] === 1,
      kind: 'icmp',
      type: c.srcPort[row]!,
      code: c.dstPort[row]!,
      identifier: whole ? u16(data, header + 4) : 0,
      sequence: whole ? u16(data, header + 6) : 0,
      size: c.payloadLength[row]!,
      entropy: byteEntropy(data, at, end),
      hash: byteHash(data, at, end),
    });
    return ++this.said[slot]! >= PER_FLOW;
  }
}
