/** Training of the autoencoder on tfjs, and its weights as plain layers. */
import type { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { randomSource } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import { loadTensors, type TensorBackend } from './backend.ts';
import { HIDDEN, type DenseLayer } from './network.ts';
import { clampedRows, pass, portions, untilNoBetter, type Rows, type Trained, type TrainingOptions } from './passes.ts';

/** By default at most 30 passes, 6 without a better loss, batches of 256. */
export interface AutoencoderOptions extends TrainingOptions {
  dropout?: number;
  l2?: number;
}

/** `validation`: mean squared error. */
export interface TrainedAutoencoder extends Trained {
  layers: DenseLayer[];
}

const DEFAULTS = { epochs: 30, patience: 6, batch: 256, learningRate: 0.002, dropout: 0.05, l2: 1e-6 };

/** dense → batch norm → ReLU → dropout for each hidden layer, then dense. */
function build(
  { layers: tfl, core }: TensorBackend,
  width: number,
  seed: number,
  options: typeof DEFAULTS,
): Sequential {
  const model = tfl.sequential();
  const regulariser = (): ReturnType<typeof tfl.regularizers.l2> => tfl.regularizers.l2({ l2: options.l2 });
  for (const [index, units] of HIDDEN.entries()) {
    const kernelInitializer = tfl.initializers.heNormal({ seed: seed * 31 + index });
    const input = index === 0 ? { inputShape: [width] } : {};
    model.add(tfl.layers.dense({ units, kernelInitializer, kernelRegularizer: regulariser(), ...input }));
    model.add(tfl.layers.batchNormalization({ momentum: 0.95 }));
    model.add(tfl.layers.activation({ activation: 'relu' }));
    if (options.dropout > 0 && index < 2) model.add(tfl.layers.dropout({ rate: options.dropout }));
  }
  const kernelInitializer = tfl.initializers.glorotUniform({ seed: seed * 31 + HIDDEN.length });
  model.add(tfl.layers.dense({ units: width, kernelInitializer, kernelRegularizer: regulariser() }));
  model.compile({ optimizer: core.train.adam(options.learningRate), loss: 'meanSquaredError' });
  return model;
}

/** Weights of the dense layers with the batch normalisation that follows each folded in. */
export function exportLayers(model: LayersModel): DenseLayer[] {
  const out: DenseLayer[] = [];
  for (const layer of model.layers) {
    const values = layer.getWeights().map((weight) => ({ shape: weight.shape, data: weight.dataSync() }));
    if (layer.getClassName() === 'Dense') {
      const [kernel, bias] = values;
      const [inputs, outputs] = kernel!.shape as [number, number];
      out.push({ inputs, outputs, weights: Float32Array.from(kernel!.data), bias: Float32Array.from(bias!.data) });
    } else if (layer.getClassName() === 'BatchNormalization') {
      const epsilon = Number(layer.getConfig()['epsilon']);
      fold(
        out[out.length - 1]!,
        values.map((value) => value.data),
        epsilon,
      );
    }
  }
  return out;
}

function fold(layer: DenseLayer, [gamma, beta, mean, variance]: ArrayLike<number>[], epsilon: number): void {
  for (let j = 0; j < layer.outputs; j++) {
    const factor = gamma![j]! / Math.sqrt(variance![j]! + epsilon);
    for (let i = 0; i < layer.inputs; i++) layer.weights[i * layer.outputs + j]! *= factor;
    layer.bias[j] = (layer.bias[j]! - mean![j]!) * factor + beta![j]!;
  }
}

/** Mean squared error. */
function lossOf({ core }: TensorBackend, model: LayersModel, held: Rows): number {
  let sum = 0;
  for (const { data, rows, width } of portions(held)) {
    sum += core.tidy(() => {
      const x = core.tensor2d(data, [rows, width]);
      const y = model.predict(x) as typeof x;
      return core.sum(core.squaredDifference(x, y)).dataSync()[0]!;
    });
  }
  return sum / (held.rows * held.width);
}

async function learn({ core }: TensorBackend, model: LayersModel, { data, rows, width }: Rows): Promise<number> {
  const x = core.tensor2d(data, [rows, width]);
  const loss = await model.trainOnBatch(x, x);
  x.dispose();
  return Array.isArray(loss) ? loss[0]! : loss;
}

/**
 * Learns to reproduce ordinary rows; stops when the validation rows are no longer reproduced better, and keeps the best
 * weights. Dropout of tfjs draws from Math.random, which is seeded meanwhile and restored: nothing else may run in this
 * thread that needs it.
 */
export async function trainAutoencoder(
  training: FeatureMatrix,
  validation: FeatureMatrix,
  seed: number,
  options: AutoencoderOptions = {},
): Promise<TrainedAutoencoder> {
  const settings = { ...DEFAULTS, ...options };
  const backend = await loadTensors(options.backends);
  const [fit, held] = [clampedRows(training), clampedRows(validation)];
  const random = randomSource(seed, 7001);
  const original = Math.random;
  Math.random = randomSource(seed, 7002);
  try {
    const model = build(backend, fit.width, seed, settings);
    const best = await untilNoBetter(
      settings,
      () => pass(fit, settings.batch, random, (rows) => learn(backend, model, rows)),
      () => lossOf(backend, model, held),
      () => ({ layers: exportLayers(model), backend: backend.name }),
    );
    model.dispose();
    return best;
  } finally {
    Math.random = original;
  }
}
