/** Training of the autoencoder on tfjs, and its weights as plain layers. */
import type { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { randomSource, sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import { loadTensors, type BackendName, type TensorBackend } from './backend.ts';
import { clampInput, HIDDEN, type DenseLayer } from './network.ts';

export interface AutoencoderOptions {
  /** Most passes over the training rows (default 30). */
  epochs?: number;
  /** Passes without a better validation loss before it stops (default 6). */
  patience?: number;
  batch?: number;
  learningRate?: number;
  dropout?: number;
  l2?: number;
  backends?: readonly BackendName[];
  onEpoch?: (epoch: number, loss: number, validation: number) => void;
}

export interface TrainedAutoencoder {
  layers: DenseLayer[];
  backend: BackendName;
  epochs: number;
  /** Mean squared error on the validation rows, best epoch. */
  validation: number;
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

/** Mean squared error over all of `data`, in portions. */
function lossOf({ core }: TensorBackend, model: LayersModel, data: Float32Array, rows: number, width: number): number {
  let sum = 0;
  for (let from = 0; from < rows; from += 4096) {
    const count = Math.min(4096, rows - from);
    sum += core.tidy(() => {
      const x = core.tensor2d(data.subarray(from * width, (from + count) * width), [count, width]);
      const y = model.predict(x) as typeof x;
      return core.sum(core.squaredDifference(x, y)).dataSync()[0]!;
    });
  }
  return sum / (rows * width);
}

async function epoch(
  { core }: TensorBackend,
  model: LayersModel,
  data: Float32Array,
  rows: number,
  width: number,
  batch: number,
  random: () => number,
): Promise<number> {
  const order = sampleWithoutReplacement(rows, rows, random);
  const portion = new Float32Array(batch * width);
  let sum = 0;
  let batches = 0;
  for (let from = 0; from + batch <= rows || from === 0; from += batch) {
    const count = Math.min(batch, rows - from);
    for (let i = 0; i < count; i++) {
      const row = order[from + i]!;
      portion.set(data.subarray(row * width, (row + 1) * width), i * width);
    }
    const x = core.tensor2d(portion.subarray(0, count * width), [count, width]);
    const loss = await model.trainOnBatch(x, x);
    x.dispose();
    sum += Array.isArray(loss) ? loss[0]! : loss;
    batches++;
  }
  return sum / batches;
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
  const width = training.features.length;
  const data = training.data.subarray(0, training.rows * width).map(clampInput);
  const held = validation.data.subarray(0, validation.rows * width).map(clampInput);
  const random = randomSource(seed, 7001);
  const original = Math.random;
  Math.random = randomSource(seed, 7002);
  try {
    const model = build(backend, width, seed, settings);
    let best: TrainedAutoencoder | undefined;
    for (let n = 1; n <= settings.epochs; n++) {
      const loss = await epoch(backend, model, data, training.rows, width, settings.batch, random);
      const validationLoss = lossOf(backend, model, held, validation.rows, width);
      options.onEpoch?.(n, loss, validationLoss);
      if (!best || validationLoss < best.validation) {
        best = { layers: exportLayers(model), backend: backend.name, epochs: n, validation: validationLoss };
      } else if (n - best.epochs >= settings.patience) break;
    }
    model.dispose();
    return best!;
  } finally {
    Math.random = original;
  }
}
