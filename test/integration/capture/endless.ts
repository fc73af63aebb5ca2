/**
 * An engine that never ends: a capture over and over, on a clock of its own packets. Each time round the ports of
 * clients are others, so that every connection is a new one, and for some rounds so are the hosts outside.
 */
import type { CaptureEvent, CaptureSource } from '../../../src-main/meter/capture/types.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { makePacketBatch, type PacketBatch } from '../../../src-main/meter/packets/types.ts';

interface Original {
  batch: PacketBatch;
  /** A copy of its bytes as they were. */
  bytes: Uint8Array;
}

const ETHERNET = 1;
const EPHEMERAL = 32_768;
/** Times round with the same hosts outside. */
const SAME_HOSTS = 2;
/** What is kept of hosts outside fills up to its ceilings, tens of thousands of them: here it fills soon. */
const PLACES = 8;

const isPrivate = (a: number, b: number): boolean =>
  a === 10 || (a === 192 && b === 168) || (a === 172 && b >> 4 === 1) || a >= 224 || a === 127;

/** Gives the packet's client port and outside host another value, the same for all of its connection. */
function change(data: Uint8Array, at: number, captured: number, round: number): void {
  if (captured < 38 || data[at + 12] !== 8 || data[at + 13] !== 0) return;
  const hosts = Math.floor(round / SAME_HOSTS) % PLACES;
  for (const address of [at + 26, at + 30]) {
    if (!isPrivate(data[address]!, data[address + 1]!)) data[address + 2]! ^= hosts;
  }
  const proto = data[at + 23];
  if (proto !== 6 && proto !== 17) return;
  const transport = at + 14 + (data[at + 14]! & 15) * 4;
  if (transport + 4 > at + captured) return;
  for (const port of [transport, transport + 2]) {
    const value = (data[port]! << 8) | data[port + 1]!;
    if (value < EPHEMERAL) continue;
    const other = EPHEMERAL | ((value ^ (round * 37)) & (EPHEMERAL - 1));
    data[port] = other >> 8;
    data[port + 1] = other & 255;
  }
}

export class Endless implements CaptureSource {
  readonly started = {
    interface: 'endless',
    engine: 'helper',
    link: ETHERNET,
    snaplen: 262_144,
    kernelTimestamps: true,
    detail: '',
  } as const;
  statistics = { received: 0, droppedKernel: 0, droppedInterface: 0, sec: 0, nano: 0, up: true };
  round = 0;
  private readonly originals: readonly Original[];
  private readonly seconds: number;
  private place = 0;

  /** What the traffic itself takes. */
  readonly bytes: number;

  constructor(originals: readonly Original[], seconds: number) {
    this.originals = originals;
    this.seconds = seconds;
    this.bytes = originals.reduce((sum, { batch, bytes }) => sum + batch.data.byteLength + bytes.byteLength, 0);
  }

  static open(path: string): Promise<Endless> {
    return Endless.read(path, Endless);
  }

  /** As `open`, for a class of its own. */
  static async read<T extends Endless>(
    path: string,
    Made: new (originals: readonly Original[], seconds: number) => T,
  ): Promise<T> {
    const reader = await openCaptures([path]);
    const originals: Original[] = [];
    for (let batch = await reader.read(); batch; batch = await reader.read()) {
      const copy = makePacketBatch(batch.data.slice(), batch.count);
      copy.count = batch.count;
      for (const name of ['offset', 'captured', 'wire', 'sec', 'nano', 'link'] as const) {
        copy.columns[name].set(batch.columns[name].subarray(0, batch.count));
      }
      originals.push({ batch: copy, bytes: copy.data.slice() });
      reader.release(batch);
    }
    await reader.close();
    const first = originals[0]!.batch.columns.sec[0]!;
    const last = originals.at(-1)!.batch;
    return new Made(originals, last.columns.sec[last.count - 1]! - first + 1);
  }

  next(): Promise<CaptureEvent> {
    const { batch, bytes } = this.originals[this.place]!;
    const { columns, count, data } = batch;
    data.set(bytes);
    for (let i = 0; i < count; i++) {
      if (this.round > 0) columns.sec[i]! += this.seconds;
      change(data, columns.offset[i]!, columns.captured[i]!, this.round);
    }
    this.place = (this.place + 1) % this.originals.length;
    if (this.place === 0) this.round++;
    this.statistics.received += count;
    this.statistics.sec = columns.sec[0]!;
    this.statistics.nano = columns.nano[0]!;
    return Promise.resolve({ kind: 'packets', batch });
  }

  release(): void {}

  queued(): number {
    return 0;
  }

  stop(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
