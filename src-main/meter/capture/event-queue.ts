/** Events between a source and its reader: in order, bounded by asking the source to pause. */
import type { PacketBatch } from '../packets/types.ts';
import type { CaptureEvent } from './types.ts';

/** Batches that may wait: about 30 MiB with the helper's frames. Then the kernel's buffer holds what comes. */
export const QUEUE_BATCHES = 32;

export class EventQueue {
  private readonly events: CaptureEvent[] = [];
  private readonly onRoom: () => void;
  private waiting: ((event: CaptureEvent | null) => void) | undefined;
  private batches = 0;
  private waitingPackets = 0;
  private ended = false;

  /** `onRoom` is called when a full queue has room again. */
  constructor(onRoom: () => void) {
    this.onRoom = onRoom;
  }

  get full(): boolean {
    return this.batches >= QUEUE_BATCHES;
  }

  get packets(): number {
    return this.waitingPackets;
  }

  /** What comes after `end` is dropped. */
  push(event: CaptureEvent): void {
    if (this.ended) return;
    if (event.kind === 'end') this.ended = true;
    const { waiting } = this;
    if (waiting) {
      this.waiting = undefined;
      waiting(event);
      return;
    }
    this.events.push(event);
    if (event.kind !== 'packets') return;
    this.batches++;
    this.waitingPackets += event.batch.count;
  }

  next(): Promise<CaptureEvent | null> {
    const event = this.events.shift();
    if (event === undefined) {
      if (this.ended) return Promise.resolve(null);
      return new Promise((resolve) => (this.waiting = resolve));
    }
    if (event.kind === 'packets') this.taken(event.batch);
    return Promise.resolve(event);
  }

  private taken(batch: PacketBatch): void {
    const wasFull = this.full;
    this.batches--;
    this.waitingPackets -= batch.count;
    if (wasFull && !this.full) this.onRoom();
  }
}
