/**
 * Decisions, one bit each, as bytes and back: every bit is written in as little room as it was expected (arithmetic coding; Witten, Neal
 * and Cleary 1987). What is expected says a model that learns from what went by, from four points of view that are weighed
 * against each other by how right each was (Mahoney 2005). Writer and reader learn the same from the same bits: integers and
 * sums of doubles only, so every machine gets the same numbers. Up to
 * 15 decisions that belong together lie in one line of the processor's cache: looking for them is what takes the time.
 */
import { SLOT_BITS, type Model } from './model.ts';

/** Natural logarithms of odds that are told apart. */
const STRETCH_STEPS = 4096;
const STRETCH = Float64Array.from({ length: STRETCH_STEPS }, (_, i) => {
  const p = (i + 0.5) / STRETCH_STEPS;
  // A round number of thousandths: the same wherever logarithms differ in their last digit.
  return Math.round(Math.log(p / (1 - p)) * 1000) / 1000;
});
const ODDS_MAX = 12;
const SQUASH_STEPS = 4096;
/** Of 65,536; never certain. */
const SQUASH = Uint16Array.from({ length: SQUASH_STEPS + 1 }, (_, i) => {
  const odds = ((i + 0.5) / SQUASH_STEPS) * 2 * ODDS_MAX - ODDS_MAX;
  return Math.min(65_530, Math.max(6, Math.round(65_536 / (1 + Math.exp(-odds)))));
});
const SQUASH_SCALE = SQUASH_STEPS / (2 * ODDS_MAX);
const LEARNING = 0.015;
/** Observations that a slot counts: beyond it what is new weighs as much as before. */
const COUNT_MAX = 250;
const SHARE = Float64Array.from({ length: COUNT_MAX + 1 }, (_, n) => 1 / (n + 1.6));
const SHIFT = 32 - SLOT_BITS;

/** What both sides must share of this file. */
export const CODING = { STRETCH: [...STRETCH], SQUASH: [...SQUASH], LEARNING, COUNT_MAX };

const MASK = (1 << SLOT_BITS) - 1;
/** How far decisions of a group lie apart: most groups use few of theirs. */
const APART = 4099;
export abstract class BitCoder {
  /** The four points of view on the decisions that follow: hashes. */
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** Which weights count. */
  weighed = 0;
  /** Decisions until now. */
  count = 0;
  private readonly slots: Uint32Array;
  private readonly weights: Float64Array;
  // Where the group lies, by point of view.
  private atA = 0;
  private atB = 0;
  private atC = 0;
  private atD = 0;

  constructor({ slots, weights }: Model) {
    this.slots = slots;
    this.weights = weights;
  }

  /** The decisions that follow belong together: nodes 1 to 15 of this group. */
  group(number: number): void {
    const step = Math.imul(number, 0x9e3779b1);
    this.atA = Math.imul((this.a + step) ^ 0x2545f491, 0x85ebca6b) >>> SHIFT;
    this.atB = Math.imul((this.b + step) ^ 0x1b873593, 0xc2b2ae35) >>> SHIFT;
    this.atC = Math.imul((this.c + step) ^ 0x38b34ae5, 0x27d4eb2f) >>> SHIFT;
    this.atD = Math.imul((this.d + step) ^ 0x4f6cdd1d, 0x165667b1) >>> SHIFT;
  }

  /** Writes a bit, or reads one whatever is given. `node`: which decision of the group it is. */
  bit(node: number, bit: number): number {
    const { slots, weights, weighed } = this;
    const apart = node * APART;
    const atA = (this.atA + apart) & MASK;
    const atB = (this.atB + apart) & MASK;
    const atC = (this.atC + apart) & MASK;
    const atD = (this.atD + apart) & MASK;
    const a = slots[atA]!;
    const b = slots[atB]!;
    const c = slots[atC]!;
    const d = slots[atD]!;
    const oddsA = STRETCH[a >>> 20]!;
    const oddsB = STRETCH[b >>> 20]!;
    const oddsC = STRETCH[c >>> 20]!;
    const oddsD = STRETCH[d >>> 20]!;
    let sum =
      weights[weighed]! * oddsA +
      weights[weighed + 1]! * oddsB +
      weights[weighed + 2]! * oddsC +
      weights[weighed + 3]! * oddsD;
    if (sum > ODDS_MAX) sum = ODDS_MAX;
    else if (sum < -ODDS_MAX) sum = -ODDS_MAX;
    const expected = SQUASH[((sum + ODDS_MAX) * SQUASH_SCALE) | 0]!;
    const read = this.code(expected, bit);
    const off = (read - expected / 65_536) * LEARNING;
    weights[weighed]! += off * oddsA;
    weights[weighed + 1]! += off * oddsB;
    weights[weighed + 2]! += off * oddsC;
    weights[weighed + 3]! += off * oddsD;
    const target = read === 1 ? 4_194_303 : 0;
    slots[atA] = learned(a, target);
    slots[atB] = learned(b, target);
    slots[atC] = learned(c, target);
    slots[atD] = learned(d, target);
    this.count++;
    return read;
  }

  /** @param expected how likely a 1 is, of 65,536. */
  protected abstract code(expected: number, bit: number): number;
}

function learned(slot: number, target: number): number {
  const n = slot & 1023;
  const p = slot >>> 10;
  const next = p + (((target - p) * SHARE[n]!) | 0);
  return (next << 10) | (n < COUNT_MAX ? n + 1 : n);
}
