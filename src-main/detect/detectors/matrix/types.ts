/** Detectors over any numeric matrix, whatever its columns mean: for labelled data of the lab. */
import type { ClusterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import type { Ends } from '../graph/host-graph.ts';

/** Which form of the columns it works on: as encoded, scaled by median and spread, or by rank (0…1). */
export type View = 'plain' | 'scaled' | 'quantile';

/** Whose each row is (a number a host), and when it began (seconds). */
export interface RowPlaces {
  host: Float64Array;
  time: Float64Array;
}

/** Places of rows to be scored, and the rows that may stand before them: usually these rows themselves. */
export interface ScoredPlaces extends RowPlaces {
  history: RowPlaces & { matrix: FeatureMatrix };
}

/** What is known of rows beside their columns. */
export interface RowContext {
  places?: RowPlaces | undefined;
  ends?: Ends | undefined;
  /** Which kind of attack each is, to detectors that learn from labels: equal numbers, one kind. */
  kind?: Int32Array | undefined;
}

export interface ScoredContext extends RowContext {
  places?: ScoredPlaces | undefined;
}

/** After each step of many: tells how far it is, gives others a turn, or throws to end it. */
export type AfterStep = (done: number, of: number) => Promise<void>;

export interface MatrixDetector {
  readonly id: string;
  readonly view: View;
  /** Fewest rows it learns from. */
  readonly minimumRows: number;
  /**
   * What must be known of the rows beside their columns, or the detector is left out: whose they are and when they began
   * (`places`), or who spoke with whom (`ends`).
   */
  readonly needs?: 'sequences' | 'hosts';
  /**
   * Learns from the rows (rows × columns, row-major); the same seed gives the same detector.
   * `attack`: 1 for attacks; given to supervised detectors only.
   */
  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array, context?: RowContext): void | Promise<void>;
  /** As `fit`, for those that take long and go by steps. */
  fitInTurns?(matrix: FeatureMatrix, seed: number, attack: Uint8Array | undefined, afterStep: AfterStep): Promise<void>;
  /** One a row; higher is more unusual. */
  score(matrix: FeatureMatrix, context?: ScoredContext): Float64Array;
  /** Where the score is a sum over the columns: its exact parts. */
  explain?(row: Float32Array): RawExplanation;
  /** What it chose by itself (clusters, distances), in words. */
  readonly chosen?: string;
  /** What it tried before that; of a detector that has just learned, for it is not kept. */
  readonly search?: ClusterSearch | undefined;
  /** Plain data from which `load` makes an equal one; absent: it cannot be kept. */
  save?(): MatrixState;
  /** Takes over what `save` gave; `columns`: what the rows to come have. @throws RangeError when it does not fit. */
  load?(snapshot: DetectorSnapshot, columns: readonly string[]): void;
}

/** What a detector has learned. */
export type MatrixState = Pick<DetectorSnapshot, 'head' | 'arrays'>;

/** At most `most` rows, drawn without replacement by seed, in the order they stand. */
export function sampleRows(
  matrix: FeatureMatrix,
  most: number,
  choose: (size: number, count: number) => Int32Array,
): FeatureMatrix {
  if (matrix.rows <= most) return matrix;
  const chosen = choose(matrix.rows, most).sort();
  return takeRows(matrix, chosen);
}

/** The rows named, in that order. */
export function takeRows({ features, data }: FeatureMatrix, rows: Int32Array): FeatureMatrix {
  const width = features.length;
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) out.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
  return { features, rows: rows.length, data: out };
}

/** The first row of each that stands there more than once, in order. */
export function distinctRows({ features, rows, data }: FeatureMatrix): Int32Array {
  const width = features.length;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, rows * width * 4);
  const seen = new Set<string>();
  const out: number[] = [];
  const text = new TextDecoder('latin1');
  for (let r = 0; r < rows; r++) {
    const key = text.decode(bytes.subarray(r * width * 4, (r + 1) * width * 4));
    if (seen.has(key)) continue;
    seen.add(key);
    out.push(r);
  }
  return Int32Array.from(out);
}
