import { beforeAll, describe, expect, it } from 'vitest';
import { GruCell } from '../../../src-main/detect/detectors/gru-autoencoder/cell.ts';
import { GruAutoencoder } from '../../../src-main/detect/detectors/gru-autoencoder/detector.ts';
import { SequenceNetwork } from '../../../src-main/detect/detectors/gru-autoencoder/network.ts';
import { trainSequences } from '../../../src-main/detect/detectors/gru-autoencoder/train.ts';
import { Histories } from '../../../src-main/detect/detectors/gru-autoencoder/windows.ts';
import type { RowPlaces, ScoredPlaces } from '../../../src-main/detect/detectors/matrix/types.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import type { FeatureMatrix } from '../../../src-main/detect/types.ts';

const numbers = (count: number, seed: number): Float64Array => {
  const random = randomSource(seed);
  return Float64Array.from({ length: count }, () => random() * 2 - 1);
};

describe('the gated recurrent unit', () => {
  it('does what its equations say', () => {
    // One unit, one input: W_r, W_z, W_n, U_r, U_z, U_n, b_r, b_z, b_n.
    const parameters = Float64Array.from([0.5, -0.3, 0.8, 0.2, 0.4, -0.6, 0.1, -0.1, 0.05]);
    const cell = new GruCell(1, 1, 1, 0);
    expect(cell.size).toBe(9);
    cell.states[0] = 0.7;
    cell.forward(parameters, 0, Float64Array.from([1.5]), 0);
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const r = sigmoid(0.5 * 1.5 + 0.2 * 0.7 + 0.1);
    const z = sigmoid(-0.3 * 1.5 + 0.4 * 0.7 - 0.1);
    const n = Math.tanh(0.8 * 1.5 + 0.05 + r * (-0.6 * 0.7));
    expect(cell.states[1]).toBeCloseTo((1 - z) * n + z * 0.7, 14);
  });
});

describe('the sequence network', () => {
  it.each([1, 2, 5])('has the gradient that differences give, window of %i', (length) => {
    const [width, hidden] = [3, 4];
    const network = new SequenceNetwork(width, hidden, 5);
    network.parameters.set(numbers(network.parameters.length, 3));
    const window = numbers(5 * width, 4);
    const gradient = new Float64Array(network.parameters.length);
    network.forward(window, length);
    network.backward(window, length, gradient);
    const step = 1e-6;
    for (let k = 0; k < gradient.length; k++) {
      const value = network.parameters[k]!;
      network.parameters[k] = value + step;
      const up = network.forward(window, length).all;
      network.parameters[k] = value - step;
      const down = network.forward(window, length).all;
      network.parameters[k] = value;
      expect(Math.abs(gradient[k]! - (up - down) / (2 * step)), `parameter ${k}`).toBeLessThan(1e-7);
    }
  });

  it('does not look beyond its window', () => {
    const network = new SequenceNetwork(2, 3, 4);
    network.initialise(randomSource(1));
    const window = numbers(8, 5);
    const before = network.forward(window, 2);
    window.fill(9, 4);
    network.forward(window, 4);
    expect(network.forward(window, 2)).toEqual(before);
  });

  it('learns, keeps the best of what it learned, and is the same again for the same seed', () => {
    // Two rows, the second follows from the first.
    const data = numbers(300, 6);
    const fill = (index: number, into: Float64Array): number => {
      into.set([data[index]!, data[index]!]);
      return 2;
    };
    const options = { hidden: 6, epochs: 15, learningRate: 0.02 };
    const none = trainSequences(300, 1, 2, fill, 1, { ...options, epochs: 0 });
    const one = trainSequences(300, 1, 2, fill, 1, options);
    expect(one.validation).toBeLessThan(none.validation / 5);
    expect(trainSequences(300, 1, 2, fill, 1, options).network.parameters).toEqual(one.network.parameters);
    expect(trainSequences(300, 1, 2, fill, 2, options).network.parameters).not.toEqual(one.network.parameters);
  });
});

describe('histories', () => {
  const places: RowPlaces = {
    host: Float64Array.from([7, 8, 7, 7, 8, 7]),
    time: Float64Array.from([5, 1, 3, 4, 2, 4]),
  };
  const histories = new Histories(places);

  it('are the rows of the same host that began earlier, in the order of time', () => {
    expect([...histories.before(7, 5, 15)]).toEqual([2, 3, 5]);
    expect([...histories.before(7, 4, 15)]).toEqual([2]);
    expect([...histories.before(8, 9, 15)]).toEqual([1, 4]);
    expect([...histories.before(99, 9, 15)]).toEqual([]);
  });

  it('are the last of them where there are more', () => {
    expect([...histories.before(7, 6, 2)]).toEqual([5, 0]);
  });
});

describe('the GRU autoencoder', () => {
  /** Hosts whose flows go round three shapes, each host from another start. */
  function rounds(count: number, seed: number): { matrix: FeatureMatrix; places: RowPlaces } {
    const random = randomSource(seed);
    const shapes = [
      [2, 0, 0, 1],
      [0, 2, 0, -1],
      [0, 0, 2, 0],
    ];
    const data = new Float32Array(count * 4);
    const [host, time] = [new Float64Array(count), new Float64Array(count)];
    for (let r = 0; r < count; r++) {
      host[r] = r % 5;
      time[r] = r;
      const shape = shapes[(Math.floor(r / 5) + host[r]!) % 3]!;
      for (let j = 0; j < 4; j++) data[r * 4 + j] = shape[j]! + (random() - 0.5) * 0.2;
    }
    return { matrix: { features: ['a', 'b', 'c', 'd'], rows: count, data }, places: { host, time } };
  }
  const scored = ({ matrix, places }: ReturnType<typeof rounds>): ScoredPlaces => ({
    ...places,
    history: { matrix, ...places },
  });
  const training = rounds(1500, 1);
  const detector = new GruAutoencoder({ epochs: 25 });
  const later = rounds(600, 2);

  beforeAll(() => {
    detector.fit(training.matrix, 3, undefined, { places: training.places });
  });

  it('says what it chose', () => {
    expect(detector.chosen).toMatch(/^\d numbers a flow, \d+ passes, 1425 of 1500 windows are full$/);
  });

  it('finds a flow unusual that no host has had', () => {
    const odd = rounds(600, 2);
    const ordinary = detector.score(later.matrix, { places: scored(later) });
    odd.matrix.data.set([2, 2, 2, -1], 400 * 4);
    const scores = detector.score(odd.matrix, { places: scored(odd) });
    const sorted = [...ordinary].sort((a, b) => a - b);
    expect(scores[400]).toBeGreaterThan(sorted[597]!);
    expect(scores[399]).toBe(ordinary[399]);
  });

  it('depends on what the same host did before, and on nothing else', () => {
    const alone = detector.score(later.matrix, { places: scored(later) });
    const turned = rounds(600, 2);
    // Host 0's earlier flows come in another order: others keep their scores, the last of host 0 does not.
    for (let r = 500; r < 595; r += 5) turned.matrix.data.set([2, 0, 0, 1], r * 4);
    const scores = detector.score(turned.matrix, { places: scored(turned) });
    for (let r = 0; r < 600; r++) if (r % 5 !== 0) expect(scores[r]).toBe(alone[r]);
    expect(scores[595]).not.toBe(alone[595]);
  });

  it('takes rows of their own with the history of others', () => {
    const one: FeatureMatrix = { ...later.matrix, rows: 1, data: later.matrix.data.slice(599 * 4, 600 * 4) };
    const places = { host: Float64Array.of(4), time: Float64Array.of(599) };
    const all = detector.score(later.matrix, { places: scored(later) });
    expect(detector.score(one, { places: { ...places, history: { matrix: later.matrix, ...later.places } } })[0]).toBe(
      all[599],
    );
  });

  it('is the same again for the same seed', () => {
    const again = new GruAutoencoder({ epochs: 3 });
    const other = new GruAutoencoder({ epochs: 3 });
    again.fit(training.matrix, 4, undefined, { places: training.places });
    other.fit(training.matrix, 4, undefined, { places: training.places });
    expect(other.score(later.matrix, { places: scored(later) })).toEqual(
      again.score(later.matrix, { places: scored(later) }),
    );
  });

  it('asks for places', () => {
    expect(() => new GruAutoencoder().fit(training.matrix, 1)).toThrow(/whose each row is/);
    expect(() => detector.score(later.matrix)).toThrow(/whose each row is/);
  });
});
