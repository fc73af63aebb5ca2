/**
 * The small autoencoder of KitNET: one hidden layer of 0.75 × its inputs, sigmoids, tied weights, learned packet by packet by
 * gradient descent on the cross-entropy (Vincent et al. 2008). Inputs are scaled to 0…1 by the least and greatest value
 * seen while it learned; beyond them they count up to ten ranges.
 */

export const HIDDEN_RATIO = 0.75;
export const LEARNING_RATE = 0.1;
const FARTHEST = 10;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export class SmallAutoencoder {
  readonly inputs: number;
  readonly hidden: number;
  /** inputs × hidden, row-major; the way back is the same, transposed. */
  readonly weights: Float64Array;
  readonly hiddenBias: Float64Array;
  readonly outputBias: Float64Array;
  /** Scaled inputs, hidden values and reconstruction of the row looked at last. */
  readonly x: Float64Array;
  readonly code: Float64Array;
  readonly back: Float64Array;
  private readonly least: Float64Array;
  private readonly most: Float64Array;
  private readonly slope: Float64Array;

  constructor(inputs: number, random: () => number) {
    this.inputs = inputs;
    this.hidden = Math.ceil(inputs * HIDDEN_RATIO);
    this.weights = new Float64Array(inputs * this.hidden).map(() => (random() * 2 - 1) / inputs);
    this.hiddenBias = new Float64Array(this.hidden);
    this.outputBias = new Float64Array(inputs);
    this.x = new Float64Array(inputs);
    this.code = new Float64Array(this.hidden);
    this.back = new Float64Array(inputs);
    this.least = new Float64Array(inputs).fill(Infinity);
    this.most = new Float64Array(inputs).fill(-Infinity);
    this.slope = new Float64Array(this.hidden);
  }

  /** Takes the named columns of a row; `widen`: their ranges follow. */
  private scale(row: Float64Array, columns: ArrayLike<number>, widen: boolean): void {
    const { x, least, most } = this;
    for (let i = 0; i < this.inputs; i++) {
      const value = row[columns[i]!]!;
      if (widen) {
        if (value < least[i]!) least[i] = value;
        if (value > most[i]!) most[i] = value;
      }
      const span = most[i]! - least[i]!;
      // Of a column that never varied, every change counts as the farthest.
      const scaled = span > 0 ? (value - least[i]!) / span : value === least[i] ? 0 : FARTHEST;
      x[i] = scaled > FARTHEST ? FARTHEST : scaled < -FARTHEST ? -FARTHEST : scaled;
    }
  }

  /** Reconstructs `x`; the root of the mean squared error. */
  forward(): number {
    const { inputs, hidden, weights, x, code, back } = this;
    for (let h = 0; h < hidden; h++) code[h] = this.hiddenBias[h]!;
    for (let i = 0; i < inputs; i++) {
      const value = x[i]!;
      const at = i * hidden;
      for (let h = 0; h < hidden; h++) code[h]! += value * weights[at + h]!;
    }
    for (let h = 0; h < hidden; h++) code[h] = sigmoid(code[h]!);
    let squares = 0;
    for (let i = 0; i < inputs; i++) {
      let sum = this.outputBias[i]!;
      const at = i * hidden;
      for (let h = 0; h < hidden; h++) sum += code[h]! * weights[at + h]!;
      back[i] = sigmoid(sum);
      squares += (x[i]! - back[i]!) ** 2;
    }
    return Math.sqrt(squares / inputs);
  }

  /** One step down the gradient of the cross-entropy of `x` and `back`. */
  private step(): void {
    const { inputs, hidden, weights, x, code, back, slope } = this;
    slope.fill(0);
    for (let i = 0; i < inputs; i++) {
      const error = x[i]! - back[i]!;
      for (let h = 0; h < hidden; h++) slope[h]! += error * weights[i * hidden + h]!;
    }
    for (let h = 0; h < hidden; h++) slope[h]! *= code[h]! * (1 - code[h]!);
    for (let i = 0; i < inputs; i++) {
      const error = x[i]! - back[i]!;
      const at = i * hidden;
      for (let h = 0; h < hidden; h++) weights[at + h]! += LEARNING_RATE * (x[i]! * slope[h]! + error * code[h]!);
      this.outputBias[i]! += LEARNING_RATE * error;
    }
    for (let h = 0; h < hidden; h++) this.hiddenBias[h]! += LEARNING_RATE * slope[h]!;
  }

  /** Error before the step, which then is made. */
  learn(row: Float64Array, columns: ArrayLike<number>): number {
    this.scale(row, columns, true);
    const error = this.forward();
    this.step();
    return error;
  }

  error(row: Float64Array, columns: ArrayLike<number>): number {
    this.scale(row, columns, false);
    return this.forward();
  }
}
