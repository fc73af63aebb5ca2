/** Cancelling, in what the platforms have in common: a web or Node `AbortSignal` is a `CancelSignal`. */

export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Makes a signal and sets it off. */
export class CancelSource {
  private readonly listeners = new Set<() => void>();
  private done = false;
  readonly signal: CancelSignal;

  constructor() {
    const isDone = (): boolean => this.done;
    this.signal = {
      get aborted() {
        return isDone();
      },
      addEventListener: (_, listener) => void this.listeners.add(listener),
      removeEventListener: (_, listener) => void this.listeners.delete(listener),
    };
  }

  /** Each listener is told once. */
  abort(): void {
    if (this.done) return;
    this.done = true;
    const told = [...this.listeners];
    this.listeners.clear();
    for (const listener of told) listener();
  }
}

/** Runs `work` after what is under way. */
export function soon(work: () => void): void {
  void Promise.resolve().then(work);
}
