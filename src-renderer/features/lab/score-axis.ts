/** An axis on which both the middle of the scores and their far tail can be seen, and the bars on it. */
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';

type Scores = ResultDetails['scores'];

export interface ScoreAxis {
  from: number;
  to: number;
  /** Place of a score. */
  place(score: number): number;
  /** Score at a place. */
  score(place: number): number;
}

/** A range this many times as wide as its middle half is drawn by orders of magnitude (asinh: also below zero). */
const TAILED = 12;

export function scoreAxis({ edges, most }: Scores): ScoreAxis {
  const least = edges[0]!;
  const at = (share: number): number => edges[Math.floor(share * (edges.length - 1))]!;
  const [low, middle, high] = [at(0.25), at(0.5), at(0.75)];
  const half = (high - low) / 2;
  const plain = half <= 0 || most - least <= TAILED * half;
  const place = plain ? (x: number): number => x : (x: number): number => Math.asinh((x - middle) / half);
  const score = plain ? (x: number): number => x : (x: number): number => middle + half * Math.sinh(x);
  const [from, to] = [place(least), place(most)];
  return to > from ? { from, to, place, score } : { from: from - 0.5, to: from + 0.5, place, score };
}

/** Where the line of a threshold stands; beyond the last bin: at the end. */
export function placeOf({ edges }: Scores, axis: ScoreAxis, cut: number): number {
  return cut < edges.length ? axis.place(edges[cut]!) : axis.to;
}

/** The threshold nearest to a place. */
export function nearestCut(scores: Scores, axis: ScoreAxis, place: number): number {
  let best = 0;
  for (let cut = 1; cut <= scores.edges.length; cut++) {
    if (Math.abs(placeOf(scores, axis, cut) - place) <= Math.abs(placeOf(scores, axis, best) - place)) best = cut;
  }
  return best;
}

export interface ScoreBar {
  at: number;
  /** Scores. */
  from: number;
  to: number;
  /** Square root of the share of ordinary records: a bar with most of a class must not flatten the rest. */
  up: number;
  /** Of attacks, negative. */
  down: number;
}

const BARS = 80;

/** The bins of the report have unequal widths: spread evenly over bars of one width. */
export function scoreBars(scores: Scores, axis: ScoreAxis): ScoreBar[] {
  const { edges } = scores;
  const width = (axis.to - axis.from) / BARS;
  const [up, down] = [new Float64Array(BARS), new Float64Array(BARS)];
  const shares = [scores.normal, scores.attack].map((counts) => {
    const total = Math.max(
      1,
      counts.reduce((a, b) => a + b, 0),
    );
    return counts.map((count) => count / total);
  });
  for (const [i, edge] of edges.entries()) {
    const from = (axis.place(edge) - axis.from) / width;
    const to = i + 1 < edges.length ? (axis.place(edges[i + 1]!) - axis.from) / width : BARS;
    spread(up, from, to, shares[0]![i]!);
    spread(down, from, to, shares[1]![i]!);
  }
  return Array.from({ length: BARS }, (_, i) => ({
    at: axis.from + (i + 0.5) * width,
    from: axis.score(axis.from + i * width),
    to: axis.score(axis.from + (i + 1) * width),
    up: Math.sqrt(up[i]!),
    down: -Math.sqrt(down[i]!),
  }));
}

/** A share between two places, counted in bars. */
function spread(into: Float64Array, from: number, to: number, share: number): void {
  const last = into.length - 1;
  if (to - from < 1e-9) {
    into[Math.min(last, Math.max(0, Math.floor(from)))]! += share;
    return;
  }
  for (let bar = Math.floor(from); bar < to && bar <= last; bar++) {
    const part = Math.min(to, bar + 1) - Math.max(from, bar);
    if (bar >= 0) into[bar]! += (share * part) / (to - from);
  }
}
