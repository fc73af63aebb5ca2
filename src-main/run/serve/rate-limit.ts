/** Slows down whoever guesses: after a few failures each further one doubles the wait. Bounded. */

/** Failures that cost nothing, and the longest wait, ms. */
interface Patience {
  free: number;
  most: number;
}

/** Of one address, or of one address that tries one name. */
const ONE_SIDE: Patience = { free: 5, most: 15 * 60_000 };
/** Of a name, from wherever: strangers may slow its owner down, but not shut them out. */
export const ANYWHERE: Patience = { free: 20, most: 10_000 };
const FIRST_MS = 1000;
/** Guessers that are remembered, and for how long after their last failure, ms. */
const REMEMBERED = 10_000;
const FORGOTTEN_MS = 3_600_000;

interface Guesser {
  failures: number;
  until: number;
  last: number;
}

export class RateLimit {
  private readonly now: () => number;
  private readonly guessers = new Map<string, Guesser>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** Milliseconds that `who` has to wait before the next try; 0: none. */
  wait(who: string): number {
    return Math.max(0, (this.guessers.get(who)?.until ?? 0) - this.now());
  }

  failed(who: string, { free, most }: Patience = ONE_SIDE): void {
    const now = this.now();
    const known = this.guessers.get(who);
    const failures = known && now - known.last < FORGOTTEN_MS ? known.failures + 1 : 1;
    const pause = failures < free ? 0 : Math.min(most, FIRST_MS * 2 ** Math.min(30, failures - free));
    this.guessers.delete(who);
    if (this.guessers.size >= REMEMBERED) this.guessers.delete(this.guessers.keys().next().value!);
    this.guessers.set(who, { failures, until: now + pause, last: now });
  }

  succeeded(who: string): void {
    this.guessers.delete(who);
  }
}
