import { beforeAll, describe, expect, it } from 'vitest';
import { forwardReference } from '../../../src-main/detect/detectors/autoencoder/network.ts';
import { VariationalDetector } from '../../../src-main/detect/detectors/variational-autoencoder/detector.ts';
import { LATENT } from '../../../src-main/detect/detectors/variational-autoencoder/shape.ts';
import { trainVariational } from '../../../src-main/detect/detectors/variational-autoencoder/train.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../../../src-main/detect/types.ts';

const WIDTH = 10;

/** Rows on a surface of two dimensions, with a little noise. */
function rowsOf(count: number, seed: number): FeatureMatrix {
  const random = randomSource(seed);
  const data = new Float32Array(count * WIDTH);
  for (let r = 0; r < count; r++) {
    const [a, b] = [random() * 2 - 1, random() * 2 - 1];
    for (let j = 0; j < WIDTH; j++) {
      data[r * WIDTH + j] = a * Math.sin(j) + b * Math.cos(j * 2) + (random() - 0.5) * 0.1;
    }
  }
  return { features: Array.from({ length: WIDTH }, (_, i) => `f${i}`), rows: count, data };
}

const backends = ['wasm', 'cpu'] as const;

describe('the variational autoencoder', () => {
  const training = rowsOf(1600, 1);
  const calibration = rowsOf(400, 2);
  const detector = new VariationalDetector({ epochs: 15, backends });

  beforeAll(async () => {
    await detector.fit(training, calibration, 5);
  });

  it('is trained on a back end that it names', () => {
    expect(backends).toContain(detector.trained?.backend);
    expect(detector.trained?.epochs).toBeGreaterThan(0);
  });

  it('scores a row by reconstruction at the latent mean and by divergence, as the definition says', () => {
    const { head, arrays } = detector.snapshot();
    const layers = (name: string, from: number): Parameters<typeof forwardReference>[0] => {
      let inputs = from;
      return (head[`${name} widths`] as number[]).map((outputs, i) => {
        const weights = arrays[`${name} weights${i}`] as Float32Array;
        const layer = { inputs, outputs, weights, bias: arrays[`${name} bias${i}`] as Float32Array };
        inputs = outputs;
        return layer;
      });
    };
    const rows = rowsOf(70, 3);
    const raw = new Float64Array(70);
    detector.raw(rows.data, 70, raw);
    for (let r = 0; r < 70; r++) {
      const x = rows.data.subarray(r * WIDTH, (r + 1) * WIDTH);
      const latent = forwardReference(layers('encoder', WIDTH), x);
      const back = forwardReference(layers('decoder', LATENT), latent.subarray(0, LATENT));
      let sum = 0;
      for (let j = 0; j < WIDTH; j++) sum += (x[j]! - back[j]!) ** 2 / (2 * (head['noise'] as number));
      for (let k = 0; k < LATENT; k++) {
        const logVariance = Math.min(4, Math.max(-8, latent[LATENT + k]!));
        sum += (latent[k]! ** 2 + Math.exp(logVariance) - logVariance - 1) / 2;
      }
      expect(raw[r]).toBeCloseTo(sum / WIDTH, 9);
    }
  });

  it('finds rows off the surface unusual, and ordinary ones not', () => {
    const odd = rowsOf(50, 3);
    for (let i = 0; i < odd.data.length; i += 3) odd.data[i] = -odd.data[i]! + 2;
    expect(detector.score(odd).scores.filter((s) => s > 0.99).length).toBeGreaterThan(45);
    expect(detector.score(rowsOf(500, 4)).scores.filter((s) => s > 0.99).length).toBeLessThan(25);
  });

  it('finds rows far out on the surface unusual, by their latent', () => {
    const far = rowsOf(50, 6);
    const raw = new Float64Array(50);
    detector.raw(far.data, 50, raw);
    const near = raw.slice();
    far.data.forEach((x, i) => (far.data[i] = x * 3));
    detector.raw(far.data, 50, raw);
    expect(raw.filter((x, i) => x > near[i]!).length).toBe(50);
  });

  it('explains by columns; what is of no column stands in the base', () => {
    const rows = rowsOf(5, 4);
    rows.data[7] = 9;
    const { base, score, contributions } = detector.explain(rows, 0);
    expect(Math.abs(base + contributions.reduce((a, b) => a + b, 0) - score)).toBeLessThan(1e-9);
    expect(contributions.indexOf(Math.max(...contributions))).toBe(7);
  });

  it('gives identical scores after snapshot and restore, without a tensor library', () => {
    const again = new VariationalDetector();
    again.restore(structuredClone(detector.snapshot()), training.features);
    const rows = rowsOf(100, 6);
    expect(again.score(rows)).toEqual(detector.score(rows));
    expect(again.snapshot()).toEqual(detector.snapshot());
  });

  it.each<[string, (snapshot: DetectorSnapshot) => void]>([
    ['layers that do not fit', ({ head }) => (head['encoder widths'] = [3, 5])],
    ['no layers', ({ head }) => (head['decoder widths'] = [])],
    ['noise of nothing', ({ head }) => (head['noise'] = 0)],
    ['weights of another length', ({ arrays }) => (arrays['decoder weights0'] = new Float32Array(3))],
  ])('refuses a snapshot with %s', (_what, damage) => {
    const snapshot = structuredClone(detector.snapshot());
    damage(snapshot);
    expect(() => new VariationalDetector().restore(snapshot, training.features)).toThrow(RangeError);
  });

  it('is the same again for the same seed, another for another, and draws nothing from Math.random', async () => {
    const original = Math.random;
    Math.random = () => {
      throw new Error('Math.random was asked');
    };
    try {
      const again = new VariationalDetector({ epochs: 15, backends });
      await again.fit(training, calibration, 5);
      expect(again.snapshot()).toEqual(detector.snapshot());
      await again.fit(training, calibration, 6);
      expect(again.snapshot()).not.toEqual(detector.snapshot());
    } finally {
      Math.random = original;
    }
  });

  it('is insufficient below 1,000 rows', async () => {
    const small = new VariationalDetector();
    await small.fit(rowsOf(999, 1), calibration, 1);
    expect(small.status).toBe('insufficient');
  });

  it('stops when the bound on the validation rows gets no better, and keeps the best', async () => {
    const bounds: number[] = [];
    const trained = await trainVariational(rowsOf(300, 8), rowsOf(100, 9), 1, {
      epochs: 60,
      patience: 2,
      learningRate: 0.05,
      backends,
      onEpoch: (_n, _loss, bound) => bounds.push(bound),
    });
    expect(trained.validation).toBe(Math.min(...bounds));
    expect(bounds.length === 60 || bounds.length === trained.epochs + 2).toBe(true);
  });
});
