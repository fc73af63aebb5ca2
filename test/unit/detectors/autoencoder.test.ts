import { beforeAll, describe, expect, it } from 'vitest';
import { loadTensors } from '../../../src-main/detect/detectors/autoencoder/backend.ts';
import { AutoencoderDetector } from '../../../src-main/detect/detectors/autoencoder/detector.ts';
import {
  clampInput,
  ForwardPass,
  forwardReference,
  HIDDEN,
  type DenseLayer,
} from '../../../src-main/detect/detectors/autoencoder/network.ts';
import { exportLayers, trainAutoencoder } from '../../../src-main/detect/detectors/autoencoder/train.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

const WIDTH = 10;

/** Rows on a surface of two dimensions: what an autoencoder can learn. */
function rowsOf(count: number, seed: number): FeatureMatrix {
  const random = randomSource(seed);
  const data = new Float32Array(count * WIDTH);
  for (let r = 0; r < count; r++) {
    const [a, b] = [random() * 2 - 1, random() * 2 - 1];
    for (let j = 0; j < WIDTH; j++) data[r * WIDTH + j] = a * Math.sin(j) + b * Math.cos(j * 2);
  }
  return { features: Array.from({ length: WIDTH }, (_, i) => `f${i}`), rows: count, data };
}

function randomLayers(widths: readonly number[], seed: number): DenseLayer[] {
  const random = randomSource(seed);
  const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, () => random() - 0.5);
  return widths.slice(1).map((outputs, i) => ({
    inputs: widths[i]!,
    outputs,
    weights: numbers(widths[i]! * outputs),
    bias: numbers(outputs),
  }));
}

describe('the forward pass', () => {
  it.each([[[10, 128, 64, 32, 16, 32, 64, 128, 10]], [[3, 5, 3]], [[88, 7, 88]]])(
    'of %j equals the reference bit for bit',
    (widths) => {
      const layers = randomLayers(widths, 1);
      const width = widths[0]!;
      const random = randomSource(2);
      const data = Float32Array.from({ length: 130 * width }, () => random() * 12 - 6);
      let seen = 0;
      new ForwardPass(layers).run(data, 130, (input, output, stride, first, count) => {
        for (let r = 0; r < count; r++) {
          const row = data.subarray((first + r) * width, (first + r + 1) * width);
          expect([...output.subarray(r * stride, r * stride + width)]).toEqual([...forwardReference(layers, row)]);
          expect(input[r * width]).toBe(clampInput(row[0]!));
          seen++;
        }
      });
      expect(seen).toBe(130);
    },
  );
});

describe('the autoencoder', () => {
  const training = rowsOf(1600, 1);
  const calibration = rowsOf(400, 2);
  const detector = new AutoencoderDetector({ epochs: 6, backends: ['wasm', 'cpu'] });

  beforeAll(async () => {
    await detector.fit(training, calibration, 5);
  });

  it('is trained on a back end that it names', () => {
    expect(['wasm', 'cpu']).toContain(detector.trained?.backend);
    expect(detector.trained?.epochs).toBeGreaterThan(0);
  });

  it('finds rows off the surface unusual', () => {
    const odd = rowsOf(50, 3);
    for (let i = 0; i < odd.data.length; i += 3) odd.data[i] = -odd.data[i]! + 2;
    const scores = detector.score(odd).scores;
    expect(scores.filter((s) => s > 0.99).length).toBeGreaterThan(45);
  });

  it('explains by reconstruction errors that sum exactly', () => {
    const rows = rowsOf(5, 4);
    rows.data[7] = 9;
    const { base, score, contributions } = detector.explain(rows, 0);
    expect(Math.abs(base + contributions.reduce((a, b) => a + b, 0) - score)).toBeLessThan(1e-12);
    expect(contributions.indexOf(Math.max(...contributions))).toBe(7);
  });

  it('gives identical scores after snapshot and restore, without a tensor library', () => {
    const again = new AutoencoderDetector();
    again.restore(structuredClone(detector.snapshot()), training.features);
    const rows = rowsOf(100, 6);
    expect(again.score(rows)).toEqual(detector.score(rows));
  });

  it('is the same again for the same seed, and leaves Math.random alone', async () => {
    const before = Math.random;
    const again = new AutoencoderDetector({ epochs: 6, backends: ['wasm', 'cpu'] });
    await again.fit(training, calibration, 5);
    expect(again.snapshot()).toEqual(detector.snapshot());
    expect(Math.random).toBe(before);
  });

  it('is insufficient below 1,000 rows', async () => {
    const small = new AutoencoderDetector();
    await small.fit(rowsOf(999, 1), calibration, 1);
    expect(small.status).toBe('insufficient');
  });

  it('stops when the validation rows are no longer reproduced better, and keeps the best', async () => {
    const losses: number[] = [];
    const trained = await trainAutoencoder(rowsOf(300, 8), rowsOf(100, 9), 1, {
      epochs: 60,
      patience: 2,
      learningRate: 0.05,
      backends: ['wasm', 'cpu'],
      onEpoch: (_n, _loss, validation) => losses.push(validation),
    });
    expect(trained.validation).toBe(Math.min(...losses));
    expect(losses.length === 60 || losses.length === trained.epochs + 2).toBe(true);
  });
});

describe('batch normalisation folded in', () => {
  it('gives what tfjs predicts, to 1e-4', async () => {
    const { core, layers } = await loadTensors(['wasm', 'cpu']);
    const model = layers.sequential();
    for (const [i, units] of HIDDEN.entries()) {
      model.add(
        layers.layers.dense({
          units,
          ...(i === 0 ? { inputShape: [WIDTH] } : {}),
          kernelInitializer: layers.initializers.heNormal({ seed: i + 1 }),
        }),
      );
      model.add(layers.layers.batchNormalization());
      model.add(layers.layers.activation({ activation: 'relu' }));
      if (i < 2) model.add(layers.layers.dropout({ rate: 0.1 }));
    }
    model.add(
      layers.layers.dense({ units: WIDTH, kernelInitializer: layers.initializers.glorotUniform({ seed: 99 }) }),
    );
    model.compile({ optimizer: core.train.adam(0.005), loss: 'meanSquaredError' });
    const rows = rowsOf(256, 1);
    const x = core.tensor2d(rows.data, [256, WIDTH]);
    // A few steps, so that the moving averages are no longer what they began as.
    for (let i = 0; i < 5; i++) await model.trainOnBatch(x, x);
    const expected = (model.predict(x) as typeof x).dataSync();
    let worst = 0;
    new ForwardPass(exportLayers(model)).run(rows.data, 256, (_input, output, stride, first, count) => {
      for (let r = 0; r < count; r++) {
        for (let j = 0; j < WIDTH; j++) {
          worst = Math.max(worst, Math.abs(output[r * stride + j]! - expected[(first + r) * WIDTH + j]!));
        }
      }
    });
    expect(worst).toBeLessThan(1e-4);
  });
});
