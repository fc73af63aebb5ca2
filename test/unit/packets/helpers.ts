/** What the tests of the packets room share: bytes in, plain objects out. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { openCaptures, type OpenOptions } from '../../../src-main/meter/packets/open.ts';
import {
  makePacketBatch,
  makeSegmentBatch,
  SEGMENT,
  TUNNEL,
  type InputSummary,
  type InputWarning,
  type PacketBatch,
  type SegmentBatch,
} from '../../../src-main/meter/packets/types.ts';
import { formatAddress } from '../../../src-main/meter/hosts.ts';

export interface Packet {
  data: Uint8Array;
  wire: number;
  sec: number;
  nano: number;
  link: number;
  iface: number;
  input: number;
  fileOffset: number;
}

export interface Row {
  packet: number;
  outer: number;
  src: string;
  dst: string;
  srcPort: number;
  dstPort: number;
  proto: number;
  flags: string[];
  tunnel: string;
  ttl: number;
  vlan: number[];
  ipLength: number;
  payload: string;
  payloadLength: number;
  srcMac: string;
  dstMac: string;
}

function namesOf(bits: number): string[] {
  return Object.entries(SEGMENT)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}

function macText(value: number): string {
  return value.toString(16).padStart(12, '0');
}

export function packetsOf(batch: PacketBatch): Packet[] {
  const c = batch.columns;
  return Array.from({ length: batch.count }, (_, i) => ({
    data: batch.data.slice(c.offset[i]!, c.offset[i]! + c.captured[i]!),
    wire: c.wire[i]!,
    sec: c.sec[i]!,
    nano: c.nano[i]!,
    link: c.link[i]!,
    iface: c.iface[i]!,
    input: c.input[i]!,
    fileOffset: c.fileOffset[i]!,
  }));
}

export function rowsIn(batch: PacketBatch, segments: SegmentBatch): Row[] {
  const c = segments.columns;
  const text = (at: number, length: number): string =>
    Buffer.from(batch.data.slice(at, at + length)).toString('latin1');
  return Array.from({ length: segments.count }, (_, i) => ({
    packet: batch.first + c.packet[i]!,
    outer: c.outer[i]!,
    src: formatAddress(c.src, i * 4),
    dst: formatAddress(c.dst, i * 4),
    srcPort: c.srcPort[i]!,
    dstPort: c.dstPort[i]!,
    proto: c.proto[i]!,
    flags: namesOf(c.flags[i]!),
    tunnel: Object.entries(TUNNEL).find(([, value]) => value === c.tunnel[i])?.[0] ?? '?',
    ttl: c.ttl[i]!,
    vlan: [c.vlan[i]! & 0xfff, c.vlan[i]! >>> 12].filter((id) => id > 0),
    ipLength: c.ipLength[i]!,
    payload: text(c.payload[i]!, c.payloadCaptured[i]!),
    payloadLength: c.payloadLength[i]!,
    srcMac: macText(c.srcMac[i]!),
    dstMac: macText(c.dstMac[i]!),
  }));
}

export interface Decoded {
  rows: Row[];
  warnings: InputWarning[];
}

export interface FrameIn {
  data: Uint8Array;
  link?: number;
  wire?: number;
  sec?: number;
}

/** Decodes packets that lie in one buffer with bytes of other packets around them. */
export function decodeAll(frames: readonly FrameIn[]): Decoded {
  const guard = 16;
  const total = frames.reduce((sum, frame) => sum + frame.data.length + guard, guard);
  const data = new Uint8Array(total).fill(0x45);
  const batch = makePacketBatch(data, Math.max(1, frames.length));
  let at = guard;
  for (const frame of frames) {
    const row = batch.count++;
    data.set(frame.data, at);
    batch.columns.offset[row] = at;
    batch.columns.captured[row] = frame.data.length;
    batch.columns.wire[row] = frame.wire ?? frame.data.length;
    batch.columns.link[row] = frame.link ?? 1;
    batch.columns.sec[row] = frame.sec ?? 1_700_000_000;
    at += frame.data.length + guard;
  }
  const decoder = makeDecoder();
  const segments = makeSegmentBatch(2);
  decoder.decode(batch, segments);
  return { rows: rowsIn(batch, segments), warnings: decoder.warnings(0) };
}

/** The rows of one packet. */
export function rowsOf(data: Uint8Array, link = 1, wire = data.length): Row[] {
  return decodeAll([{ data, link, wire }]).rows;
}

export interface ReadResult {
  packets: Packet[];
  rows: Row[];
  summaries: InputSummary[];
  batches: number;
}

/** Reads and decodes captures by path. */
export async function readPaths(paths: readonly string[], options: OpenOptions = {}): Promise<ReadResult> {
  const reader = await openCaptures(paths, options);
  const decoder = makeDecoder();
  const segments = makeSegmentBatch();
  const result: ReadResult = { packets: [], rows: [], summaries: [], batches: 0 };
  try {
    for (let batch = await reader.read(); batch; batch = await reader.read()) {
      decoder.decode(batch, segments);
      result.batches++;
      result.packets.push(...packetsOf(batch));
      result.rows.push(...rowsIn(batch, segments));
      reader.release(batch);
    }
    result.summaries = reader.summaries();
  } finally {
    await reader.close();
  }
  return result;
}

/** Runs `use` with the paths of files of these contents, which are gone afterwards. */
export async function withFiles<T>(contents: readonly Uint8Array[], use: (paths: string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-packets-'));
  try {
    const paths = contents.map((_, i) => join(folder, `input-${i}`));
    await Promise.all(contents.map((content, i) => writeFile(paths[i]!, content)));
    return await use(paths);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads and decodes captures by content. */
export function readBytes(contents: readonly Uint8Array[], options: OpenOptions = {}): Promise<ReadResult> {
  return withFiles(contents, (paths) => readPaths(paths, options));
}

export function codes(warnings: readonly InputWarning[]): string[] {
  return warnings.map((warning) => warning.code);
}
