/** Sessions of protocols in short frames, all of which are looked at: what counts may be the last that is said. */
import type { FlowContext } from './context.ts';
import type { Session } from './inspector.ts';

export abstract class FrameSession implements Session {
  /** Bytes that say how long a frame is. */
  protected abstract readonly header: number;

  /** Bytes of a frame that are waited for; the rest of a longer one may be passed over. */
  protected abstract readonly enough: number;

  /** Bytes of the frame that begins at `at`, of which the header is there; 0 where none begins. */
  protected abstract size(data: Uint8Array, at: number): number;

  /** One frame [at, end): all of it, or `enough` bytes at least. Called for each, so it must be cheap. */
  protected abstract frame(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end) {
      if (end - next < this.header) return next;
      const size = this.size(data, next);
      // What is no frame is passed over: the next segment may begin with one.
      if (size < this.header) return end;
      const stop = next + size;
      if (stop > end && end - next < this.enough) return next;
      this.frame(flow, fromOrig, data, next, Math.min(stop, end));
      next = stop;
    }
    return next;
  }

  datagram(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    if (end - at >= this.header && this.size(data, at) >= this.header) this.frame(flow, fromOrig, data, at, end);
  }

  gap(): boolean {
    return true;
  }
}

/** Which codes of one byte were met. */
export class Met {
  private readonly bits = new Uint8Array(32);

  /** Whether the code is met for the first time. */
  first(code: number): boolean {
    const bit = 1 << (code & 7);
    if (this.bits[code >>> 3]! & bit) return false;
    this.bits[code >>> 3]! |= bit;
    return true;
  }
}
