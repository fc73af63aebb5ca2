/**
 * Columns of a table to columns a model can learn from, fitted on training rows only. Numbers that span orders of magnitude
 * as log2(1 + x); of a word one column for each word that training rows had, one for words they had not, and how rare the
 * word was among them. Two views of the same columns: scaled by median and spread, and by rank (quantiles).
 */
import type { View } from '../detectors/matrix/types.ts';
import { fitScaler, type Scaler } from '../features/scaler.ts';
import type { FeatureMatrix } from '../types.ts';
import type { Table, TableColumn } from './formats/types.ts';

/** Greater than this, and the logarithm says more than the number. */
const WIDE = 50;
/** Words that get a column of their own; of columns with more, only the rarity is told. */
const MOST_WORD_COLUMNS = 128;
const QUANTILES = 1000;

interface NumberPlan {
  kind: 'number';
  source: number;
  log: boolean;
  optional: boolean;
}

interface WordPlan {
  kind: 'word';
  source: number;
  /** Column of each word of training, none when there are too many. */
  own: ReadonlyMap<string, number>;
  rarity: ReadonlyMap<string, number>;
  rarest: number;
}

type Plan = NumberPlan | WordPlan;

export interface EncodingOptions {
  keepShortcuts: boolean;
}

function numberPlan(column: TableColumn, source: number, rows: Int32Array): NumberPlan {
  let least = Infinity;
  let most = -Infinity;
  for (const row of rows) {
    const x = column.numbers[row]!;
    if (x < least) least = x;
    if (x > most) most = x;
  }
  return { kind: 'number', source, log: least >= 0 && most > WIDE, optional: column.spec.optional === true };
}

function wordPlan(column: TableColumn, source: number, rows: Int32Array): WordPlan {
  const counts = new Float64Array(column.words.length);
  for (const row of rows) counts[column.codes[row]!]!++;
  const seen = column.words.map((word, code) => ({ word, count: counts[code]! })).filter(({ count }) => count > 0);
  const few = seen.length <= MOST_WORD_COLUMNS;
  seen.sort((a, b) => (a.word < b.word ? -1 : 1));
  // Laplace's rule: a word never seen counts as seen half a time.
  const rarityOf = (count: number): number => -Math.log2((count + 0.5) / (rows.length + 1));
  return {
    kind: 'word',
    source,
    own: new Map(few ? seen.map(({ word }, i) => [word, i]) : []),
    rarity: new Map(seen.map(({ word, count }) => [word, rarityOf(count)])),
    rarest: rarityOf(0),
  };
}

function namesOf(plan: Plan, name: string): string[] {
  if (plan.kind === 'number') {
    const value = plan.log ? `log2(1+${name})` : name;
    return plan.optional ? [value, `${name}=(unset)`] : [value];
  }
  const own = [...plan.own.keys()].map((word) => `${name}=${word}`);
  return own.length > 0 ? [...own, `${name}=(unseen)`, `${name} rarity`] : [`${name} rarity`];
}

export class Encoder {
  readonly columns: readonly string[];
  /** Column of the table that each encoded one comes from. */
  readonly owner: Int32Array;
  private readonly plans: readonly Plan[];

  private constructor(plans: readonly Plan[], table: Table) {
    this.plans = plans;
    const columns: string[] = [];
    const owner: number[] = [];
    for (const plan of plans) {
      for (const name of namesOf(plan, table.columns[plan.source]!.spec.name)) {
        columns.push(name);
        owner.push(plan.source);
      }
    }
    this.columns = columns;
    this.owner = Int32Array.from(owner);
  }

  static fit(table: Table, rows: Int32Array, { keepShortcuts }: EncodingOptions): Encoder {
    const plans: Plan[] = [];
    for (const [source, column] of table.columns.entries()) {
      const { role, kind } = column.spec;
      if (role === 'id' || (role === 'shortcut' && !keepShortcuts)) continue;
      plans.push(kind === 'numeric' ? numberPlan(column, source, rows) : wordPlan(column, source, rows));
    }
    return new Encoder(plans, table);
  }

  /** The given rows of a table of the same format: rows × columns. */
  encode(table: Table, rows: Int32Array): FeatureMatrix {
    const width = this.columns.length;
    const data = new Float32Array(rows.length * width);
    let at = 0;
    for (const plan of this.plans) {
      const column = table.columns[plan.source]!;
      if (plan.kind === 'number') at = fillNumbers(plan, column, rows, data, width, at);
      else at = fillWords(plan, column, rows, data, width, at);
    }
    return { features: this.columns, rows: rows.length, data };
  }
}

function fillNumbers(
  { log, optional }: NumberPlan,
  column: TableColumn,
  rows: Int32Array,
  data: Float32Array,
  width: number,
  at: number,
): number {
  for (let r = 0; r < rows.length; r++) {
    const x = column.numbers[rows[r]!]!;
    const unset = Number.isNaN(x);
    data[r * width + at] = unset ? 0 : log ? Math.log2(1 + Math.max(0, x)) : x;
    if (optional) data[r * width + at + 1] = unset ? 1 : 0;
  }
  return at + (optional ? 2 : 1);
}

function fillWords(
  { own, rarity, rarest }: WordPlan,
  column: TableColumn,
  rows: Int32Array,
  data: Float32Array,
  width: number,
  at: number,
): number {
  const ownColumns = own.size;
  // By code of this table, so that words are looked up once each.
  const target = column.words.map((word) => own.get(word) ?? ownColumns);
  const rarityOf = column.words.map((word) => rarity.get(word) ?? rarest);
  const rarityAt = at + (ownColumns > 0 ? ownColumns + 1 : 0);
  for (let r = 0; r < rows.length; r++) {
    const code = column.codes[rows[r]!]!;
    if (ownColumns > 0) data[r * width + at + target[code]!] = 1;
    data[r * width + rarityAt] = rarityOf[code]!;
  }
  return rarityAt + 1;
}

/**
 * Ranks among the training rows, 0…1: the mean share of training values below and at or below; the least value is 0, the
 * greatest and beyond 1, so that what is rare stands apart from what is common however many rows are equal.
 */
export class QuantileScaler {
  private readonly knots: readonly Float64Array[];

  constructor({ data, rows, features }: FeatureMatrix) {
    const width = features.length;
    this.knots = features.map((_, j) => {
      const sorted = new Float32Array(rows);
      for (let r = 0; r < rows; r++) sorted[r] = data[r * width + j]!;
      sorted.sort();
      const count = Math.min(QUANTILES, rows);
      return Float64Array.from({ length: count }, (_, q) =>
        count === 1 ? sorted[0]! : sorted[Math.round((q * (rows - 1)) / (count - 1))]!,
      );
    });
  }

  apply({ features, rows, data }: FeatureMatrix): FeatureMatrix {
    const width = features.length;
    const out = new Float32Array(rows * width);
    for (let j = 0; j < width; j++) {
      const knots = this.knots[j]!;
      for (let r = 0; r < rows; r++) out[r * width + j] = rank(knots, data[r * width + j]!);
    }
    return { features, rows, data: out };
  }
}

function rank(knots: Float64Array, x: number): number {
  const last = knots.length - 1;
  if (x <= knots[0]!) return 0;
  if (x >= knots[last]!) return 1;
  const below = bound(knots, x, false);
  const upTo = bound(knots, x, true);
  if (upTo > below) return (below + upTo - 1) / 2 / last;
  const a = knots[below - 1]!;
  return (below - 1 + (x - a) / (knots[below]! - a)) / last;
}

/** Number of knots below `x`, or at most `x`. */
function bound(knots: Float64Array, x: number, inclusive: boolean): number {
  let low = 0;
  let high = knots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const v = knots[middle]!;
    if (v < x || (inclusive && v === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same rows in each view; those nobody asked for are not made. */
export class Views {
  private readonly plain: FeatureMatrix;
  private readonly scaling: Scaling;
  private readonly made = new Map<View, FeatureMatrix>();

  constructor(plain: FeatureMatrix, scaling: Scaling) {
    this.plain = plain;
    this.scaling = scaling;
  }

  get rows(): number {
    return this.plain.rows;
  }

  get(view: View): FeatureMatrix {
    let found = this.made.get(view);
    if (!found) {
      found = this.scaling.apply(this.plain, view);
      this.made.set(view, found);
    }
    return found;
  }
}

/** Both scalings, fitted on training rows. */
export class Scaling {
  private readonly robust: Scaler;
  private readonly quantile: QuantileScaler;

  constructor(training: FeatureMatrix) {
    this.robust = fitScaler(training);
    this.quantile = new QuantileScaler(training);
  }

  apply(matrix: FeatureMatrix, view: View): FeatureMatrix {
    switch (view) {
      case 'plain':
        return matrix;
      case 'quantile':
        return this.quantile.apply(matrix);
      case 'scaled': {
        const data = Float32Array.from(matrix.data);
        this.robust.apply(data, matrix.rows);
        return { features: matrix.features, rows: matrix.rows, data };
      }
    }
  }
}
