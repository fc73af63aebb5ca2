/** How long is waited before the next try to connect: ever longer, until a connection has held. */

/** From the first to the last, ms; each up to a quarter longer, so that all do not come at once. */
const FIRST_TRY_MS = 50;
const LAST_TRY_MS = 2000;
/** A connection that is lost sooner was none: whoever takes each and ends it is not asked at full speed. */
const HELD_MS = 5000;

export class Pace {
  private tries = 0;
  private upSince: number | undefined;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** A connection is there. */
  up(): void {
    this.upSince = this.now();
  }

  /** Before the next try, ms. */
  next(): number {
    if (this.upSince !== undefined && this.now() - this.upSince >= HELD_MS) this.tries = 0;
    this.upSince = undefined;
    const ms = Math.min(LAST_TRY_MS, FIRST_TRY_MS * 2 ** Math.min(this.tries++, 10));
    return ms + Math.random() * (ms / 4);
  }

  /** The one before held: this is the first try since. */
  get isFirst(): boolean {
    return this.tries === 1;
  }
}
