/** Two models, judged by the same records, of which the newer has not learned from: which of them is the better. */
import type { ContestResult, Contestant } from '../../../src-shared/contract/topics/models.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { Table } from './formats/types.ts';
import { learnedFrom, type LabModel } from './lab-model.ts';
import { aligned, takeWholeRows } from './lab-table.ts';
import * as metrics from './metrics.ts';
import { allRows, duplicatesAcross } from './split.ts';

/** Share of the records that judge, and how many at most. */
const JUDGES = 0.2;
const MOST_JUDGES = 50_000;
/** Smaller differences matter to nobody: ROC-AUC, and share of ordinary records that are alarms. */
const SEPARATION_NOISE = 0.005;
const ALARMS_NOISE = 0.005;

export interface ContestData {
  learn: Table;
  judge: Table;
  /** Records that judge nothing, because their like is among those to learn from. */
  duplicates: number;
}

/** Records to learn from and records to judge by, drawn by `seed`; none of these is like one of those. */
export function divideForContest(table: Table, seed: number): ContestData {
  const count = Math.min(MOST_JUDGES, Math.floor(table.rows * JUDGES));
  const drawn = sampleWithoutReplacement(table.rows, count, randomSource(seed, 821)).sort();
  const judges = new Set(drawn);
  const learn = allRows(table.rows).filter((row) => !judges.has(row));
  const known = duplicatesAcross(table, learn, table, drawn);
  const own = drawn.filter((_, i) => known[i] === 0);
  return {
    learn: takeWholeRows(table, learn),
    judge: takeWholeRows(table, own),
    duplicates: drawn.length - own.length,
  };
}

function figuresOf(model: LabModel, judge: Table): Contestant {
  const { columns, threshold } = model.description;
  const raw = model.raw(model.encode(aligned(judge, columns)));
  const { tp, fn, fp, tn, recall, fpr } = metrics.confusionAt(raw, judge.attack, threshold.raw);
  return {
    rocAuc: tp + fn > 0 && fp + tn > 0 ? metrics.rocAuc(metrics.stepsOf(raw, judge.attack)) : null,
    recall: tp + fn > 0 ? recall : null,
    fpr,
    targetFpr: threshold.targetFpr,
  };
}

/** Twice the standard error of a share of so many: what chance alone does. */
const chance = (share: number, of: number): number => 2 * Math.sqrt((share * (1 - share)) / Math.max(1, of));

const SEEN =
  'the older model has learned from a file that is among these, and knows records that judge: the figures would flatter it. ' +
  'Learn from records that it has not seen to have them compared';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** By how well they tell attacks from the ordinary; where that is alike, by false alarms. */
export function verdictOf(
  next: Contestant,
  before: Contestant,
  { normal, attack }: { normal: number; attack: number },
): Pick<ContestResult, 'better' | 'why'> {
  const [a, b] = [next.rocAuc ?? 0, before.rocAuc ?? 0];
  const separation = Math.max(SEPARATION_NOISE, chance((a + b) / 2, Math.min(normal, attack)));
  const alarms = Math.max(ALARMS_NOISE, chance((next.fpr + before.fpr) / 2, normal));
  const fewer = (one: Contestant, other: Contestant): string =>
    `${percent(one.fpr)} of ordinary records are alarms of it, ${percent(other.fpr)} of the other`;
  if (Math.abs(a - b) > separation) {
    const [one, other] = a > b ? [next, before] : [before, next];
    const told = `it tells attacks from ordinary records better, by ROC-AUC ${one.rocAuc?.toFixed(3)} against ${other.rocAuc?.toFixed(3)}`;
    const costs = one.fpr - other.fpr > alarms ? `, although ${fewer(one, other)}` : '';
    return { better: a > b ? 'next' : 'before', why: told + costs };
  }
  const alike =
    next.rocAuc === null
      ? 'there was no attack to judge by'
      : 'both tell attacks from ordinary records equally well, but for chance';
  if (Math.abs(next.fpr - before.fpr) > alarms) {
    const newer = next.fpr < before.fpr;
    return { better: newer ? 'next' : 'before', why: `${alike}; ${newer ? fewer(next, before) : fewer(before, next)}` };
  }
  return { better: 'alike', why: `${alike}, and neither has fewer false alarms` };
}

/** `before` is brought the columns it learned by; what it needs must be among those of `judge`. */
export function contest(next: LabModel, before: LabModel, { judge, duplicates }: ContestData): ContestResult {
  const attack = judge.attack.reduce((sum, one) => sum + one, 0);
  const sides = { next: figuresOf(next, judge), before: figuresOf(before, judge) };
  const counts = { normal: judge.rows - attack, attack };
  const verdict = learnedFrom(before.description, judge)
    ? ({ better: 'unjudged', why: SEEN } as const)
    : verdictOf(sides.next, sides.before, counts);
  return { ...verdict, ...counts, duplicates, ...sides };
}
