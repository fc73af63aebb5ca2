/** Whose work it is: questions of one person must not keep those of all others waiting. */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Everything that `work` asks, also later, counts as asked by `whom`. */
export function asLane<T>(whom: string, work: () => T): T {
  return current.run(whom, work);
}

/** '' for what the program itself asks. */
export const lane = (): string => current.getStore() ?? '';

/** Waiting work by lanes: each lane in turn, its own in order. */
export class LaneQueue<T> {
  private readonly lanes = new Map<string, T[]>();

  push(name: string, item: T): void {
    const waiting = this.lanes.get(name);
    if (waiting) waiting.push(item);
    else this.lanes.set(name, [item]);
  }

  /** The next of the first lane that `may` go on; that lane is then the last. */
  shift(may: (name: string) => boolean): T | undefined {
    for (const [name, waiting] of this.lanes) {
      if (!may(name)) continue;
      const item = waiting.shift();
      this.lanes.delete(name);
      if (waiting.length > 0) this.lanes.set(name, waiting);
      return item;
    }
    return undefined;
  }

  /** Whether it was still waiting. */
  remove(name: string, item: T): boolean {
    const waiting = this.lanes.get(name);
    const place = waiting?.indexOf(item) ?? -1;
    if (!waiting || place < 0) return false;
    waiting.splice(place, 1);
    if (waiting.length === 0) this.lanes.delete(name);
    return true;
  }

  /** Takes everything out. */
  drain(): T[] {
    const all = [...this.lanes.values()].flat();
    this.lanes.clear();
    return all;
  }
}
