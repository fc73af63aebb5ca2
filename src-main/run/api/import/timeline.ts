/**
 * Packets, bytes, flows and anomalies over time, and packets by size, in bounded memory: when there would be more than
 * `BUCKETS` buckets their width doubles. Costs a comparison and three additions a packet where packets come in order.
 */
import { sizeClass, SIZE_CLASSES } from '../../../../src-shared/domain/packet-sizes.ts';
import type { CaptureExtras, CaptureFacts } from '../../../keep/store/types.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';

const BUCKETS = 20_000;

interface Bucket {
  packets: number;
  bytes: number;
  flows: number;
  anomalous: number;
}

const empty = (): Bucket => ({ packets: 0, bytes: 0, flows: 0, anomalous: 0 });

export class Timeline {
  private width = 1;
  private buckets = new Map<number, Bucket>();
  private lastKey = NaN;
  private last = empty();
  private readonly sizePackets = new Float64Array(SIZE_CLASSES.length);
  private readonly sizeBytes = new Float64Array(SIZE_CLASSES.length);

  packets(batch: PacketBatch): void {
    const { sec, wire } = batch.columns;
    for (let i = 0; i < batch.count; i++) {
      const bucket = this.at(sec[i]!);
      const length = wire[i]!;
      bucket.packets++;
      bucket.bytes += length;
      const size = sizeClass(length);
      this.sizePackets[size]!++;
      this.sizeBytes[size]! += length;
    }
  }

  flow(sec: number, anomalous: boolean): void {
    const bucket = this.at(sec);
    bucket.flows++;
    if (anomalous) bucket.anomalous++;
  }

  result(): { timeline: CaptureExtras['timeline']; timelineWidth: number; sizes: CaptureFacts['sizes'] } {
    const timeline = [...this.buckets]
      .map(([key, b]) => ({ start: key * this.width, ...b }))
      .sort((a, b) => a.start - b.start);
    const sizes = SIZE_CLASSES.map((from, n) => ({
      from,
      to: SIZE_CLASSES[n + 1] ?? null,
      packets: this.sizePackets[n]!,
      bytes: this.sizeBytes[n]!,
    }));
    return { timeline, timelineWidth: this.width, sizes };
  }

  private at(sec: number): Bucket {
    const key = Math.floor(sec / this.width);
    if (key === this.lastKey) return this.last;
    let bucket = this.buckets.get(key);
    if (!bucket) {
      if (this.buckets.size >= BUCKETS) {
        this.widen();
        return this.at(sec);
      }
      this.buckets.set(key, (bucket = empty()));
    }
    this.lastKey = key;
    this.last = bucket;
    return bucket;
  }

  private widen(): void {
    const wider = new Map<number, Bucket>();
    for (const [key, b] of this.buckets) {
      const into = wider.get(Math.floor(key / 2));
      if (!into) wider.set(Math.floor(key / 2), { ...b });
      else {
        into.packets += b.packets;
        into.bytes += b.bytes;
        into.flows += b.flows;
        into.anomalous += b.anomalous;
      }
    }
    this.buckets = wider;
    this.width *= 2;
    this.lastKey = NaN;
  }
}
