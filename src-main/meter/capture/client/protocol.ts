/**
 * The frames of the capture helper (helper/frames.c writes them). A helper is trusted no more than a file: every length
 * is bounded before it is used, every frame has a checksum, and anything unexpected ends the capture. There is no
 * resynchronisation: a pipe loses nothing, so a fault is a fault of the program at its other end.
 */
import { crc32 } from 'node:zlib';
import { BATCH_PACKETS, makePacketBatch, type PacketBatch } from '../../packets/types.ts';

export const PROTOCOL_VERSION = 1;
export const FRAME_HEADER = 16;
export const PAYLOAD_MAX = 1 << 20;
export const FRAME = { STARTED: 1, PACKETS: 2, STATISTICS: 3, ERROR: 4, END: 5 } as const;
/** Of `ERROR` frames, and exit codes. */
export const FAILURE = {
  USAGE: 64,
  INTERFACE: 65,
  FILTER: 66,
  PERMISSION: 67,
  PRIVILEGES: 68,
  CAPTURE: 69,
  GONE: 70,
  DOWN: 71,
  OUTPUT: 72,
} as const;
export const END = { STOP: 1, INPUT: 2, GONE: 3, COMMAND: 4 } as const;

/** "SNDC", little-endian. */
const MAGIC = 0x43444e53;
const RECORD_HEADER = 16;
/** Bytes of a batch below which it gets a small buffer. */
const SMALL_FRAME = 16 * 1024;
const BATCH_HEADER = 8;
const CAPTURED_MAX = 262_144;
const TEXT_MAX = 256;
const BILLION = 1_000_000_000n;
const NOT_KNOWN = 0xffff_ffff_ffff_ffffn;

export interface StartedFrame {
  link: number;
  snaplen: number;
  bufferMiB: number;
  promiscuous: boolean;
  nanoseconds: boolean;
  /** Whether its capability bounding set is empty too. */
  boundingDropped: boolean;
  interface: string;
}

export interface StatisticsFrame {
  given: number;
  kernelReceived: number;
  droppedKernel: number;
  droppedInterface: number | null;
  sec: number;
  nano: number;
  up: boolean;
}

export interface FrameHandler {
  started(frame: StartedFrame): void;
  /** The batch is the caller's until it gives it back to the parser. */
  packets(batch: PacketBatch): void;
  statistics(frame: StatisticsFrame): void;
  error(code: number, text: string): void;
  end(reason: number): void;
}

/** The other end broke the protocol. */
export class ProtocolError extends Error {
  constructor(what: string) {
    super(`the capture helper's output is damaged: ${what}`);
    this.name = 'ProtocolError';
  }
}

function fault(what: string): never {
  throw new ProtocolError(what);
}

/** Parses what arrives, in pieces of any size. After a fault it may not be used again. */
export class FrameParser {
  private readonly handler: FrameHandler;
  private readonly header = new Uint8Array(FRAME_HEADER);
  private readonly headerView = new DataView(this.header.buffer);
  private readonly small = new Uint8Array(512);
  private readonly spare: PacketBatch[] = [];
  private readonly smallSpare: PacketBatch[] = [];
  /** Bytes there of the frame, its header included; where its payload goes. */
  private have = 0;
  private type = 0;
  private length = 0;
  private payload: Uint8Array = this.small;
  private batch: PacketBatch | undefined;
  private packets = 0;
  private hasStarted = false;
  private hasEnded = false;

  constructor(handler: FrameHandler) {
    this.handler = handler;
  }

  /** @throws ProtocolError */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.have < FRAME_HEADER) {
        const step = Math.min(FRAME_HEADER - this.have, chunk.length - at);
        this.header.set(chunk.subarray(at, at + step), this.have);
        this.have += step;
        at += step;
        if (this.have < FRAME_HEADER) return;
        this.begin();
      }
      const step = Math.min(FRAME_HEADER + this.length - this.have, chunk.length - at);
      if (step > 0) this.payload.set(chunk.subarray(at, at + step), this.have - FRAME_HEADER);
      this.have += step;
      at += step;
      if (this.have === FRAME_HEADER + this.length) this.finish();
    }
  }

  /** Whether what arrived ends between two frames. */
  get whole(): boolean {
    return this.have === 0;
  }

  /** Gives a batch back for reuse. */
  release(batch: PacketBatch): void {
    const spare = batch.data.length <= SMALL_FRAME ? this.smallSpare : this.spare;
    if (spare.length < 64) spare.push(batch);
  }

  /** Thin traffic comes in many small frames: one that waits must not take what a large one needs. */
  private batchFor(length: number): PacketBatch {
    const spare = length <= SMALL_FRAME ? this.smallSpare : this.spare;
    if (length > SMALL_FRAME) return spare.pop() ?? makePacketBatch(new Uint8Array(PAYLOAD_MAX));
    return spare.pop() ?? makePacketBatch(new Uint8Array(SMALL_FRAME), SMALL_FRAME / RECORD_HEADER);
  }

  private begin(): void {
    const { headerView: view } = this;
    if (view.getUint32(0, true) !== MAGIC) fault('no frame begins where one should');
    const version = view.getUint8(4);
    if (version !== PROTOCOL_VERSION) fault(`protocol version ${version}`);
    this.type = view.getUint8(5);
    this.length = view.getUint32(8, true);
    const isBatch = this.type === FRAME.PACKETS;
    if (this.length > (isBatch ? PAYLOAD_MAX : this.small.length)) fault(`a frame of ${this.length} bytes`);
    if (view.getUint16(6, true) !== 0) fault('reserved bits are set');
    if (this.hasEnded) fault('a frame after the end');
    if (this.hasStarted === (this.type === FRAME.STARTED)) fault('frames are out of order');
    this.batch = isBatch ? this.batchFor(this.length) : undefined;
    this.payload = this.batch?.data ?? this.small;
  }

  private finish(): void {
    const { payload, length, header } = this;
    const crc = crc32(payload.subarray(0, length), crc32(header.subarray(4, 12)));
    if (crc !== this.headerView.getUint32(12, true)) fault('a checksum is wrong');
    this.have = 0;
    const view = new DataView(payload.buffer, payload.byteOffset, length);
    switch (this.type) {
      case FRAME.STARTED:
        this.hasStarted = true;
        return this.handler.started(startedFrame(view));
      case FRAME.PACKETS:
        return this.finishBatch();
      case FRAME.STATISTICS:
        return this.handler.statistics(statisticsFrame(view));
      case FRAME.ERROR:
        if (length < 4) fault('an error without a code');
        return this.handler.error(view.getUint32(0, true), text(payload.subarray(4, length), TEXT_MAX));
      case FRAME.END:
        if (length !== 4) fault('an end without a reason');
        this.hasEnded = true;
        return this.handler.end(view.getUint32(0, true));
      default:
        fault(`a frame of type ${this.type}`);
    }
  }

  private finishBatch(): void {
    const { batch, length } = this;
    if (!batch) fault('no batch');
    this.batch = undefined;
    readRecords(batch, length);
    batch.first = this.packets;
    this.packets += batch.count;
    this.handler.packets(batch);
  }
}

/** Fills the columns from the records in `batch.data`. About 6 ns a packet; its bytes stay where they are. */
function readRecords(batch: PacketBatch, length: number): void {
  const { columns: c, data } = batch;
  if (length < BATCH_HEADER) fault('a batch without its head');
  const words = new Uint32Array(data.buffer, data.byteOffset, length >>> 2);
  const count = words[0]!;
  const link = words[1]!;
  if (count === 0 || count > BATCH_PACKETS || link > 0xffff) fault(`a batch of ${count} packets`);
  let at = BATCH_HEADER;
  for (let row = 0; row < count; row++) {
    if (at + RECORD_HEADER > length) fault('a batch ends inside a packet');
    const word = at >>> 2;
    const captured = words[word + 2]!;
    const next = at + RECORD_HEADER + ((captured + 3) & ~3);
    if (captured > CAPTURED_MAX || next > length || words[word + 1]! > 999_999_999)
      fault('a packet is not as long as it says');
    c.offset[row] = at + RECORD_HEADER;
    c.captured[row] = captured;
    c.wire[row] = Math.max(words[word + 3]!, captured);
    c.sec[row] = words[word]!;
    c.nano[row] = words[word + 1]!;
    c.link[row] = link;
    at = next;
  }
  if (at !== length) fault('a batch is longer than its packets');
  batch.count = count;
}

function startedFrame(view: DataView): StartedFrame {
  if (view.byteLength !== 32) fault('a start of the wrong length');
  const flags = view.getUint32(12, true);
  return {
    link: view.getUint32(0, true) & 0xffff,
    snaplen: view.getUint32(4, true),
    bufferMiB: view.getUint32(8, true),
    promiscuous: (flags & 1) !== 0,
    nanoseconds: (flags & 2) !== 0,
    boundingDropped: (flags & 4) !== 0,
    interface: text(new Uint8Array(view.buffer, view.byteOffset + 16, 16), 16),
  };
}

function statisticsFrame(view: DataView): StatisticsFrame {
  if (view.byteLength !== 48) fault('statistics of the wrong length');
  const lost = view.getBigUint64(24, true);
  const wall = view.getBigUint64(32, true);
  return {
    given: Number(view.getBigUint64(0, true)),
    kernelReceived: Number(view.getBigUint64(8, true)),
    droppedKernel: Number(view.getBigUint64(16, true)),
    droppedInterface: lost === NOT_KNOWN ? null : Number(lost),
    sec: Number(wall / BILLION),
    nano: Number(wall % BILLION),
    up: view.getBigUint64(40, true) !== 0n,
  };
}

/** What another program says, for people: bounded, and without control characters. */
export function text(bytes: Uint8Array, most: number): string {
  const end = bytes.indexOf(0);
  const cut = bytes.subarray(0, Math.min(most, end < 0 ? bytes.length : end));
  return new TextDecoder()
    .decode(cut)
    .replace(/[\0-\x1f\x7f-\x9f]+/g, ' ')
    .trim();
}
