/**
 * Training of the variational autoencoder on tfjs, by its own gradients rather than by tfjs layers: what is drawn comes
 * from a seeded source, and the weights are plain matrices at the end.
 */
import type { Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { randomSource } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import { loadTensors, type TensorBackend } from '../autoencoder/backend.ts';
import type { DenseLayer } from '../autoencoder/network.ts';
import {
  clampedRows,
  pass,
  portions,
  untilNoBetter,
  type Rows,
  type Trained,
  type TrainingOptions,
} from '../autoencoder/passes.ts';
import { ENCODER_HIDDEN, LATENT, LOG_VARIANCE } from './shape.ts';

/** Below this error a better reconstruction is worth nothing. */
export const LEAST_NOISE = 1e-3;

/** By default at most 40 passes, 6 without a better loss, batches of 256. */
export type VariationalOptions = TrainingOptions;

/** `validation`: negative evidence bound. */
export interface TrainedVariational extends Trained {
  /** Input → … → means of the latent, then logarithms of their variances: twice `LATENT` outputs. */
  encoder: DenseLayer[];
  /** Latent → … → reconstruction. */
  decoder: DenseLayer[];
  /** Variance of the reconstruction: its mean squared error on the validation rows. */
  noise: number;
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

/** Of the validation rows, reconstructed from their latent means: squared error a number, and the bound a row. */
function judge({ core }: TensorBackend, network: Network, held: Rows): { error: number; bound: number } {
  let squares = 0;
  let divergences = 0;
  for (const { data, rows, width } of portions(held)) {
    core.tidy(() => {
      const x = core.tensor2d(data, [rows, width]);
      const { mean, logVariance } = latentOf(core, network, x);
      squares += core.sum(core.squaredDifference(x, forward(core, network.decoder, mean))).dataSync()[0]!;
      divergences += divergence(core, mean, logVariance).dataSync()[0]!;
    });
  }
  const error = squares / (held.rows * held.width);
  return { error, bound: (held.width / 2) * Math.log(error + LEAST_NOISE) + divergences / held.rows };
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
  const [fit, held] = [clampedRows(training), clampedRows(validation)];
  const random = randomSource(seed, 7101);
  const network: Network = {
    encoder: chain(core, [fit.width, ...ENCODER_HIDDEN, 2 * LATENT], random),
    decoder: chain(core, [LATENT, ...[...ENCODER_HIDDEN].reverse(), fit.width], random),
  };
  const variables = [...network.encoder, ...network.decoder].flatMap(({ kernel, bias }) => [kernel, bias]);
  const optimizer = core.train.adam(settings.learningRate);
  const drawn = new Float32Array(settings.batch * LATENT);
  const learn = ({ data, rows, width }: Rows): number => {
    normal(random, drawn);
    return core.tidy(() => {
      const x = core.tensor2d(data.slice(), [rows, width]);
      const noise = core.tensor2d(drawn.slice(0, rows * LATENT), [rows, LATENT]);
      const cost = optimizer.minimize(() => lossOf(core, network, x, noise) as Scalar, true, variables);
      return cost!.dataSync()[0]!;
    });
  };
  let error = 0;
  try {
    return await untilNoBetter(
      settings,
      () => pass(fit, settings.batch, random, learn),
      () => {
        const judged = judge(backend, network, held);
        error = judged.error;
        return judged.bound;
      },
      () => ({
        encoder: plain(network.encoder),
        decoder: plain(network.decoder),
        noise: error + LEAST_NOISE,
        backend: backend.name,
      }),
    );
  } finally {
    optimizer.dispose();
    for (const variable of variables) variable.dispose();
  }
}
