/** Sleep, seen from within: the clock on the wall goes on while the one that counts running time stands. */

/** Seconds by which they may differ without a word. */
const LEAST = 3;

export class ClockGap {
  private wall = NaN;
  private running = NaN;

  /** Both in ms. Seconds by which the wall's clock went ahead of (or, negative, back from) the other; null for none. */
  note(wall: number, running: number): number | null {
    const gap = (wall - this.wall - (running - this.running)) / 1000;
    this.wall = wall;
    this.running = running;
    return Math.abs(gap) >= LEAST ? Math.round(gap) : null;
  }
}
