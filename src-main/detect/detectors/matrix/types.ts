/** Detectors over any numeric matrix, whatever its columns mean: for labelled data of the lab. */
import type { FeatureMatrix } from '../../types.ts';
import type { RawExplanation } from '../detector.ts';
import type { Ends } from '../graph/host-graph.ts';

/** Which form of the columns it works on: as encoded, scaled by median and spread, or by rank (0…1). */
export type View = 'plain' | 'scaled' | 'quantile';

export interface MatrixDetector {
  readonly id: string;
  readonly view: View;
  /** Fewest rows it learns from. */
  readonly minimumRows: number;
  /** Works on who spoke with whom: `ends` is given to `fit` and `score`, or the detector is left out. */
  readonly needsHosts?: boolean;
  /**
   * Learns from the rows (rows × columns, row-major); the same seed gives the same detector.
   * `attack`: 1 for attacks; given to supervised detectors only.
   */
  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array, ends?: Ends): void | Promise<void>;
  /** One a row; higher is more unusual. */
  score(matrix: FeatureMatrix, ends?: Ends): Float64Array;
  /** Where the score is a sum over the columns: its exact parts. */
  explain?(row: Float32Array): RawExplanation;
  /** What it chose by itself (clusters, distances), in words. */
  readonly chosen?: string;
}

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
