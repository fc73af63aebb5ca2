/**
 * What moves a detector's scores (after the summary plots of Lundberg & Lee 2017): contributions of the columns to the scores
 * of some test records of each class. Exact where a detector has exact parts, else sampled Shapley values against rows that
 * it learned from.
 */
import { MOST_ATTRIBUTED, MOST_IMPORTANT } from '../../../src-shared/domain/lab.ts';
import type { Attribution } from '../../../src-shared/contract/topics/lab.ts';
import type { RawExplanation } from '../detectors/detector.ts';
import { takeRows, type View } from '../detectors/matrix/types.ts';
import { sampledShapley } from '../detectors/shapley.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { FeatureMatrix } from '../types.ts';
import { Views, type Scaling } from './encode.ts';
import { NEIGHBOURLY, PAIRS, PAIRS_OF_NEIGHBOURS } from './lab-reasons.ts';
import type { Table } from './formats/types.ts';
import { valueAt } from './lab-table.ts';

/** Of each class, where contributions are sampled; fewer where every score means looking for neighbours. */
const SAMPLED = 25;
const SAMPLED_NEIGHBOURLY = 15;
const BACKGROUND = 64;
/** Columns of which each has its own share in sampled contributions; all beyond share one. */
const MOST_PLAYERS = 100;
const TREES: ReadonlySet<string> = new Set([
  'random-forest',
  'isolation-forest',
  'gradient-boosting',
  'contrast-forest',
  'open-forest',
]);
/** Longer words are cut. */
const MOST_LETTERS = 40;

/** What there is to explain. */
export interface Explained {
  id: string;
  view: View;
  explain?: ((row: Float32Array) => RawExplanation) | undefined;
  score(rows: Views): Float64Array;
}

export interface Attributed {
  method: Attribution['method'];
  /** Which test records, by their place among all. */
  records: number[];
  /**
   * Of each record, by column of the table, and at last what is shared by all columns that are not told apart. Sums to its
   * score less what is usual, but for rounding.
   */
  contributions: Float64Array[];
}

interface AttributorParts {
  /** Distinct test records, encoded. */
  test: FeatureMatrix;
  /** Which of them each test record is, and whether it is an attack. */
  testOf: Int32Array;
  testAttack: Uint8Array;
  /** What was learned from. */
  fit: FeatureMatrix;
  /** The table's column of each encoded one. */
  owner: Int32Array;
  scaling: Scaling;
  seed: number;
}

export class Attributor {
  private readonly parts: AttributorParts;
  private readonly background: FeatureMatrix;
  /** Records of each class, in random order. */
  private readonly drawn: readonly (readonly number[])[];

  constructor(parts: AttributorParts) {
    const { fit, testAttack, seed } = parts;
    this.parts = parts;
    const rows = sampleWithoutReplacement(fit.rows, BACKGROUND, randomSource(seed, 896));
    this.background = takeRows(fit, rows);
    this.drawn = [0, 1].map((label) => {
      const own: number[] = [];
      for (let i = 0; i < testAttack.length; i++) if (testAttack[i] === label) own.push(i);
      const chosen = sampleWithoutReplacement(own.length, MOST_ATTRIBUTED, randomSource(seed, 897 + label));
      return Array.from(chosen, (at) => own[at]!);
    });
  }

  run(detector: Explained): Attributed {
    const { id, view, explain } = detector;
    if (explain) return this.exactly(TREES.has(id) ? 'tree-shap' : 'exact-parts', view, explain);
    return this.sampled(detector, NEIGHBOURLY.has(id));
  }

  private records(each: number): number[] {
    return this.drawn.flatMap((own) => own.slice(0, each));
  }

  private rowsOf(records: readonly number[]): FeatureMatrix {
    const { test, testOf } = this.parts;
    return takeRows(
      test,
      Int32Array.from(records, (record) => testOf[record]!),
    );
  }

  /** One for each column of the table, and one more. */
  private get places(): number {
    return this.parts.owner.reduce((most, source) => Math.max(most, source + 1), 0) + 1;
  }

  private exactly(method: Attributed['method'], view: View, explain: NonNullable<Explained['explain']>): Attributed {
    const { owner, scaling } = this.parts;
    const records = this.records(MOST_ATTRIBUTED);
    const { data, features } = new Views(this.rowsOf(records), scaling).get(view);
    const contributions = records.map((_, r) => {
      const parts = explain(data.subarray(r * features.length, (r + 1) * features.length)).contributions;
      const out = new Float64Array(this.places);
      for (let j = 0; j < owner.length; j++) out[owner[j]!]! += parts[j]!;
      return out;
    });
    return { method, records, contributions };
  }

  private sampled({ score }: Explained, neighbourly: boolean): Attributed {
    const { owner, scaling, seed } = this.parts;
    const records = this.records(neighbourly ? SAMPLED_NEIGHBOURLY : SAMPLED);
    const rows = this.rowsOf(records);
    const width = rows.features.length;
    const sources = [...new Set(owner)];
    const alone = sources.length > MOST_PLAYERS ? MOST_PLAYERS - 1 : sources.length;
    const player = new Map(sources.map((source, i) => [source, Math.min(i, alone)]));
    const players = owner.map((source) => player.get(source)!);
    const pairs = neighbourly ? PAIRS_OF_NEIGHBOURS : PAIRS;
    const contributions = records.map((_, r) => {
      const { values } = sampledShapley(
        (data, count) => score(new Views({ features: rows.features, rows: count, data }, scaling)),
        rows.data.subarray(r * width, (r + 1) * width),
        this.backgroundFrom(r * pairs),
        players,
        { pairs, seed: seed + r },
      );
      const out = new Float64Array(this.places);
      for (const [i, source] of sources.slice(0, alone).entries()) out[source] = values[i]!;
      if (alone < sources.length) out[out.length - 1] = values[alone]!;
      return out;
    });
    return { method: 'sampled-shapley', records, contributions };
  }

  /** Each record is held against other rows of the background, so that on the mean all of them count. */
  private backgroundFrom(first: number): FeatureMatrix {
    const { rows } = this.background;
    return takeRows(
      this.background,
      Int32Array.from({ length: rows }, (_, i) => (first + i) % rows),
    );
  }
}

/** Finer than any picture; and all that a table's 32 bits hold. */
const DIGITS = { contribution: 5, value: 7 };
const rounded = (value: number, what: keyof typeof DIGITS): number => Number(value.toPrecision(DIGITS[what]));

function shownValue(value: number | string | null): number | string | null {
  if (typeof value === 'number') return rounded(value, 'value');
  return value !== null && value.length > MOST_LETTERS ? `${value.slice(0, MOST_LETTERS - 1)}…` : value;
}

/** For people: the columns that move the scores most. `rows`: of `table`, the test records in their order. */
export function attributionOf(
  { method, records, contributions }: Attributed,
  table: Table,
  rows: Int32Array,
  sources: readonly number[],
): Attribution {
  const meanOf = (source: number): number =>
    contributions.reduce((sum, own) => sum + Math.abs(own[source]!), 0) / Math.max(1, records.length);
  const ranked = sources.map((source) => ({ source, mean: meanOf(source) }));
  ranked.sort((a, b) => b.mean - a.mean || a.source - b.source);
  const shown = ranked.slice(0, MOST_IMPORTANT).filter(({ mean }) => mean > 0);
  const others = ranked.slice(shown.length);
  const shared = meanOf((contributions[0]?.length ?? 1) - 1);
  return {
    method,
    attack: records.map((record) => table.attack[rows[record]!]!),
    columns: shown.map(({ source, mean }) => ({
      column: table.columns[source]!.spec.name,
      mean,
      contributions: contributions.map((own) => rounded(own[source]!, 'contribution')),
      values: records.map((record) => shownValue(valueAt(table.columns[source]!, rows[record]!))),
    })),
    others: { columns: others.length, mean: others.reduce((sum, { mean }) => sum + mean, shared) },
  };
}
