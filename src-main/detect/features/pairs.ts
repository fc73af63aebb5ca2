/** Flows that recur between the same two hosts to the same service: how many, how far apart, how regularly. */

const HALF_LIFE_S = 600;
/** Gaps shorter than this say nothing about a rhythm. */
const LEAST_GAP_S = 0.001;

/** What the pair's newest flow adds; one object, overwritten by each call. */
export interface Recurrence {
  flows: number;
  gap: number;
  regularity: number;
}

function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Direct-mapped by the hash of the pair; a newer pair takes the slot of an older one. */
export class PairHistory {
  readonly found: Recurrence = { flows: 0, gap: 0, regularity: 0 };
  private readonly mask: number;
  private readonly tags: Uint32Array;
  private readonly last: Float64Array;
  private readonly gaps: Float64Array;
  private readonly counts: Float64Array;

  constructor(slots = 1 << 17) {
    this.mask = slots - 1;
    this.tags = new Uint32Array(slots);
    this.last = new Float64Array(slots);
    this.gaps = new Float64Array(slots);
    this.counts = new Float64Array(slots);
  }

  /** Notes a flow at `seconds` and fills `found` with what is known of the pair, this flow counted. */
  note(source: number, target: number, service: number, seconds: number): void {
    const tag = mix(mix(source, target), service);
    const slot = mix(tag, 0x51ed270b) & this.mask;
    if (this.tags[slot] !== tag || this.counts[slot] === 0) this.begin(slot, tag, seconds);
    else this.recur(slot, seconds);
  }

  private begin(slot: number, tag: number, seconds: number): void {
    this.tags[slot] = tag;
    this.last[slot] = seconds;
    this.gaps[slot] = 0;
    this.counts[slot] = 1;
    this.found.flows = 1;
    this.found.gap = 0;
    this.found.regularity = 0;
  }

  private recur(slot: number, seconds: number): void {
    const gap = Math.max(0, seconds - this.last[slot]!);
    const before = this.gaps[slot]!;
    const count = this.counts[slot]! * 2 ** (-gap / HALF_LIFE_S) + 1;
    this.counts[slot] = count;
    this.gaps[slot] = gap;
    this.last[slot] = Math.max(seconds, this.last[slot]!);
    this.found.flows = count;
    this.found.gap = gap;
    this.found.regularity =
      gap < LEAST_GAP_S || before < LEAST_GAP_S ? 0 : Math.min(gap, before) / Math.max(gap, before);
  }
}

/** Flows of one source to one service, over the current and previous half minute; direct-mapped like the pairs. */
export class ServiceCounts {
  private readonly mask: number;
  private readonly tags: Uint32Array;
  private readonly epochs: Float64Array;
  private readonly now: Float64Array;
  private readonly past: Float64Array;
  private readonly half: number;

  constructor(half: number, slots = 1 << 16) {
    this.half = half;
    this.mask = slots - 1;
    this.tags = new Uint32Array(slots);
    this.epochs = new Float64Array(slots).fill(-1);
    this.now = new Float64Array(slots);
    this.past = new Float64Array(slots);
  }

  /** Notes a flow and returns how many there were lately, this one counted. */
  note(source: number, service: number, seconds: number): number {
    const tag = mix(source, service);
    const slot = mix(tag, 0x2c1b3c6d) & this.mask;
    const epoch = Math.floor(seconds / this.half);
    if (this.tags[slot] !== tag || this.epochs[slot] === -1) {
      this.tags[slot] = tag;
      this.epochs[slot] = epoch;
      this.now[slot] = 0;
      this.past[slot] = 0;
    } else if (epoch > this.epochs[slot]!) {
      this.past[slot] = epoch === this.epochs[slot]! + 1 ? this.now[slot]! : 0;
      this.now[slot] = 0;
      this.epochs[slot] = epoch;
    }
    this.now[slot]!++;
    return this.now[slot]! + this.past[slot]!;
  }
}
