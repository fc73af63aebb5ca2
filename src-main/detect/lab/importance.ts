/**
 * Permutation importance (Breiman 2001): how much worse a detector tells validation attacks (made up, where labels may not be
 * known) from ordinary validation records when one column is shuffled among them.
 */
import { MOST_IMPORTANT } from '../../../src-shared/domain/lab.ts';
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { takeRows } from '../detectors/matrix/types.ts';
import { randomSource, sampleWithoutReplacement } from '../features/random.ts';
import type { FeatureMatrix } from '../types.ts';
import { Views, type Scaling } from './encode.ts';
import * as metrics from './metrics.ts';

/** Records of each class that are scored again for every column. */
const RECORDS = 300;
const MOST_COLUMNS = 100;

/** What one detector made of the records as they are, and of them with each column shuffled. */
export interface Probed {
  plain: Float64Array;
  shuffled: ReadonlyMap<number, Float64Array>;
}

export class Probe {
  readonly attack: Uint8Array;
  private readonly plain: FeatureMatrix;
  private readonly owner: Int32Array;
  private readonly scaling: Scaling;
  private readonly seed: number;
  private readonly columns: readonly number[];

  /** `owner`: the source of each column; columns of one source are shuffled together. */
  constructor(parts: {
    ordinary: FeatureMatrix;
    attacks: FeatureMatrix;
    owner: Int32Array;
    scaling: Scaling;
    seed: number;
  }) {
    const { ordinary, attacks, owner, scaling, seed } = parts;
    const [a, b] = [drawn(ordinary, seed), drawn(attacks, seed + 1)];
    const data = new Float32Array(a.data.length + b.data.length);
    data.set(a.data);
    data.set(b.data, a.data.length);
    this.plain = { features: a.features, rows: a.rows + b.rows, data };
    this.attack = new Uint8Array(this.plain.rows).fill(1, a.rows);
    this.owner = owner;
    this.scaling = scaling;
    this.seed = seed;
    this.columns = [...new Set(owner)].slice(0, MOST_COLUMNS);
  }

  get useful(): boolean {
    return this.attack.includes(1) && this.attack.includes(0);
  }

  run(score: (rows: Views) => Float64Array): Probed {
    const scored = (matrix: FeatureMatrix): Float64Array => score(new Views(matrix, this.scaling));
    return {
      plain: scored(this.plain),
      shuffled: new Map(this.columns.map((column) => [column, scored(this.shuffle(column))])),
    };
  }

  private shuffle(column: number): FeatureMatrix {
    const { features, rows, data } = this.plain;
    const width = features.length;
    const order = sampleWithoutReplacement(rows, rows, randomSource(this.seed, 900 + column));
    const out = Float32Array.from(data);
    for (let j = 0; j < width; j++) {
      if (this.owner[j] !== column) continue;
      for (let r = 0; r < rows; r++) out[r * width + j] = data[order[r]! * width + j]!;
    }
    return { features, rows, data: out };
  }
}

function drawn(matrix: FeatureMatrix, seed: number): FeatureMatrix {
  const count = Math.min(RECORDS, matrix.rows);
  return takeRows(matrix, sampleWithoutReplacement(matrix.rows, count, randomSource(seed, 899)).sort());
}

/** The columns whose shuffling costs most. `names`: of the sources. */
export function importanceOf(
  { plain, shuffled }: Probed,
  attack: Uint8Array,
  names: readonly string[],
): NonNullable<ResultDetails['importance']> {
  const auc = (scores: Float64Array): number => metrics.rocAuc(metrics.stepsOf(scores, attack));
  const whole = auc(plain);
  const features = [...shuffled].map(([column, scores]) => ({ feature: names[column]!, drop: whole - auc(scores) }));
  features.sort((a, b) => b.drop - a.drop);
  return { auc: whole, features: features.slice(0, MOST_IMPORTANT) };
}
