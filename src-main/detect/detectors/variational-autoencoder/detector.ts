/**
 * Variational autoencoder (Kingma & Welling 2014; as a detector An & Cho 2015): rows are unusual where their latent means
 * reproduce them badly, or lie far from where those of ordinary rows lie. Raw score: the negative evidence bound taken at
 * the latent mean, Σ (x − x̂)² / 2σ² + KL(latent of the row ‖ standard normal), by the number of columns; σ² is the
 * reconstruction error of the validation rows. Nothing is drawn at scoring. Inputs are limited to ±5 spreads, latent means to
 * ±5 on their way into the decoder. Trained on tfjs; scored by a SIMD kernel that loads no tensor library.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { splitForStopping } from '../autoencoder/detector.ts';
import { putLayers, takeLayers } from '../autoencoder/layers.ts';
import { ForwardPass, type DenseLayer } from '../autoencoder/network.ts';
import { LEARNING_RATE, type Parameter } from '../matrix/parameters.ts';
import { arrayOf, CalibratedDetector, type RawExplanation } from '../detector.ts';
import { LATENT, LOG_VARIANCE } from './shape.ts';
import type { TrainedVariational, VariationalOptions } from './train.ts';

export const VARIATIONAL_MINIMUM_ROWS = 1000;

export const VARIATIONAL_PARAMETERS: readonly Parameter[] = [
  { id: 'epochs', meaning: 'passes over the records at most', least: 1, most: 500, usual: 40, whole: true },
  LEARNING_RATE,
  { id: 'rows', meaning: 'records it learns from at most', least: 1000, most: 200000, usual: 12000, whole: true },
];

/** KL divergence of a normal with this mean and logarithm of variance from the standard normal. */
function divergence(mean: number, logVariance: number): number {
  return 0.5 * (mean * mean + Math.exp(logVariance) - logVariance - 1);
}

export class VariationalDetector extends CalibratedDetector {
  readonly id = 'variational-autoencoder';
  readonly minimumRows = VARIATIONAL_MINIMUM_ROWS;
  override readonly backend = 'wasm';
  /** How training went; undefined after a restore. */
  trained: Omit<TrainedVariational, 'encoder' | 'decoder'> | undefined;
  private readonly options: VariationalOptions;
  private layers: { encoder: readonly DenseLayer[]; decoder: readonly DenseLayer[] } = { encoder: [], decoder: [] };
  private passes: { encoder: ForwardPass; decoder: ForwardPass } | undefined;
  private noise = 1;
  private limits = LOG_VARIANCE;
  /** Mean part of each column over the training rows. */
  private usual = new Float64Array(0);

  constructor(options: VariationalOptions = {}) {
    super();
    this.options = options;
  }

  protected async learn(training: FeatureMatrix, _calibration: FeatureMatrix, seed: number): Promise<void> {
    const { trainVariational } = await import('./train.ts');
    const [rest, validation] = splitForStopping(training);
    const { encoder, decoder, ...trained } = await trainVariational(rest, validation, seed, this.options);
    this.trained = trained;
    this.noise = trained.noise;
    this.limits = LOG_VARIANCE;
    this.adopt(encoder, decoder);
    this.usual = this.meanParts(training);
  }

  private adopt(encoder: readonly DenseLayer[], decoder: readonly DenseLayer[]): void {
    this.layers = { encoder, decoder };
    this.passes = { encoder: new ForwardPass(encoder), decoder: new ForwardPass(decoder) };
  }

  /** Hands out, row by row, the part of each column and the divergence, each already by the number of columns. */
  private each(data: Float32Array, rows: number, take: (row: number, parts: Float64Array, far: number) => void): void {
    const { passes } = this;
    if (!passes) throw new RangeError('the variational autoencoder has not learned yet');
    const width = this.columns.length;
    const [least, most] = this.limits;
    const parts = new Float64Array(width);
    passes.encoder.run(data, rows, (input, latent, stride, first, count) => {
      const means = new Float32Array(count * LATENT);
      const far = new Float64Array(count);
      for (let r = 0; r < count; r++) {
        for (let k = 0; k < LATENT; k++) {
          const mean = latent[r * stride + k]!;
          means[r * LATENT + k] = mean;
          far[r]! += divergence(mean, Math.min(most, Math.max(least, latent[r * stride + LATENT + k]!)));
        }
      }
      passes.decoder.run(means, count, (_means, output, outStride, from, some) => {
        for (let r = 0; r < some; r++) {
          for (let j = 0; j < width; j++) {
            const error = input[(from + r) * width + j]! - output[r * outStride + j]!;
            parts[j] = (error * error) / (2 * this.noise * width);
          }
          take(first + from + r, parts, far[from + r]! / width);
        }
      });
    });
  }

  private meanParts({ data, rows }: FeatureMatrix): Float64Array<ArrayBuffer> {
    const sums = new Float64Array(this.columns.length);
    this.each(data, rows, (_row, parts) => {
      for (let j = 0; j < sums.length; j++) sums[j]! += parts[j]!;
    });
    return sums.map((sum) => sum / rows);
  }

  raw(data: Float32Array, rows: number, out: Float64Array): void {
    this.each(data, rows, (row, parts, far) => {
      let sum = far;
      for (let j = 0; j < parts.length; j++) sum += parts[j]!;
      out[row] = sum;
    });
  }

  /** The divergence is of no column: it stands in the base, beside the usual error of all columns. */
  explainRow(row: Float32Array): RawExplanation {
    const contributions = new Float64Array(this.columns.length);
    let base = 0;
    let score = 0;
    this.each(row, 1, (_row, parts, far) => {
      base = far;
      score = far;
      for (let j = 0; j < parts.length; j++) {
        contributions[j] = parts[j]! - this.usual[j]!;
        base += this.usual[j]!;
        score += parts[j]!;
      }
    });
    return { base, score, contributions };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    const parts = { head: { noise: this.noise, limits: [...this.limits] }, arrays: { usual: this.usual } };
    putLayers(parts, this.layers.encoder, 'encoder ');
    putLayers(parts, this.layers.decoder, 'decoder ');
    return parts;
  }

  protected load(snapshot: DetectorSnapshot): void {
    const { noise, limits } = snapshot.head;
    const width = this.columns.length;
    if (typeof noise !== 'number' || !(noise > 0)) throw new RangeError('variational-autoencoder: no noise');
    if (!Array.isArray(limits) || limits.length !== 2 || !(Number(limits[0]) < Number(limits[1]))) {
      throw new RangeError('variational-autoencoder: no limits of the latent variances');
    }
    const encoder = takeLayers(snapshot, width, 2 * LATENT, 'encoder ');
    const decoder = takeLayers(snapshot, LATENT, width, 'decoder ');
    this.noise = noise;
    this.limits = [Number(limits[0]), Number(limits[1])];
    this.usual = arrayOf(snapshot, 'usual', Float64Array, width);
    this.adopt(encoder, decoder);
  }
}
