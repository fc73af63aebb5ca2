/** What a flow carried: TCP's bytes in order, of other protocols each datagram's payload. */
import { Assembler, type StreamSink } from '../../../meter/streams/assembler.ts';
import { Budget } from '../../../meter/streams/budget.ts';
import { Stream } from '../../../meter/streams/stream.ts';
import { PROTO } from '../../../meter/packets/types.ts';
import type { HeldPacket } from './scan.ts';

export interface Chunk {
  fromOrig: boolean;
  frame: number;
  /** Offset in its direction, without what is missing. */
  from: number;
  bytes: Uint8Array;
  /** Bytes that are missing before it. */
  missing: number;
}

export interface Reassembled {
  kind: 'bytes' | 'datagrams';
  chunks: Chunk[];
  cut: boolean;
  notes: string[];
}

const SYN = 2;
/** Of segments that wait for others. */
const WAITING_MAX = 4 * 1024 * 1024;

/** Collects what it is given until there is enough. */
class Collector implements StreamSink {
  readonly chunks: Chunk[] = [];
  cut = false;
  differing = 0;
  /** The packet that is looked at. */
  frame = 1;
  private left: number;
  private readonly orig: Stream;
  private readonly offsets: [resp: number, orig: number] = [0, 0];
  private readonly missing: [resp: number, orig: number] = [0, 0];

  constructor(orig: Stream, max: number) {
    this.orig = orig;
    this.left = max;
  }

  add(fromOrig: boolean, all: Uint8Array): void {
    const side = fromOrig ? 1 : 0;
    const bytes = all.slice(0, this.left);
    if (bytes.length < all.length) this.cut = true;
    if (bytes.length === 0) return;
    const missing = this.missing[side];
    this.chunks.push({ fromOrig, frame: this.frame, from: this.offsets[side], bytes, missing });
    this.offsets[side] += bytes.length;
    this.missing[side] = 0;
    this.left -= bytes.length;
  }

  bytes(stream: Stream, data: Uint8Array, at: number, end: number): void {
    this.add(stream === this.orig, data.subarray(at, end));
  }

  gap(stream: Stream, missing: number): void {
    this.missing[stream === this.orig ? 1 : 0] += missing;
  }

  late(): void {
    // What comes after its place was passed over is not shown; the gap before it is.
  }

  differs(): void {
    this.differing++;
  }

  over(): boolean {
    return this.cut;
  }
}

function datagrams(packets: readonly HeldPacket[], max: number): Reassembled {
  const collector = new Collector(new Stream(), max);
  for (const { frame, fromOrig, bytes, payload, payloadCaptured } of packets) {
    collector.frame = frame;
    collector.add(fromOrig, bytes.subarray(payload, payload + payloadCaptured));
  }
  return { kind: 'datagrams', chunks: collector.chunks, cut: collector.cut, notes: [] };
}

/** Of the `packets` of one flow, in their order; `max` bytes of both directions together. */
export function reassemble(packets: readonly HeldPacket[], max: number): Reassembled {
  if (packets[0]?.proto !== PROTO.TCP) return datagrams(packets, max);
  const [orig, resp] = [new Stream(), new Stream()];
  const starts = new Map<Stream, number>();
  const budget = new Budget(WAITING_MAX);
  const sink = new Collector(orig, max);
  const assembler = new Assembler(budget, sink);
  for (const packet of packets) {
    const stream = packet.fromOrig ? orig : resp;
    const first = (packet.sequence + (packet.tcpFlags & SYN ? 1 : 0)) >>> 0;
    if (packet.tcpFlags & SYN && !starts.has(stream)) starts.set(stream, first);
    if (packet.payloadLength === 0) continue;
    sink.frame = packet.frame;
    const { bytes, payload, payloadCaptured, payloadLength } = packet;
    assembler.segment(stream, first, starts.get(stream) ?? -1, bytes, payload, payloadCaptured, payloadLength);
    if (sink.cut) break;
  }
  if (!sink.cut) for (const stream of [orig, resp]) assembler.drain(stream);
  return { kind: 'bytes', chunks: sink.chunks, cut: sink.cut, notes: notesOf(packets, starts.size, sink) };
}

function notesOf(packets: readonly HeldPacket[], starts: number, { differing }: Collector): string[] {
  const notes: string[] = [];
  if (starts === 0) notes.push('The beginning of the connection is not among these packets.');
  if (packets.some((p) => p.payloadCaptured < p.payloadLength))
    notes.push('Packets were cut when they were captured: bytes are missing.');
  if (differing > 0)
    notes.push(
      `${differing === 1 ? 'A segment repeats' : `${differing} segments repeat`} bytes with another content; the first is shown.`,
    );
  return notes;
}
