/** Logistic regression with L2, classes weighted to count alike; Adam on batches (Kingma & Ba 2015). Score: log odds. */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../types.ts';
import { arrayOf, type RawExplanation } from '../detector.ts';
import { balance, type ClassWeighing } from '../matrix/classes.ts';
import { usualValues, type Parameter } from '../matrix/parameters.ts';
import type { MatrixDetector, MatrixState } from '../matrix/types.ts';

const [LEAST_UPDATES, MOST_UPDATES] = [2_000, 6_000];
const BATCH = 128;
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

export const LOGISTIC_PARAMETERS: readonly Parameter[] = [
  {
    id: 'epochs',
    meaning: 'passes over the records, within 2,000 to 6,000 steps of 128 records',
    least: 1,
    most: 1000,
    usual: 30,
    whole: true,
  },
  {
    id: 'rate',
    meaning: 'length of the first steps',
    least: 1e-5,
    most: 1,
    usual: 0.01,
    whole: false,
    search: { least: 0.002, most: 0.05, log: true },
  },
  {
    id: 'l2',
    meaning: 'pull of the weights towards zero',
    least: 0,
    most: 10,
    usual: 1e-4,
    whole: false,
    search: { least: 1e-6, most: 0.1, log: true },
  },
];

interface LogisticOptions {
  epochs: number;
  rate: number;
  l2: number;
}

export class LogisticRegression implements MatrixDetector {
  readonly id = 'logistic-regression';
  readonly view = 'scaled';
  readonly minimumRows = 64;
  private weights = new Float64Array(0);
  private bias = 0;
  private mean = new Float64Array(0);
  private readonly options: LogisticOptions;
  private readonly weigh: ClassWeighing;

  constructor(options: Partial<LogisticOptions> = {}, weigh: ClassWeighing = balance) {
    const { epochs, rate, l2 } = { ...usualValues(LOGISTIC_PARAMETERS), ...options };
    this.options = { epochs: epochs!, rate: rate!, l2: l2! };
    this.weigh = weigh;
  }

  save(): MatrixState {
    return { head: { bias: this.bias }, arrays: { weights: this.weights, mean: this.mean } };
  }

  load(snapshot: DetectorSnapshot, columns: readonly string[]): void {
    const { bias } = snapshot.head;
    if (typeof bias !== 'number' || !Number.isFinite(bias)) throw new RangeError('logistic-regression: no bias');
    this.weights = arrayOf(snapshot, 'weights', Float64Array, columns.length);
    this.mean = arrayOf(snapshot, 'mean', Float64Array, columns.length);
    this.bias = bias;
  }

  fit({ data, rows, features }: FeatureMatrix, seed: number, attack?: Uint8Array): void {
    if (!attack) throw new RangeError('logistic-regression learns from labels');
    const width = features.length;
    const classWeight = this.weigh(attack);
    const { epochs, rate: firstRate, l2 } = this.options;
    const random = randomSource(seed, 601);
    const parameters = new Float64Array(width + 1);
    const gradient = new Float64Array(width + 1);
    const [first, second] = [new Float64Array(width + 1), new Float64Array(width + 1)];
    const updates = Math.min(MOST_UPDATES, Math.max(LEAST_UPDATES, Math.ceil((rows / BATCH) * epochs)));
    let order = sampleWithoutReplacement(rows, rows, random);
    for (let step = 1, at = 0; step <= updates; step++) {
      gradient.fill(0);
      for (let i = 0; i < BATCH; i++, at++) {
        if (at === rows) {
          at = 0;
          order = sampleWithoutReplacement(rows, rows, random);
        }
        addGradient(data, order[at]!, width, parameters, attack, classWeight, gradient);
      }
      // The rate falls to a tenth, so that the last steps settle.
      const rate = firstRate * (1 - (0.9 * step) / updates);
      for (let j = 0; j <= width; j++) {
        const g = gradient[j]! / BATCH + (j < width ? l2 * parameters[j]! : 0);
        first[j] = BETA1 * first[j]! + (1 - BETA1) * g;
        second[j] = BETA2 * second[j]! + (1 - BETA2) * g * g;
        const scale = rate / (1 - BETA1 ** step);
        parameters[j]! -= (scale * first[j]!) / (Math.sqrt(second[j]! / (1 - BETA2 ** step)) + EPSILON);
      }
    }
    this.weights = parameters.slice(0, width);
    this.bias = parameters[width]!;
    this.mean = new Float64Array(width);
    for (let r = 0; r < rows; r++) for (let j = 0; j < width; j++) this.mean[j]! += data[r * width + j]! / rows;
  }

  score({ data, rows, features }: FeatureMatrix): Float64Array {
    const width = features.length;
    return Float64Array.from({ length: rows }, (_, r) => {
      let sum = this.bias;
      for (let j = 0; j < width; j++) sum += this.weights[j]! * data[r * width + j]!;
      return sum;
    });
  }

  explain(row: Float32Array): RawExplanation {
    let base = this.bias;
    for (let j = 0; j < row.length; j++) base += this.weights[j]! * this.mean[j]!;
    const contributions = Float64Array.from(row, (x, j) => this.weights[j]! * (x - this.mean[j]!));
    return { base, score: contributions.reduce((a, b) => a + b, base), contributions };
  }
}

function addGradient(
  data: Float32Array,
  row: number,
  width: number,
  parameters: Float64Array,
  attack: Uint8Array,
  classWeight: readonly [number, number],
  gradient: Float64Array,
): void {
  let sum = parameters[width]!;
  for (let j = 0; j < width; j++) sum += parameters[j]! * data[row * width + j]!;
  const label = attack[row]!;
  const error = (1 / (1 + Math.exp(-sum)) - label) * classWeight[label]!;
  for (let j = 0; j < width; j++) gradient[j]! += error * data[row * width + j]!;
  gradient[width]! += error;
}
