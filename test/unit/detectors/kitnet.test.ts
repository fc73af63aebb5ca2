import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AfterImage, COLUMNS, LAMBDAS, WIDTH } from '../../../src-main/detect/detectors/kitnet/after-image.ts';
import { Kitnet } from '../../../src-main/detect/detectors/kitnet/detector.ts';
import { correlationDistances, groupColumns } from '../../../src-main/detect/detectors/kitnet/feature-map.ts';
import { SmallAutoencoder } from '../../../src-main/detect/detectors/kitnet/small-autoencoder.ts';
import { StreamTable } from '../../../src-main/detect/detectors/kitnet/stream-table.ts';
import { outermost } from '../../../src-main/detect/detectors/packets/rows.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { batchesOf, inPortions, ordinaryPackets, type MadePacket } from './packet-batches.ts';

/** Rows of AfterImage for packets, by name of the column. */
function imageOf(packets: readonly MadePacket[]): Record<string, number>[] {
  const image = new AfterImage(1);
  const { packets: batch, segments } = batchesOf(packets);
  return packets.map((_, p) => {
    image.take(batch, segments, p, p);
    return Object.fromEntries(COLUMNS.map((name, j) => [name, image.row[j]!]));
  });
}

/** Weight, mean and deviation by their definition: every value with its own 2^(−λΔt). */
function damped(values: readonly { at: number; x: number }[], now: number, lambda: number): number[] {
  let [w, ls, ss] = [0, 0, 0];
  for (const { at, x } of values) {
    const factor = 2 ** (-lambda * (now - at));
    w += factor;
    ls += factor * x;
    ss += factor * x * x;
  }
  return [w, ls / w, Math.sqrt(Math.abs(ss / w - (ls / w) ** 2))];
}

describe('the damped statistics', () => {
  const packets: MadePacket[] = [
    { at: 100, from: 1, to: 2, wire: 60, srcPort: 5, dstPort: 6 },
    { at: 100.5, from: 2, to: 1, wire: 1500, srcPort: 6, dstPort: 5 },
    { at: 101.25, from: 1, to: 2, wire: 300, srcPort: 5, dstPort: 6 },
    { at: 101.5, from: 1, to: 3, wire: 90, srcPort: 9, dstPort: 6 },
    { at: 103, from: 1, to: 2, wire: 70, srcPort: 7, dstPort: 6, mac: 99 },
    { at: 103.5, from: 2, to: 1, wire: 900, srcPort: 6, dstPort: 5 },
    { at: 104, from: 1, to: 2, wire: 200, srcPort: 5, dstPort: 6 },
  ];
  const rows = imageOf(packets);

  it('are 23 for each of five λ, each with a name of its own', () => {
    expect(WIDTH).toBe(115);
    expect(new Set(COLUMNS).size).toBe(115);
    expect(COLUMNS.length).toBe(115);
  });

  it.each(LAMBDAS)('of one side equal their definition, λ=%s', (lambda) => {
    for (const [p, { at: now, from, to, srcPort, dstPort, mac }] of packets.entries()) {
      const past = packets.slice(0, p + 1);
      const told = (what: string): number[] =>
        ['weight', 'mean', 'sd'].map((s) => rows[p]![`${what} ${s} λ=${lambda}`]!);
      const close = (what: string, some: MadePacket[]): void => {
        const expected = damped(
          some.map(({ at, wire }) => ({ at, x: wire! })),
          now,
          lambda,
        );
        for (const [k, value] of told(what).entries()) expect(value).toBeCloseTo(expected[k]!, 5);
      };
      close(
        'ip',
        past.filter((one) => one.from === from),
      );
      close(
        'mac+ip',
        past.filter((one) => one.from === from && (one.mac ?? one.from) === (mac ?? from)),
      );
      const channel = past.filter((one) => one.from === from && one.to === to);
      close('channel', channel);
      close(
        'socket',
        channel.filter((one) => one.srcPort === srcPort && one.dstPort === dstPort),
      );
      const intervals = channel.slice(1).map(({ at }, i) => ({ at, x: at - channel[i]!.at }));
      const expected = intervals.length === 0 ? [0, 0, 0] : damped(intervals, now, lambda);
      for (const [k, value] of told('jitter').entries()) expect(value).toBeCloseTo(expected[k]!, 5);
    }
  });

  it('of both sides join the means and deviations of what goes and what comes back', () => {
    const lambda = 0.1;
    const row = rows[6]!;
    const side = (from: number): number[] =>
      damped(
        packets.filter((p) => p.from === from && p.to === 3 - from).map(({ at, wire }) => ({ at, x: wire! })),
        104,
        lambda,
      );
    const [[w, m, s], [w2, m2, s2]] = [side(1), side(2)] as [number[], number[]];
    expect(row[`channel magnitude λ=${lambda}`]).toBeCloseTo(Math.hypot(m!, m2!), 5);
    expect(row[`channel radius λ=${lambda}`]).toBeCloseTo(Math.hypot(s! ** 2, s2! ** 2), 3);
    const covariance = row[`channel cov λ=${lambda}`]!;
    expect(row[`channel pcc λ=${lambda}`]).toBeCloseTo(covariance / (s! * s2!), 9);
    expect(w! + w2!).toBeGreaterThan(0);
  });

  it('sum the products of each residual with the last of the other side', () => {
    // λ 0.01 over a second fades next to nothing: the sum can be formed by hand.
    const few: MadePacket[] = [
      { at: 10, from: 1, to: 2, wire: 100 },
      { at: 10.001, from: 2, to: 1, wire: 500 },
      { at: 10.002, from: 1, to: 2, wire: 200 },
      { at: 10.003, from: 2, to: 1, wire: 900 },
    ];
    // Residuals: 0, 0, 200 − 150 = 50, 900 − 700 = 200; products with the other side's last: 0, 0, 50·0, 200·50.
    const last = imageOf(few)[3]!;
    expect(last['channel cov λ=0.01']).toBeCloseTo(10_000 / 4, 0);
    expect(last['channel pcc λ=0.01']).toBeCloseTo(10_000 / 4 / (50 * 200), 3);
  });

  it('do not go back with a clock that does, and stay finite', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1e6, noNaN: true }),
            from: fc.integer({ min: 1, max: 4 }),
            to: fc.integer({ min: 1, max: 4 }),
            wire: fc.integer({ min: 0, max: 65535 }),
          }),
          { maxLength: 60 },
        ),
        (made) => imageOf(made).every((row) => Object.values(row).every(Number.isFinite)),
      ),
      { numRuns: 50 },
    );
  });
});

describe('the table of streams', () => {
  it('forgets the one of a full set that was not seen for longest, and counts it', () => {
    const table = new StreamTable(8, 2);
    const at = Array.from({ length: 8 }, (_, i) => table.find(i + 1, 0, i));
    expect(new Set(at).size).toBe(8);
    for (const [i, place] of at.entries()) table.data[place] = i + 1;
    expect(table.data[table.find(1, 0, 20)]).toBe(1);
    const fresh = table.find(99, 0, 21);
    expect(fresh).toBe(at[1]);
    expect([...table.data.subarray(fresh, fresh + 2)]).toEqual([0, 0]);
    expect(table.evicted).toBe(1);
    expect(table.data[table.find(1, 0, 22)]).toBe(1);
  });

  it('refuses a size that is no power of two', () => {
    expect(() => new StreamTable(12, 1)).toThrow(RangeError);
  });
});

describe('the feature map', () => {
  it('puts columns together that go together, and what never varies on its own', () => {
    const random = randomSource(4);
    const rows = 300;
    const data = new Float64Array(rows * 7);
    for (let r = 0; r < rows; r++) {
      const [a, b] = [random(), random()];
      data.set([a, b, 2 * a + 1, 5, 3 * b, a + 0.01 * random(), b - 0.01 * random()], r * 7);
    }
    const distances = correlationDistances(data, rows, 7);
    expect(distances[2]).toBeCloseTo(0, 9);
    expect(distances[3 * 7]).toBe(1);
    expect(groupColumns(distances, 7, 3)).toEqual([[0, 2, 5], [1, 4, 6], [3]]);
  });

  it('cuts groups that are too large where they hold together least', () => {
    // On a line at 0, 1, 3, 3.5: the widest gap is between 1 and 3.
    const at = [0, 1, 3, 3.5];
    const distances = Float64Array.from({ length: 16 }, (_, i) => Math.abs(at[i >> 2]! - at[i & 3]!));
    expect(groupColumns(distances, 4, 4)).toEqual([[0, 1, 2, 3]]);
    expect(groupColumns(distances, 4, 3)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(groupColumns(distances, 4, 1)).toEqual([[0], [1], [2], [3]]);
  });
});

describe('the small autoencoder', () => {
  it('steps down the gradient of the cross-entropy', () => {
    const make = (): SmallAutoencoder => new SmallAutoencoder(4, randomSource(5));
    const columns = [0, 1, 2, 3];
    // Ranges first: 0…1 in every column, without anything learned.
    const ranged = (one: SmallAutoencoder): SmallAutoencoder => {
      const [weights, hidden, output] = [one.weights.slice(), one.hiddenBias.slice(), one.outputBias.slice()];
      one.learn(Float64Array.from([0, 0, 0, 0]), columns);
      one.learn(Float64Array.from([1, 1, 1, 1]), columns);
      one.weights.set(weights);
      one.hiddenBias.set(hidden);
      one.outputBias.set(output);
      return one;
    };
    const row = Float64Array.from([0.2, 0.9, 0.4, 0.7]);
    const entropy = (one: SmallAutoencoder): number => {
      one.error(row, columns);
      let sum = 0;
      for (let i = 0; i < 4; i++) sum -= row[i]! * Math.log(one.back[i]!) + (1 - row[i]!) * Math.log(1 - one.back[i]!);
      return sum;
    };
    const learned = ranged(make());
    learned.learn(row, columns);
    for (const name of ['weights', 'hiddenBias', 'outputBias'] as const) {
      const before = ranged(make());
      for (let k = 0; k < before[name].length; k++) {
        const step = 1e-6;
        const value = before[name][k]!;
        before[name][k] = value + step;
        const up = entropy(before);
        before[name][k] = value - step;
        const gradient = (up - entropy(before)) / (2 * step);
        before[name][k] = value;
        expect(learned[name][k]! - value).toBeCloseTo(-0.1 * gradient, 8);
      }
    }
  });

  it('has three quarters as many hidden numbers as inputs, and learns to reproduce', () => {
    const random = randomSource(6);
    const one = new SmallAutoencoder(8, random);
    expect(one.hidden).toBe(6);
    const draw = (): Float64Array => {
      const a = random();
      return Float64Array.from({ length: 8 }, (_, j) => (j % 2 ? a : 1 - a));
    };
    const columns = [0, 1, 2, 3, 4, 5, 6, 7];
    let early = 0;
    for (let i = 0; i < 20_000; i++) {
      const error = one.learn(draw(), columns);
      if (i < 200) early += error / 200;
    }
    let late = 0;
    for (let i = 0; i < 200; i++) late += one.error(draw(), columns) / 200;
    expect(late).toBeLessThan(early / 2);
  });

  it('counts values far outside of what it learned from, up to ten ranges', () => {
    const one = new SmallAutoencoder(2, randomSource(7));
    for (let i = 0; i < 100; i++) one.learn(Float64Array.from([i / 100, 3]), [0, 1]);
    one.error(Float64Array.from([1e9, 3]), [0, 1]);
    expect([...one.x]).toEqual([10, 0]);
    one.error(Float64Array.from([-1e9, 4]), [0, 1]);
    expect([...one.x]).toEqual([-10, 10]);
  });
});

describe('kitnet', () => {
  const settings = { seed: 2, map: 1000, learnFrom: 6000 };
  // Slow enough for the slowest statistic to be full before it is learned from.
  const traffic = ordinaryPackets(10_000, randomSource(8), 1);
  const feed = (to: Kitnet, packets: readonly MadePacket[], portion = 4096): number[] => {
    const surprise: number[] = [];
    inPortions(packets, portion, (batch, segments) => {
      to.observe(batch, segments);
      surprise.push(...to.surprise.subarray(0, batch.count));
    });
    return surprise;
  };

  it('says how far it has learned, and scores nothing until it has', () => {
    const one = new Kitnet(settings);
    const surprise = feed(one, traffic.slice(0, 5999));
    expect(surprise.every(Number.isNaN)).toBe(true);
    expect(one.report()).toMatchObject({ status: 'learning', seen: 5999, needed: 6000, scored: 0 });
    expect(feed(one, traffic.slice(5999, 6001))[0]).toBeNaN();
    expect(one.report()).toMatchObject({ status: 'scored', seen: 6001, scored: 1 });
    expect(one.groups.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: WIDTH }, (_, j) => j));
    expect(Math.max(...one.groups.map((group) => group.length))).toBeLessThanOrEqual(10);
  });

  it('finds a flood unusual, and few of the ordinary packets', () => {
    const one = new Kitnet(settings);
    const surprise = feed(one, traffic);
    const ordinary = surprise.slice(6000);
    expect(ordinary.filter((s) => s >= 2).length / ordinary.length).toBeLessThan(0.05);
    const from = traffic.at(-1)!.at;
    const flood = Array.from({ length: 1000 }, (_, i) => ({
      at: from + (i + 1) * 1e-5,
      from: 90,
      to: 50,
      srcPort: 1024 + i,
      dstPort: 80,
      tcpFlags: 2,
    }));
    const found = feed(one, flood);
    expect(found.slice(200).filter((s) => s >= 3).length).toBeGreaterThan(780);
    expect(one.report().unusual).toBeGreaterThan(780);
  });

  it('gives the same whatever the size of the batches, and the same again for the same seed', () => {
    const whole = feed(new Kitnet(settings), traffic);
    expect(feed(new Kitnet(settings), traffic, 97)).toEqual(whole);
    expect(feed(new Kitnet({ ...settings, seed: 3 }), traffic)).not.toEqual(whole);
  });

  it('is insufficient where the packets ended first', () => {
    const one = new Kitnet(settings);
    feed(one, traffic.slice(0, 100));
    one.finish();
    expect(one.report()).toMatchObject({ status: 'insufficient', seen: 100, scored: 0, unusual: 0 });
  });

  it('looks at the outermost datagram of a packet, and not at packets without any', () => {
    const { packets, segments } = batchesOf([
      { at: 1, from: 1, to: 2, inner: true },
      { at: 1, from: 1, to: 2, unknown: true },
      { at: 1, from: 3, to: 2 },
    ]);
    expect([...outermost(segments, packets.count, new Int32Array(0)).subarray(0, 3)]).toEqual([0, -1, 2]);
    const one = new Kitnet(settings);
    one.observe(packets, segments);
    expect(one.report().seen).toBe(2);
  });
});
