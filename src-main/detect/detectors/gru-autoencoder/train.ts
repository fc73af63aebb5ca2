/** Training of the sequence autoencoder: Adam (Kingma & Ba 2015) on batches of windows, gradients by hand. */
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import { SequenceNetwork } from './network.ts';

export interface GruOptions {
  hidden?: number;
  /** Most passes over the windows (default 30), and passes without a better validation loss before it stops (4). */
  epochs?: number;
  patience?: number;
  /** Windows a pass learns from at most, drawn anew each time (default 2,000). */
  windows?: number;
  batch?: number;
  learningRate?: number;
}

export const DEFAULTS = { hidden: 24, epochs: 30, patience: 4, windows: 2000, batch: 32, learningRate: 0.005 };

/** Longer gradients are shortened to this (Pascanu, Mikolov & Bengio 2013). */
const LONGEST = 1;

/** Fills a window, answers how many rows it has. */
export type FillWindow = (index: number, into: Float64Array) => number;

class Adam {
  private readonly mean: Float64Array;
  private readonly square: Float64Array;
  private steps = 0;

  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.square = new Float64Array(size);
  }

  step(parameters: Float64Array, gradient: Float64Array, rate: number): void {
    const { mean, square } = this;
    this.steps++;
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! ** 2;
    const shorten = squares > LONGEST * LONGEST ? LONGEST / Math.sqrt(squares) : 1;
    const first = 1 - 0.9 ** this.steps;
    const second = 1 - 0.999 ** this.steps;
    for (let i = 0; i < gradient.length; i++) {
      const g = gradient[i]! * shorten;
      mean[i] = 0.9 * mean[i]! + 0.1 * g;
      square[i] = 0.999 * square[i]! + 0.001 * g * g;
      parameters[i]! -= (rate * (mean[i]! / first)) / (Math.sqrt(square[i]! / second) + 1e-8);
    }
  }
}

/**
 * Learns to give windows 0…`count` − 1 back; every tenth decides when it stops, and the best weights are kept.
 * Deterministic by seed.
 */
export function trainSequences(
  count: number,
  width: number,
  steps: number,
  fill: FillWindow,
  seed: number,
  options: GruOptions = {},
): { network: SequenceNetwork; epochs: number; validation: number } {
  const settings = { ...DEFAULTS, ...options };
  const network = new SequenceNetwork(width, settings.hidden, steps);
  const random = randomSource(seed, 7301);
  network.initialise(random);
  const order = sampleWithoutReplacement(count, count, random);
  const held = order.slice(0, Math.max(1, Math.min(Math.floor(count / 10), settings.windows)));
  const rest = order.slice(held.length);
  const window = new Float64Array(steps * width);
  const gradient = new Float64Array(network.parameters.length);
  const adam = new Adam(gradient.length);
  const lossOf = (): number => {
    let sum = 0;
    for (const index of held) sum += network.forward(window, fill(index, window)).all;
    return sum / held.length;
  };
  let best = { parameters: network.parameters.slice(), epochs: 0, validation: lossOf() };
  for (let n = 1; n <= settings.epochs && rest.length > 0; n++) {
    const drawn = sampleWithoutReplacement(rest.length, Math.min(rest.length, settings.windows), random);
    for (let from = 0; from < drawn.length; from += settings.batch) {
      const some = drawn.subarray(from, from + settings.batch);
      gradient.fill(0);
      for (const at of some) {
        const length = fill(rest[at]!, window);
        network.forward(window, length);
        network.backward(window, length, gradient);
      }
      for (let i = 0; i < gradient.length; i++) gradient[i]! /= some.length;
      adam.step(network.parameters, gradient, settings.learningRate);
    }
    const validation = lossOf();
    if (validation < best.validation) best = { parameters: network.parameters.slice(), epochs: n, validation };
    else if (n - best.epochs >= settings.patience) break;
  }
  network.parameters.set(best.parameters);
  return { network, epochs: best.epochs, validation: best.validation };
}
