/**
 * Autoencoder 128-64-32-16-32-64-128 (after Hinton & Salakhutdinov 2006; for intrusion detection e.g. Kitsune, Mirsky et
 * al. 2018): rows unlike those it learned from are reproduced badly. Raw score: mean squared reconstruction error over
 * the columns, inputs limited to ±5 spreads. Trained on tfjs; scored by a SIMD kernel that loads no tensor library.
 */
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { LEARNING_RATE, type Parameter } from '../matrix/parameters.ts';
import { arrayOf, CalibratedDetector, type RawExplanation } from '../detector.ts';
import { putLayers, takeLayers } from './layers.ts';
import { ForwardPass, type DenseLayer } from './network.ts';
import type { AutoencoderOptions, TrainedAutoencoder } from './train.ts';

export const AUTOENCODER_MINIMUM_ROWS = 1000;
/** Every tenth training row decides when training stops. */
const VALIDATION_EVERY = 10;

/** In the lab, where training it takes most of the time there is. */
export const AUTOENCODER_PARAMETERS: readonly Parameter[] = [
  { id: 'epochs', meaning: 'passes over the records at most', least: 1, most: 500, usual: 15, whole: true },
  LEARNING_RATE,
  {
    id: 'dropout',
    meaning: 'share of the numbers left out while learning',
    least: 0,
    most: 0.9,
    usual: 0.05,
    whole: false,
    search: { least: 0, most: 0.3 },
  },
  { id: 'rows', meaning: 'records it learns from at most', least: 1000, most: 200000, usual: 12000, whole: true },
];

export class AutoencoderDetector extends CalibratedDetector {
  readonly id = 'autoencoder';
  readonly minimumRows = AUTOENCODER_MINIMUM_ROWS;
  override readonly backend = 'wasm';
  /** How training went; undefined after a restore. */
  trained: Omit<TrainedAutoencoder, 'layers'> | undefined;
  private readonly options: AutoencoderOptions;
  private layers: readonly DenseLayer[] = [];
  private pass: ForwardPass | undefined;
  private usual = new Float64Array(0);

  constructor(options: AutoencoderOptions = {}) {
    super();
    this.options = options;
  }

  protected async learn(training: FeatureMatrix, _calibration: FeatureMatrix, seed: number): Promise<void> {
    const { trainAutoencoder } = await import('./train.ts');
    const [rest, validation] = splitForStopping(training);
    const { layers, ...trained } = await trainAutoencoder(rest, validation, seed, this.options);
    this.trained = trained;
    this.adopt(layers);
    this.usual = this.meanParts(training);
  }

  private adopt(layers: readonly DenseLayer[]): void {
    this.layers = layers;
    this.pass = new ForwardPass(layers);
  }

  private forward(): ForwardPass {
    if (!this.pass) throw new RangeError('the autoencoder has not learned yet');
    return this.pass;
  }

  private meanParts({ data, rows, features }: FeatureMatrix): Float64Array<ArrayBuffer> {
    const width = features.length;
    const sums = new Float64Array(width);
    this.forward().run(data, rows, (input, output, stride, _first, count) => {
      for (let r = 0; r < count; r++) {
        for (let j = 0; j < width; j++) sums[j]! += (input[r * width + j]! - output[r * stride + j]!) ** 2;
      }
    });
    return sums.map((sum) => sum / rows / width);
  }

  raw(data: Float32Array, rows: number, out: Float64Array): void {
    const width = this.columns.length;
    this.forward().run(data, rows, (input, output, stride, first, count) => {
      for (let r = 0; r < count; r++) {
        let sum = 0;
        for (let j = 0; j < width; j++) {
          const error = input[r * width + j]! - output[r * stride + j]!;
          sum += error * error;
        }
        out[first + r] = sum / width;
      }
    });
  }

  /** What the network makes of rows, for tests against tfjs. */
  reconstruct(data: Float32Array, rows: number): Float32Array {
    const width = this.columns.length;
    const out = new Float32Array(rows * width);
    this.forward().run(data, rows, (_input, output, stride, first, count) => {
      for (let r = 0; r < count; r++) out.set(output.subarray(r * stride, r * stride + width), (first + r) * width);
    });
    return out;
  }

  explainRow(row: Float32Array): RawExplanation {
    const width = this.columns.length;
    const contributions = new Float64Array(width);
    let score = 0;
    this.forward().run(row, 1, (input, output) => {
      for (let j = 0; j < width; j++) {
        const part = (input[j]! - output[j]!) ** 2 / width;
        contributions[j] = part - this.usual[j]!;
        score += part;
      }
    });
    let base = 0;
    for (const part of this.usual) base += part;
    return { base, score, contributions };
  }

  protected save(): Pick<DetectorSnapshot, 'head' | 'arrays'> {
    const parts = { head: {}, arrays: { usual: this.usual } };
    putLayers(parts, this.layers);
    return parts;
  }

  protected load(snapshot: DetectorSnapshot): void {
    const last = this.columns.length;
    const layers = takeLayers(snapshot, last, last);
    this.usual = arrayOf(snapshot, 'usual', Float64Array, last);
    this.adopt(layers);
  }
}

/** Every tenth row apart: those decide when training stops. */
export function splitForStopping({ features, rows, data }: FeatureMatrix): [FeatureMatrix, FeatureMatrix] {
  const width = features.length;
  const held = Math.floor(rows / VALIDATION_EVERY);
  const parts: [Float32Array, Float32Array] = [new Float32Array((rows - held) * width), new Float32Array(held * width)];
  const count = [0, 0];
  for (let r = 0; r < rows; r++) {
    const part = r % VALIDATION_EVERY === VALIDATION_EVERY - 1 && count[1]! < held ? 1 : 0;
    parts[part]!.set(data.subarray(r * width, (r + 1) * width), count[part]! * width);
    count[part]!++;
  }
  return [
    { features, rows: count[0]!, data: parts[0] },
    { features, rows: count[1]!, data: parts[1] },
  ];
}
