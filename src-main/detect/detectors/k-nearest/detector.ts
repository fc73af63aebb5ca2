/** Mean distance to the five nearest rows it learned from (after Ramaswamy, Rastogi & Shim 2000; Angiulli & Pizzuti 2002). */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { NearestRows } from '../matrix/nearest.ts';
import { loadReference, saveReference } from '../matrix/saved.ts';
import { neighbours, reference, usualValues, type Parameter } from '../matrix/parameters.ts';
import { sampleRows, type MatrixDetector, type MatrixState } from '../matrix/types.ts';

export const NEIGHBOURS = 5;
/** Rows kept as the reference; of more, a sample. */
export const MOST_REFERENCE = 12_000;

export const NEAREST_PARAMETERS: readonly Parameter[] = [
  neighbours('nearest records whose distances are averaged', NEIGHBOURS),
  reference(MOST_REFERENCE),
];

interface NeighbourOptions {
  neighbours: number;
  reference: number;
}

export class KNearest implements MatrixDetector {
  readonly id = 'k-nearest';
  readonly view = 'quantile';
  readonly minimumRows = 64;
  chosen = '';
  private readonly options: NeighbourOptions;
  private reference: NearestRows | undefined;

  constructor(options: Partial<NeighbourOptions> = {}) {
    const { neighbours, reference } = { ...usualValues(NEAREST_PARAMETERS), ...options };
    this.options = { neighbours: neighbours!, reference: reference! };
  }

  fit(matrix: FeatureMatrix, seed: number): void {
    const { neighbours, reference } = this.options;
    const random = randomSource(seed, 501);
    const kept = sampleRows(matrix, reference, (size, count) => sampleWithoutReplacement(size, count, random));
    this.reference = new NearestRows(kept);
    this.chosen = `${neighbours} of ${kept.rows} rows${kept.rows < matrix.rows ? `, a sample of ${matrix.rows}` : ''}`;
  }

  score({ data, rows }: FeatureMatrix): Float64Array {
    if (!this.reference) throw new RangeError('k-nearest has not learned yet');
    const { k, distance } = this.reference.find(data, rows, this.options.neighbours);
    const out = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += distance[r * k + i]!;
      out[r] = sum / k;
    }
    return out;
  }

  save(): MatrixState {
    if (!this.reference) throw new RangeError('k-nearest has not learned yet');
    return { head: { chosen: this.chosen }, arrays: saveReference(this.reference) };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    this.reference = loadReference(snapshot, columns);
    this.chosen = String(snapshot.head['chosen']);
  }
}
