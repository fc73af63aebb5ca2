/**
 * Sequence autoencoder (Srivastava, Mansimov & Salakhutdinov 2015; for anomalies Malhotra et al. 2016): a GRU reads a window of
 * rows, a second one begins with its last state and gives the rows back, the last first, without seeing any.
 */
import { GruCell } from './cell.ts';

export class SequenceNetwork {
  readonly width: number;
  readonly hidden: number;
  readonly parameters: Float64Array;
  private readonly encoder: GruCell;
  private readonly decoder: GruCell;
  /** Where the output layer begins: hidden × width weights by output, then biases. */
  private readonly output: number;
  private readonly back: Float64Array;
  private readonly slope: Float64Array;
  private readonly none = new Float64Array(0);

  /** Windows have at most `steps` rows. */
  constructor(width: number, hidden: number, steps: number) {
    this.width = width;
    this.hidden = hidden;
    this.encoder = new GruCell(width, hidden, steps, 0);
    this.decoder = new GruCell(0, hidden, steps, this.encoder.size);
    this.output = this.encoder.size + this.decoder.size;
    this.parameters = new Float64Array(this.output + width * (hidden + 1));
    this.back = new Float64Array(steps * width);
    this.slope = new Float64Array(hidden);
  }

  initialise(random: () => number): void {
    this.encoder.initialise(this.parameters, random);
    this.decoder.initialise(this.parameters, random);
    const scale = 1 / Math.sqrt(this.hidden);
    const weights = this.width * this.hidden;
    for (let i = 0; i < weights; i++) this.parameters[this.output + i] = (random() * 2 - 1) * scale;
    this.parameters.fill(0, this.output + weights);
  }

  /** Reads `length` rows of `window` and gives them back; mean squared error of the last row, and of all. */
  forward(window: Float64Array, length: number): { last: number; all: number } {
    const { width, hidden, encoder, decoder, parameters, back, output } = this;
    encoder.states.fill(0, 0, hidden);
    for (let t = 0; t < length; t++) encoder.forward(parameters, t, window, t * width);
    decoder.states.set(encoder.states.subarray(length * hidden, (length + 1) * hidden));
    let last = 0;
    let all = 0;
    for (let t = 0; t < length; t++) {
      decoder.forward(parameters, t, this.none, 0);
      const state = (t + 1) * hidden;
      const target = (length - 1 - t) * width;
      for (let j = 0; j < width; j++) {
        let sum = parameters[output + width * hidden + j]!;
        for (let i = 0; i < hidden; i++) sum += parameters[output + j * hidden + i]! * decoder.states[state + i]!;
        back[t * width + j] = sum;
        const error = sum - window[target + j]!;
        all += error * error;
        if (t === 0) last += error * error;
      }
    }
    return { last: last / width, all: all / (width * length) };
  }

  /** Adds the gradient of `all` to `gradient`; the window is the one of the last `forward`. */
  backward(window: Float64Array, length: number, gradient: Float64Array): void {
    const { width, hidden, encoder, decoder, parameters, back, output, slope } = this;
    const scale = 2 / (width * length);
    slope.fill(0);
    for (let t = length - 1; t >= 0; t--) {
      const state = (t + 1) * hidden;
      const target = (length - 1 - t) * width;
      for (let j = 0; j < width; j++) {
        const error = scale * (back[t * width + j]! - window[target + j]!);
        gradient[output + width * hidden + j]! += error;
        for (let i = 0; i < hidden; i++) {
          gradient[output + j * hidden + i]! += error * decoder.states[state + i]!;
          slope[i]! += error * parameters[output + j * hidden + i]!;
        }
      }
      decoder.backward(parameters, t, this.none, 0, slope, gradient);
    }
    for (let t = length - 1; t >= 0; t--) encoder.backward(parameters, t, window, t * width, slope, gradient);
  }
}
