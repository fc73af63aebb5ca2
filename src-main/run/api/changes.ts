/** Who wants to hear that something changed. */
import type { CHANGES } from '../../../src-shared/contract/topics/app.ts';

export interface Change {
  what: (typeof CHANGES)[number];
  capture: number | null;
}

export class Changes {
  private readonly listeners = new Set<(change: Change) => void>();

  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** Until the function it returns is called. */
  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
