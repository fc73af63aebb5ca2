/** When packets reached the program, by their own time: for the delay of an alert where packets carry an older clock. */

/** Stretches of packet time that are remembered: over a minute at ten a second. */
const KEPT = 1024;

export class Arrivals {
  private readonly upTo = new Float64Array(KEPT);
  private readonly at = new Float64Array(KEPT);
  private next = 0;

  /** All packets up to this packet time, seconds, had arrived at `now`, ms. */
  note(seconds: number, now: number): void {
    const i = this.next++ % KEPT;
    this.upTo[i] = seconds;
    this.at[i] = now;
  }

  /** When the packet of this time arrived, ms; NaN when it was too long ago. */
  of(seconds: number): number {
    let arrived = NaN;
    for (let n = this.next - 1; n >= Math.max(0, this.next - KEPT); n--) {
      const i = n % KEPT;
      if (this.upTo[i]! < seconds) return arrived;
      arrived = this.at[i]!;
    }
    return this.next > KEPT ? NaN : arrived;
  }
}
