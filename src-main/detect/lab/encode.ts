/**
 * Columns of a table to columns a model can learn from, fitted on training rows only. Numbers that span orders of magnitude
 * as log2(1 + x); of a word one column for each word that training rows had, one for words they had not, and how rare the
 * word was among them. Two views of the same columns: scaled by median and spread, and by rank (quantiles).
 */
import type { View } from '../detectors/matrix/types.ts';
import { arrayOf } from '../detectors/detector.ts';
import { fitScaler, Scaler } from '../features/scaler.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../types.ts';
import type { ColumnSpec, Table, TableColumn } from './formats/types.ts';

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

/** A plan as a model file keeps it. */
export type SavedPlan =
  NumberPlan | { kind: 'word'; source: number; own: string[]; rarity: [string, number][]; rarest: number };

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

  private constructor(plans: readonly Plan[], specs: readonly ColumnSpec[]) {
    this.plans = plans;
    const columns: string[] = [];
    const owner: number[] = [];
    for (const plan of plans) {
      for (const name of namesOf(plan, specs[plan.source]!.name)) {
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
    return new Encoder(
      plans,
      table.columns.map(({ spec }) => spec),
    );
  }

  /** Columns of the table that are learned from. */
  get sources(): readonly number[] {
    return this.plans.map(({ source }) => source);
  }

  save(): SavedPlan[] {
    return this.plans.map((plan) =>
      plan.kind === 'number' ? plan : { ...plan, own: [...plan.own.keys()], rarity: [...plan.rarity] },
    );
  }

  /** @throws RangeError when a plan is for a column that is not there. */
  static restore(saved: readonly SavedPlan[], specs: readonly ColumnSpec[]): Encoder {
    const plans = saved.map((plan): Plan => {
      const wanted = plan.kind === 'number' ? 'numeric' : 'categorical';
      if (specs[plan.source]?.kind !== wanted) throw new RangeError('its columns do not fit their encoding');
      if (plan.kind === 'number') return plan;
      const own = new Map(plan.own.map((word, i) => [word, i]));
      if (own.size !== plan.own.length || own.size > MOST_WORD_COLUMNS)
        throw new RangeError('its words are not distinct');
      return { ...plan, own, rarity: new Map(plan.rarity) };
    });
    return new Encoder(plans, specs);
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
  /** By column, ascending. */
  readonly knots: readonly Float64Array[];

  constructor(knots: readonly Float64Array[]) {
    this.knots = knots;
  }

  static fit({ data, rows, features }: FeatureMatrix): QuantileScaler {
    const width = features.length;
    const knots = features.map((_, j) => {
      const sorted = new Float32Array(rows);
      for (let r = 0; r < rows; r++) sorted[r] = data[r * width + j]!;
      sorted.sort();
      const count = Math.min(QUANTILES, rows);
      return Float64Array.from({ length: count }, (_, q) =>
        count === 1 ? sorted[0]! : sorted[Math.round((q * (rows - 1)) / (count - 1))]!,
      );
    });
    return new QuantileScaler(knots);
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

/** Scalings fitted on training rows: both, or those that are wanted. */
export class Scaling {
  private readonly robust: Scaler | undefined;
  private readonly quantile: QuantileScaler | undefined;

  constructor(robust: Scaler | undefined, quantile: QuantileScaler | undefined) {
    this.robust = robust;
    this.quantile = quantile;
  }

  static fit(training: FeatureMatrix, views: readonly View[] = ['scaled', 'quantile']): Scaling {
    return new Scaling(
      views.includes('scaled') ? fitScaler(training) : undefined,
      views.includes('quantile') ? QuantileScaler.fit(training) : undefined,
    );
  }

  save(): DetectorSnapshot {
    const snapshot: DetectorSnapshot = { id: 'scaling', version: 1, head: {}, arrays: {} };
    if (this.robust) Object.assign(snapshot.arrays, { centre: this.robust.centre, spread: this.robust.spread });
    if (!this.quantile) return snapshot;
    const lengths = this.quantile.knots.map((knots) => knots.length);
    const knots = new Float64Array(lengths.reduce((a, b) => a + b, 0));
    let at = 0;
    for (const own of this.quantile.knots) {
      knots.set(own, at);
      at += own.length;
    }
    Object.assign(snapshot.arrays, { lengths: Int32Array.from(lengths), knots });
    return snapshot;
  }

  /** @throws RangeError when it does not fit the columns. */
  static restore(snapshot: DetectorSnapshot, columns: readonly string[]): Scaling {
    const width = columns.length;
    const { centre, lengths } = snapshot.arrays;
    const robust = centre && [
      arrayOf(snapshot, 'centre', Float64Array, width),
      arrayOf(snapshot, 'spread', Float64Array, width),
    ];
    return new Scaling(
      robust && new Scaler(columns, robust[0]!, robust[1]!),
      lengths && new QuantileScaler(restoreKnots(snapshot, width)),
    );
  }

  /** @throws RangeError for a view that nobody wanted when it was fitted. */
  apply(matrix: FeatureMatrix, view: View): FeatureMatrix {
    switch (view) {
      case 'plain':
        return matrix;
      case 'quantile':
        if (!this.quantile) throw new RangeError('no ranks were fitted');
        return this.quantile.apply(matrix);
      case 'scaled': {
        if (!this.robust) throw new RangeError('no scaling was fitted');
        const data = Float32Array.from(matrix.data);
        this.robust.apply(data, matrix.rows);
        return { features: matrix.features, rows: matrix.rows, data };
      }
    }
  }
}

function restoreKnots(snapshot: DetectorSnapshot, width: number): Float64Array[] {
  const lengths = arrayOf(snapshot, 'lengths', Int32Array, width);
  const all = arrayOf(snapshot, 'knots', Float64Array);
  let at = 0;
  return Array.from(lengths, (length) => {
    if (!(length >= 1) || at + length > all.length) throw new RangeError('its ranks are cut off');
    at += length;
    return all.subarray(at - length, at);
  });
}
