/**
 * Training of the variational autoencoder on tfjs, by its own gradients rather than by tfjs layers: what is drawn comes
 * from a seeded source, and the weights are plain matrices at the end.
 */
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import { loadTensors, type BackendName, type TensorBackend } from '../autoencoder/backend.ts';
import { clampInput, type DenseLayer } from '../autoencoder/network.ts';

/** Widths between input and latent, and back again. */
export const ENCODER_HIDDEN = [64, 32] as const;
export const LATENT = 8;
/** Logarithms of the latent variances are kept within. */
export const LOG_VARIANCE: readonly [least: number, most: number] = [-8, 4];
/** Below this error a better reconstruction is worth nothing. */
export const LEAST_NOISE = 1e-3;

export interface VariationalOptions {
  /** Most passes over the training rows (default 40). */
  epochs?: number;
  /** Passes without a better validation loss before it stops (default 6). */
  patience?: number;
  batch?: number;
  learningRate?: number;
  backends?: readonly BackendName[];
  onEpoch?: (epoch: number, loss: number, validation: number) => void;
}

export interface TrainedVariational {
  /** Input → … → means of the latent, then logarithms of their variances: twice `LATENT` outputs. */
  encoder: DenseLayer[];
  /** Latent → … → reconstruction. */
  decoder: DenseLayer[];
  /** Variance of the reconstruction: its mean squared error on the validation rows. */
  noise: number;
  backend: BackendName;
  epochs: number;
  /** Negative evidence bound on the validation rows, best epoch. */
  validation: number;
}

const DEFAULTS = { epochs: 40, patience: 6, batch: 256, learningRate: 0.002 };

interface Layer {
  kernel: Variable;
  bias: Variable;
}

interface Network {
  encoder: Layer[];
  decoder: Layer[];
}

type Core = TensorBackend['core'];

/** Normal numbers by Box and Muller. */
function normal(random: () => number, out: Float32Array): Float32Array {
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

function chain(core: Core, widths: readonly number[], random: () => number): Layer[] {
  return widths.slice(1).map((outputs, i) => {
    const inputs = widths[i]!;
    const scale = Math.sqrt((i === widths.length - 2 ? 1 : 2) / inputs);
    const weights = normal(random, new Float32Array(inputs * outputs)).map((x) => x * scale);
    return {
      kernel: core.variable(core.tensor2d(weights, [inputs, outputs])),
      bias: core.variable(core.zeros([outputs])),
    };
  });
}

function forward(core: Core, layers: readonly Layer[], input: Tensor2D): Tensor2D {
  let x: Tensor = input;
  for (const [i, { kernel, bias }] of layers.entries()) {
    x = core.add(core.matMul(x as Tensor2D, kernel as Tensor2D), bias);
    if (i < layers.length - 1) x = core.relu(x);
  }
  return x as Tensor2D;
}

function latentOf(core: Core, network: Network, x: Tensor2D): { mean: Tensor2D; logVariance: Tensor2D } {
  const both = forward(core, network.encoder, x);
  const mean = core.slice2d(both, [0, 0], [-1, LATENT]);
  const raw = core.slice2d(both, [0, LATENT], [-1, LATENT]);
  return { mean, logVariance: core.clipByValue(raw, ...LOG_VARIANCE) as Tensor2D };
}

/** Σ (μ² + σ² − log σ² − 1) / 2 over the latent, of a batch. */
function divergence(core: Core, mean: Tensor2D, logVariance: Tensor2D): Tensor {
  const terms = core.sub(core.add(core.square(mean), core.exp(logVariance)), core.add(logVariance, 1));
  return core.mul(core.sum(terms), 0.5);
}

/** Mean over a batch of −log likelihood + divergence, with the noise at its best value for the batch. */
function lossOf(core: Core, network: Network, x: Tensor2D, noise: Tensor2D): Tensor {
  const { mean, logVariance } = latentOf(core, network, x);
  const latent = core.add(mean, core.mul(noise, core.exp(core.mul(logVariance, 0.5)))) as Tensor2D;
  const error = core.mean(core.squaredDifference(x, forward(core, network.decoder, latent)));
  const likelihood = core.mul(core.log(core.add(error, LEAST_NOISE)), x.shape[1] / 2);
  return core.add(likelihood, core.div(divergence(core, mean, logVariance), x.shape[0]));
}

interface Rows {
  data: Float32Array;
  rows: number;
  width: number;
}

function epoch(
  { core }: TensorBackend,
  network: Network,
  { data, rows, width }: Rows,
  batch: number,
  random: () => number,
  step: (loss: () => Tensor) => number,
): number {
  const order = sampleWithoutReplacement(rows, rows, random);
  const portion = new Float32Array(batch * width);
  const noise = new Float32Array(batch * LATENT);
  let sum = 0;
  let batches = 0;
  for (let from = 0; from + batch <= rows || from === 0; from += batch) {
    const count = Math.min(batch, rows - from);
    for (let i = 0; i < count; i++) {
      const row = order[from + i]!;
      portion.set(data.subarray(row * width, (row + 1) * width), i * width);
    }
    normal(random, noise);
    sum += core.tidy(() => {
      const x = core.tensor2d(portion.slice(0, count * width), [count, width]);
      const drawn = core.tensor2d(noise.slice(0, count * LATENT), [count, LATENT]);
      return step(() => lossOf(core, network, x, drawn));
    });
    batches++;
  }
  return sum / batches;
}

/** Of the validation rows, reconstructed from their latent means: squared error a number, and the bound a row. */
function judge(
  { core }: TensorBackend,
  network: Network,
  { data, rows, width }: Rows,
): { error: number; bound: number } {
  let squares = 0;
  let divergences = 0;
  for (let from = 0; from < rows; from += 4096) {
    const count = Math.min(4096, rows - from);
    core.tidy(() => {
      const x = core.tensor2d(data.slice(from * width, (from + count) * width), [count, width]);
      const { mean, logVariance } = latentOf(core, network, x);
      squares += core.sum(core.squaredDifference(x, forward(core, network.decoder, mean))).dataSync()[0]!;
      divergences += divergence(core, mean, logVariance).dataSync()[0]!;
    });
  }
  const error = squares / (rows * width);
  return { error, bound: (width / 2) * Math.log(error + LEAST_NOISE) + divergences / rows };
}

function plain(layers: readonly Layer[]): DenseLayer[] {
  return layers.map(({ kernel, bias }) => {
    const [inputs, outputs] = kernel.shape as [number, number];
    const weights = Float32Array.from(kernel.dataSync());
    return { inputs, outputs, weights, bias: Float32Array.from(bias.dataSync()) };
  });
}

/**
 * Learns the distribution of ordinary rows (Kingma & Welling 2014), with the noise of the reconstruction at its best value
 * instead of a chosen one (Rybkin, Daniilidis & Levine 2021). Stops when the bound on the validation rows gets no better, and
 * keeps the best weights.
 */
export async function trainVariational(
  training: FeatureMatrix,
  validation: FeatureMatrix,
  seed: number,
  options: VariationalOptions = {},
): Promise<TrainedVariational> {
  const settings = { ...DEFAULTS, ...options };
  const backend = await loadTensors(options.backends);
  const { core } = backend;
  const width = training.features.length;
  const rowsOf = ({ data, rows }: FeatureMatrix): Rows => ({
    data: data.subarray(0, rows * width).map(clampInput),
    rows,
    width,
  });
  const [fit, held] = [rowsOf(training), rowsOf(validation)];
  const random = randomSource(seed, 7101);
  const network: Network = {
    encoder: chain(core, [width, ...ENCODER_HIDDEN, 2 * LATENT], random),
    decoder: chain(core, [LATENT, ...[...ENCODER_HIDDEN].reverse(), width], random),
  };
  const variables = [...network.encoder, ...network.decoder].flatMap(({ kernel, bias }) => [kernel, bias]);
  const optimizer = core.train.adam(settings.learningRate);
  const step = (loss: () => Tensor): number => {
    const cost = optimizer.minimize(loss as () => import('@tensorflow/tfjs-core').Scalar, true, variables);
    return cost!.dataSync()[0]!;
  };
  try {
    let best: TrainedVariational | undefined;
    for (let n = 1; n <= settings.epochs; n++) {
      const loss = epoch(backend, network, fit, settings.batch, random, step);
      const { error, bound } = judge(backend, network, held);
      settings.onEpoch?.(n, loss, bound);
      if (!best || bound < best.validation) {
        const [encoder, decoder] = [plain(network.encoder), plain(network.decoder)];
        const noise = error + LEAST_NOISE;
        best = { encoder, decoder, noise, backend: backend.name, epochs: n, validation: bound };
      } else if (n - best.epochs >= settings.patience) break;
    }
    return best!;
  } finally {
    optimizer.dispose();
    for (const variable of variables) variable.dispose();
  }
}
