/**
 * Raw scores to tail probabilities, from rows held back from fitting (conformal p-values: Vovk, Gammerman & Shafer 2005;
 * Bates et al. 2023): p = (1 + rows at least as unusual) / (1 + rows). Told as surprise, −log10 p: 3 means one ordinary
 * row in a thousand is as unusual, for every detector alike.
 */
import { quantile } from '../features/summary.ts';

/** Largest calibration scores that are kept one by one; the rest is thinned. */
const EXACT_TAIL = 256;
const BODY_KNOTS = 512;
/** Equal steps of the index into the knots; also the most knots there can be. */
const STEPS = 2048;

/** 'surprise': the raw score is a mean of surprises, so its excess is one already. */
export type Tail = 'pareto' | 'surprise';

export class TailCalibration {
  /** Raw scores, strictly ascending, and the surprise at each. */
  readonly knots: Float64Array;
  readonly surprise: Float64Array;
  /** By how much raw scores exceed the highest that was seen, as a unit for extrapolation. */
  readonly tailScale: number;
  readonly tail: Tail;
  /** Knot below each of equal steps between the least and the greatest: where the search begins. */
  private readonly steps: Uint16Array;
  private readonly perStep: number;

  /** @throws RangeError when the arrays do not fit each other. */
  constructor(knots: Float64Array, surprise: Float64Array, tailScale: number, tail: Tail = 'pareto') {
    if (knots.length === 0 || knots.length !== surprise.length || knots.length > STEPS) {
      throw new RangeError('a calibration has as many scores as surprises, at least one');
    }
    this.knots = knots;
    this.surprise = surprise;
    this.tailScale = tailScale;
    this.tail = tail;
    this.steps = new Uint16Array(STEPS + 1);
    const top = knots[knots.length - 1]!;
    const perStep = STEPS / (top - knots[0]!);
    this.perStep = Number.isFinite(perStep) ? perStep : 0;
    let k = 0;
    for (let step = 0; step <= STEPS; step++) {
      while (k + 1 < knots.length && (knots[k + 1]! - knots[0]!) * this.perStep < step) k++;
      this.steps[step] = k;
    }
  }

  /**
   * Surprise of a raw score: 0 at or below the least ordinary one, linear between knots. Beyond the greatest row seen it is
   * an extrapolation: a Pareto tail rises with the logarithm of the excess, the tail of an ensemble by the excess itself.
   */
  at(raw: number): number {
    const { knots, surprise } = this;
    let high = knots.length - 1;
    if (!(raw > knots[0]!)) return 0;
    const top = knots[high]!;
    if (raw >= top) {
      const excess = this.tail === 'pareto' ? Math.log10(1 + (raw - top) / this.tailScale) : raw - top;
      return surprise[high]! + excess;
    }
    const step = Math.floor((raw - knots[0]!) * this.perStep);
    let low = this.steps[step]!;
    high = Math.min(high, this.steps[Math.min(STEPS, step + 1)]! + 2);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (knots[middle]! <= raw) low = middle;
      else high = middle;
    }
    const a = knots[low]!;
    return surprise[low]! + ((surprise[high]! - surprise[low]!) * (raw - a)) / (knots[high]! - a);
  }
}

/** Score shown to people: the share of ordinary rows that is less unusual. */
export function scoreOf(surprise: number): number {
  return surprise <= 0 ? 0 : 1 - Math.exp(-Math.LN10 * surprise);
}

/** @throws RangeError when there are no scores. */
export function calibrate(raw: ArrayLike<number>, tail: Tail = 'pareto'): TailCalibration {
  const rows = raw.length;
  if (rows === 0) throw new RangeError('no rows to calibrate on');
  const sorted = Float64Array.from(raw).sort();
  const knots: number[] = [];
  const surprise: number[] = [];
  const body = Math.max(0, rows - EXACT_TAIL);
  const step = Math.max(1, body / BODY_KNOTS);
  const consider = (rank: number): void => {
    const value = sorted[rank]!;
    if (knots.length > 0 && value <= knots[knots.length - 1]!) return;
    knots.push(value);
    surprise.push(-Math.log10((1 + rows - firstAtLeast(sorted, value)) / (rows + 1)));
  };
  for (let at = 0; at < body; at += step) consider(Math.floor(at));
  for (let rank = body; rank < rows; rank++) consider(rank);
  return new TailCalibration(Float64Array.from(knots), Float64Array.from(surprise), tailScaleOf(sorted), tail);
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the upper twentieth spans; a sample without spread counts any excess in units of its own size. */
function tailScaleOf(sorted: Float64Array): number {
  const top = sorted[sorted.length - 1]!;
  const span = top - quantile(sorted, 0.95);
  return Math.max(span, Math.abs(top) * (span > 0 ? 1e-6 : 0.1), 1e-9);
}
