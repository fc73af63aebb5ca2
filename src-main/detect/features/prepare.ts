/**
 * Features to columns a model can learn from: logarithms of what spans orders of magnitude, one column for each word of
 * a vocabulary. Depends on the definitions only; nothing is fitted here.
 */
import type { FeatureDefinition } from '../../../src-shared/features/types.ts';
import type { FeatureMatrix } from '../types.ts';
import { MissingFeatureError } from './errors.ts';

const LINEAR = 0;
const LOG = 1;
const SIGNED_LOG = 2;
const CATEGORY = 3;

const TABLE_BITS = 12;
const TABLE = new Float64Array((1 << TABLE_BITS) + 1);
for (let i = 0; i < TABLE.length; i++) TABLE[i] = Math.log2(1 + i / (1 << TABLE_BITS));
const REST_BITS = 23 - TABLE_BITS;
const REST_MASK = (1 << REST_BITS) - 1;
const REST_UNIT = 1 / (1 << REST_BITS);
const VIEW = new Float32Array(1);
const WORD = new Uint32Array(VIEW.buffer);

/**
 * log2(1 + x) of x ≥ 0 to 1e-7 of the sum in 32 bits, by linear interpolation in a table of 4,096 steps per octave: six
 * times faster than Math.log, and the same on every machine.
 */
export function fastLog2p1(x: number): number {
  VIEW[0] = 1 + x;
  const bits = WORD[0]!;
  const step = (bits >>> REST_BITS) & ((1 << TABLE_BITS) - 1);
  const low = TABLE[step]!;
  return (bits >>> 23) - 127 + low + (TABLE[step + 1]! - low) * ((bits & REST_MASK) * REST_UNIT);
}

/** Prepared columns of a list of features. */
export class Preparation {
  readonly definitions: readonly FeatureDefinition[];
  /** Ids of the prepared columns: the feature's id, or `id=word` for a word of a vocabulary. */
  readonly columns: readonly string[];
  /** Feature (index into `definitions`) each prepared column comes from. */
  readonly owner: Int32Array;
  readonly width: number;
  private readonly kinds: Uint8Array;
  private readonly factors: Float64Array;
  /** First prepared column of each feature, and one past the last. */
  readonly starts: Int32Array;

  constructor(definitions: readonly FeatureDefinition[]) {
    this.definitions = definitions;
    const columns: string[] = [];
    const owner: number[] = [];
    this.kinds = new Uint8Array(definitions.length);
    this.factors = new Float64Array(definitions.length);
    this.starts = new Int32Array(definitions.length + 1);
    for (const [f, feature] of definitions.entries()) {
      this.starts[f] = columns.length;
      for (const name of columnNames(feature)) {
        columns.push(name);
        owner.push(f);
      }
      this.kinds[f] = kindOf(feature);
      this.factors[f] = feature.kind === 'numeric' ? feature.factor : feature.vocabulary.length;
    }
    this.starts[definitions.length] = columns.length;
    this.columns = columns;
    this.owner = Int32Array.from(owner);
    this.width = columns.length;
  }

  /** @throws MissingFeatureError when the matrix lacks a feature or has them in another order. */
  check(matrix: FeatureMatrix): void {
    for (const [f, feature] of this.definitions.entries()) {
      if (matrix.features[f] === feature.id) continue;
      const elsewhere = matrix.features.includes(feature.id);
      throw new MissingFeatureError(feature.id, elsewhere ? 'the columns stand in another order' : 'no such column');
    }
  }

  /**
   * Writes `rows` prepared rows to `out`.
   *
   * @throws MissingFeatureError on a value that is not a finite number, or a class outside its vocabulary.
   */
  into(raw: Float32Array, rows: number, out: Float32Array): void {
    const { kinds, factors, starts, width } = this;
    const features = kinds.length;
    out.fill(0, 0, rows * width);
    for (let r = 0; r < rows; r++) {
      const from = r * features;
      const to = r * width;
      for (let f = 0; f < features; f++) {
        const x = raw[from + f]!;
        const kind = kinds[f]!;
        if (!(x - x === 0)) this.refuse(f, x);
        if (kind === LINEAR) out[to + starts[f]!] = x * factors[f]!;
        else if (kind === LOG) out[to + starts[f]!] = x > 0 ? fastLog2p1(x * factors[f]!) : 0;
        else if (kind === SIGNED_LOG) {
          out[to + starts[f]!] = x < 0 ? -fastLog2p1(-x * factors[f]!) : fastLog2p1(x * factors[f]!);
        } else {
          if (!(x >= 0 && x < factors[f]!)) this.refuse(f, x);
          out[to + starts[f]! + (x | 0)] = 1;
        }
      }
    }
  }

  private refuse(feature: number, value: number): never {
    throw new MissingFeatureError(this.definitions[feature]!.id, `${value} is not a value of it`);
  }

  /** All rows of a matrix, prepared. */
  apply(matrix: FeatureMatrix): FeatureMatrix {
    this.check(matrix);
    const data = new Float32Array(matrix.rows * this.width);
    this.into(matrix.data, matrix.rows, data);
    return { features: this.columns, rows: matrix.rows, data };
  }

  /** The feature's value of which a prepared number speaks (classes: the number itself). */
  restore(column: number, prepared: number): number {
    const f = this.owner[column]!;
    const factor = this.factors[f]!;
    switch (this.kinds[f]) {
      case LINEAR:
        return prepared / factor;
      case LOG:
        return (2 ** prepared - 1) / factor;
      case SIGNED_LOG:
        return (Math.sign(prepared) * (2 ** Math.abs(prepared) - 1)) / factor;
      default:
        return prepared;
    }
  }

  isCategory(feature: number): boolean {
    return this.kinds[feature] === CATEGORY;
  }
}

function columnNames(feature: FeatureDefinition): readonly string[] {
  return feature.kind === 'numeric' ? [feature.id] : feature.vocabulary.map((word) => `${feature.id}=${word}`);
}

function kindOf(feature: FeatureDefinition): number {
  if (feature.kind === 'categorical') return CATEGORY;
  return { linear: LINEAR, log: LOG, 'signed-log': SIGNED_LOG }[feature.transform];
}
