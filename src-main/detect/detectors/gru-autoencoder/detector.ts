/**
 * GRU autoencoder over a host's flows: a row and up to 15 that the same host opened before it are read and given back; the
 * score is the mean squared error of the row itself, the last of its window. Rows come as their places on the twelve widest
 * principal axes of the training rows, and how far they lie off them. Needs to know whose a row is, and when it began.
 */
import type { FeatureMatrix } from '../../types.ts';
import { principalAxes, type Axes } from '../gaussian-mixture/axes.ts';
import type { Parameter } from '../matrix/parameters.ts';
import type { MatrixDetector, RowContext, ScoredContext } from '../matrix/types.ts';
import type { SequenceNetwork } from './network.ts';
import { DEFAULTS, trainSequences, type GruOptions } from './train.ts';
import { Histories, STEPS } from './windows.ts';

export const GRU_PARAMETERS: readonly Parameter[] = [
  {
    id: 'epochs',
    meaning: 'passes over the windows at most',
    least: 1,
    most: 500,
    usual: DEFAULTS.epochs,
    whole: true,
  },
  { id: 'hidden', meaning: 'numbers it remembers of a host', least: 2, most: 256, usual: DEFAULTS.hidden, whole: true },
  {
    id: 'learningRate',
    meaning: 'length of the first steps',
    least: 1e-5,
    most: 0.1,
    usual: DEFAULTS.learningRate,
    whole: false,
  },
];

export const MOST_AXES = 12;
/** Spreads a place on an axis counts at most. */
const FARTHEST = 5;
const LEAST_SPREAD = 1e-6;

/** Rows as a few numbers each. */
class Reduced {
  readonly width: number;
  private readonly axes: Axes;
  private readonly used: number;
  private readonly offSpread: number;

  constructor(training: FeatureMatrix) {
    this.axes = principalAxes(training);
    const { variance } = this.axes;
    const varied = variance.findIndex((v) => v < LEAST_SPREAD);
    this.used = Math.max(1, Math.min(MOST_AXES, varied < 0 ? variance.length : varied));
    this.width = this.used + 1;
    let rest = 0;
    for (let i = this.used; i < variance.length; i++) rest += variance[i]!;
    this.offSpread = Math.max(LEAST_SPREAD, Math.sqrt(rest));
  }

  /** rows × width: places in spreads, then the distance off the axes in its own. */
  apply({ data, rows, features }: FeatureMatrix): Float64Array {
    const n = features.length;
    const { used, width, axes } = this;
    const out = new Float64Array(rows * width);
    const row = new Float64Array(n);
    for (let r = 0; r < rows; r++) {
      let whole = 0;
      for (let j = 0; j < n; j++) {
        row[j] = data[r * n + j]! - axes.mean[j]!;
        whole += row[j]! ** 2;
      }
      for (let i = 0; i < used; i++) {
        let place = 0;
        for (let j = 0; j < n; j++) place += axes.vectors[i * n + j]! * row[j]!;
        whole -= place * place;
        const spread = Math.sqrt(Math.max(LEAST_SPREAD, axes.variance[i]!));
        out[r * width + i] = Math.max(-FARTHEST, Math.min(FARTHEST, place / spread));
      }
      out[r * width + used] = Math.min(FARTHEST, Math.sqrt(Math.max(0, whole)) / this.offSpread);
    }
    return out;
  }
}

export class GruAutoencoder implements MatrixDetector {
  readonly id = 'gru-autoencoder';
  readonly view = 'scaled';
  readonly minimumRows = 256;
  readonly needs = 'sequences';
  chosen = '';
  private readonly options: GruOptions;
  private reduced: Reduced | undefined;
  private network: SequenceNetwork | undefined;

  constructor(options: GruOptions = {}) {
    this.options = options;
  }

  fit(matrix: FeatureMatrix, seed: number, _attack?: Uint8Array, { places }: RowContext = {}): void {
    if (!places) throw new RangeError('gru-autoencoder needs to know whose each row is, and when it began');
    const reduced = new Reduced(matrix);
    const numbers = reduced.apply(matrix);
    const { width } = reduced;
    const histories = new Histories(places);
    const past = Array.from({ length: matrix.rows }, (_, row) =>
      histories.before(places.host[row]!, places.time[row]!, STEPS - 1),
    );
    const fill = (row: number, into: Float64Array): number => place(numbers, row, numbers, past[row]!, width, into);
    const { network, epochs } = trainSequences(matrix.rows, width, STEPS, fill, seed, this.options);
    const full = past.filter((rows) => rows.length === STEPS - 1).length;
    this.reduced = reduced;
    this.network = network;
    this.chosen = `${width} numbers a flow, ${epochs} passes, ${full} of ${matrix.rows} windows are full`;
  }

  score(matrix: FeatureMatrix, { places }: ScoredContext = {}): Float64Array {
    const { reduced, network } = this;
    if (!reduced || !network) throw new RangeError('gru-autoencoder has not learned yet');
    if (!places) throw new RangeError('gru-autoencoder needs to know whose each row is, and when it began');
    const { width } = reduced;
    const own = reduced.apply(matrix);
    const { history } = places;
    const earlier = history.matrix === matrix ? own : reduced.apply(history.matrix);
    const histories = new Histories(history);
    const window = new Float64Array(STEPS * width);
    return Float64Array.from({ length: matrix.rows }, (_, row) => {
      const past = histories.before(places.host[row]!, places.time[row]!, STEPS - 1);
      return network.forward(window, place(own, row, earlier, past, width, window)).last;
    });
  }
}

/** The rows of `past` from `earlier`, then `row` of `own`. */
function place(
  own: Float64Array,
  row: number,
  earlier: Float64Array,
  past: Int32Array,
  width: number,
  into: Float64Array,
): number {
  for (const [t, from] of past.entries()) into.set(earlier.subarray(from * width, (from + 1) * width), t * width);
  into.set(own.subarray(row * width, (row + 1) * width), past.length * width);
  return past.length + 1;
}
