/**
 * The preset's weighted criteria over the scores of forest and autoencoder and over the last packets. Where the published
 * description leaves a choice open, the reading taken here is said beside it.
 */

/** Of the last so many packets. */
export const WINDOW = 100;
/** Intervals under a millisecond among them, beyond which there are many: the description says "a set number". */
export const MANY_SHORT = 90;
const SHORT_SECONDS = 1e-3;
const MANY_PORTS = 15;
const FAR_INTERVAL = 3;
/** Packets before a protocol can be new. */
const KNOWN_AFTER = 30;
/** So far beyond its threshold is far beyond. */
const FAR = 1.2;

export const WEIGHTS = { farBeyond: 2, shortIntervals: 2, beyond: 1.5, manyPorts: 1.5, farInterval: 1, newProtocol: 1 };

/** Everything a packet can be given: both scores far beyond, and each of the four others. */
export const MOST_WEIGHT =
  2 * WEIGHTS.farBeyond + WEIGHTS.shortIntervals + WEIGHTS.manyPorts + WEIGHTS.farInterval + WEIGHTS.newProtocol;

const PROTOCOLS = 512;
const PORTS = 65536;

/** Beyond 1.2 × its threshold a score counts as far beyond instead of beyond, not both. */
function weightOf(score: number, threshold: number): number {
  if (score > FAR * threshold) return WEIGHTS.farBeyond;
  return score > threshold ? WEIGHTS.beyond : 0;
}

/** What the criteria say of a sequence of packets; holds the last hundred of them. */
export class Criteria {
  private readonly intervals = new Float64Array(WINDOW);
  /** Destination port of a packet with a SYN, −1 of any other. */
  private readonly synPorts = new Int32Array(WINDOW).fill(-1);
  private readonly portCounts = new Uint16Array(PORTS);
  private readonly protocols = new Uint8Array(PROTOCOLS);
  private ports = 0;
  private short = 0;
  private seen = 0;

  /**
   * Weight of the next packet. `interval`: seconds since the packet before; `synPort`: its destination port where it has a
   * SYN, else −1; scores and thresholds of forest and autoencoder in the same units.
   */
  next(
    interval: number,
    synPort: number,
    protocol: number,
    forest: number,
    forestThreshold: number,
    error: number,
    errorThreshold: number,
  ): number {
    let weight = weightOf(forest, forestThreshold) + weightOf(error, errorThreshold);
    if (this.isFar(interval)) weight += WEIGHTS.farInterval;
    const known = protocol & (PROTOCOLS - 1);
    if (!this.protocols[known] && this.seen >= KNOWN_AFTER) weight += WEIGHTS.newProtocol;
    this.protocols[known] = 1;
    this.take(interval, synPort);
    if (this.short > MANY_SHORT) weight += WEIGHTS.shortIntervals;
    if (this.ports > MANY_PORTS) weight += WEIGHTS.manyPorts;
    return weight;
  }

  /** Against mean and standard deviation of the last hundred intervals, once there are as many. */
  private isFar(interval: number): boolean {
    if (this.seen < WINDOW) return false;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < WINDOW; i++) {
      const x = this.intervals[i]!;
      sum += x;
      squares += x * x;
    }
    const mean = sum / WINDOW;
    const deviation = Math.sqrt(Math.max(0, squares / WINDOW - mean * mean));
    return Math.abs(interval - mean) > FAR_INTERVAL * deviation && deviation > 0;
  }

  private take(interval: number, synPort: number): void {
    const at = this.seen % WINDOW;
    if (this.seen >= WINDOW) {
      if (this.intervals[at]! < SHORT_SECONDS) this.short--;
      const old = this.synPorts[at]!;
      if (old >= 0 && --this.portCounts[old]! === 0) this.ports--;
    }
    this.intervals[at] = interval;
    this.synPorts[at] = synPort;
    if (interval < SHORT_SECONDS) this.short++;
    if (synPort >= 0 && this.portCounts[synPort]!++ === 0) this.ports++;
    this.seen++;
  }
}
