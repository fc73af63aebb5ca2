/** Drift: charts and tests against published figures; a series that changes; a network on which nothing does. */
import { describe, expect, it } from 'vitest';
import { EwmaChart } from '../../../src-main/detect/detectors/drift/ewma.ts';
import { MEASURES } from '../../../src-main/detect/detectors/drift/measures.ts';
import { Ring } from '../../../src-main/detect/detectors/drift/ring.ts';
import { Seasons } from '../../../src-main/detect/detectors/drift/seasonal.ts';
import { DriftSeries, MINUTES_NEEDED, type Drift } from '../../../src-main/detect/detectors/drift/series.ts';
import { studentTwoSided } from '../../../src-main/detect/detectors/drift/student.ts';
import { kolmogorovSmirnov, welch } from '../../../src-main/detect/detectors/drift/two-sample.ts';
import { usualOf } from '../../../src-main/detect/detectors/drift/usual.ts';
import { boxOf } from '../../../src-main/detect/detectors/drift/volume-box.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';

const range = (count: number, make: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => make(i));
/** 1 January 2026, 00:00 UTC, a Thursday. */
const START = 1_767_225_600;

describe('two-sample tests', () => {
  // R's data set `sleep`, and what its manual prints for t.test(extra ~ group).
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

  it('give what R prints for Welch’s t test of its sleep data', () => {
    const { statistic, degrees, p } = welch(first, second);
    expect(statistic).toBeCloseTo(-1.8608, 4);
    expect(degrees).toBeCloseTo(17.776, 3);
    expect(p).toBeCloseTo(0.07939, 5);
  });

  it('have the tails of Student’s t, far out too', () => {
    expect(studentTwoSided(2.228, 10)).toBeCloseTo(0.05, 4);
    expect(studentTwoSided(10, 5)).toBeCloseTo(0.00017094757574, 13);
    expect(studentTwoSided(40, 30) / 1.3726045194e-27).toBeCloseTo(1, 3);
    expect(studentTwoSided(0, 7)).toBe(1);
  });

  it('say of constants that they are the same, or surely not', () => {
    expect(welch([3, 3, 3], [3, 3])).toMatchObject({ statistic: 0, p: 1 });
    expect(welch([3, 3, 3], [4, 4])).toMatchObject({ statistic: -Infinity, p: 0 });
  });

  it('have the exact probabilities of Kolmogorov and Smirnov for small samples (tables of Massey, 1951)', () => {
    const tail = (n: number, c: number): number =>
      kolmogorovSmirnov(
        range(n, (i) => i),
        range(n, (i) => i + c - 0.5),
      ).p;
    expect(tail(5, 5)).toBeCloseTo(2 / 252, 12);
    expect(tail(5, 4)).toBeCloseTo(20 / 252, 12);
    expect(tail(10, 7)).toBeCloseTo(0.0123, 4);
    expect(tail(10, 6)).toBeCloseTo(0.0524, 4);
  });

  it('keep the digits of small probabilities', () => {
    const { statistic, p } = kolmogorovSmirnov(
      range(10, (i) => i),
      range(60, (i) => i + 100),
    );
    expect(statistic).toBe(1);
    // Two orders of C(70, 10).
    expect(p / (2 / 396_704_524_216)).toBeCloseTo(1, 9);
  });

  it('agree for samples of different sizes with another implementation (SciPy 1.17)', () => {
    const small = kolmogorovSmirnov(
      range(30, (i) => ((i * 37) % 101) / 10),
      range(45, (i) => ((i * 53) % 97) / 8 + 1.5),
    );
    expect(small.statistic).toBeCloseTo(0.28888888888888886, 12);
    expect(small.p).toBeCloseTo(0.08625328340190708, 9);
    const large = kolmogorovSmirnov(
      range(600, (i) => ((i * 37) % 1009) / 10),
      range(800, (i) => ((i * 53) % 1013) / 9.3),
    );
    expect(large.statistic).toBeCloseTo(0.07583333333333331, 12);
    expect(large.p / 0.03704687831226638).toBeGreaterThan(0.9);
    expect(large.p / 0.03704687831226638).toBeLessThan(1.1);
  });

  it('want values', () => {
    expect(() => welch([1], [1, 2])).toThrow(RangeError);
    expect(() => kolmogorovSmirnov([], [1])).toThrow(RangeError);
  });

  it('reject by accident as often as they say', () => {
    const random = randomSource(5);
    let [t, ks] = [0, 0];
    for (let i = 0; i < 1000; i++) {
      const a = range(20, () => random() + random() + random());
      const b = range(30, () => random() + random() + random());
      if (welch(a, b).p <= 0.05) t++;
      if (kolmogorovSmirnov(a, b).p <= 0.05) ks++;
    }
    expect(t).toBeGreaterThan(25);
    expect(t).toBeLessThan(75);
    // Exact, but D has few values: never more than 5 %.
    expect(ks).toBeGreaterThan(10);
    expect(ks).toBeLessThan(70);
  });
});

describe('the EWMA chart', () => {
  it('has the averages and limits of the example in NIST’s handbook (6.3.2.4)', () => {
    const data = [
      52, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
    ];
    const printed = [
      50.6, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92,
      50.73, 51.23, 51.94, 51.99,
    ];
    const chart = new EwmaChart({ lambda: 0.3, limit: 3 });
    const spread = 2.0539;
    const points = data.map((x) => chart.add(x, { centre: 50, spread, resemblance: 0 }));
    points.forEach(({ value }, i) => expect(50 + spread * value).toBeCloseTo(printed[i]!, 1));
    // The handbook's limits are those of a chart that has run for long.
    expect(50 + spread * points.at(-1)!.limit).toBeCloseTo(52.5884, 2);
  });

  it('widens its limits for a series that resembles itself', () => {
    const limit = (resemblance: number): number => {
      const chart = new EwmaChart({ lambda: 0.2, limit: 3 });
      return range(50, () => chart.add(0, { centre: 0, spread: 1, resemblance }).limit).at(-1)!;
    };
    expect(limit(0)).toBeCloseTo(1, 6);
    expect(limit(0.5)).toBeCloseTo(Math.sqrt(1.4 / 0.6), 6);
  });

  it('is crossed by no single value, however great', () => {
    const chart = new EwmaChart({ lambda: 0.2, limit: 5, most: 8 });
    range(100, () => chart.add(0, { centre: 0, spread: 1, resemblance: 0 }).value);
    const { value, limit } = chart.add(1e9, { centre: 0, spread: 1, resemblance: 0 });
    expect(value).toBeLessThan(limit);
  });
});

describe('what is usual', () => {
  it('is not moved by a fifth of outliers', () => {
    const { centre, spread } = usualOf([...range(80, (i) => i % 3), ...range(20, () => 1e6)], 0.1);
    expect(centre).toBe(1);
    expect(spread).toBeCloseTo(1.4826, 4);
  });

  it('knows how much values resemble the ones before', () => {
    const random = randomSource(1);
    const noise = range(2000, () => random() - 0.5);
    const smooth: number[] = [];
    for (const x of noise) smooth.push(0.8 * (smooth.at(-1) ?? 0) + x);
    expect(usualOf(noise, 0.01).resemblance).toBeLessThan(0.06);
    expect(usualOf(smooth, 0.01).resemblance).toBeCloseTo(0.8, 1);
  });

  it('has a box with Tukey’s far fence', () => {
    expect(boxOf([1, 2, 3, 4, 5], 0.1)).toEqual({ lower: 2, median: 3, upper: 4, fence: 10 });
  });

  it('is of the same hour: of the day from five, of the week from three', () => {
    const seasons = new Seasons(0.5);
    for (let hour = 0; hour < 24 * 5; hour++) seasons.learn(START + hour * 3600, hour % 24);
    expect(seasons.usual(START + 24 * 5 * 3600 + 9 * 3600)).toMatchObject({
      centre: 9,
      hours: 5,
      slot: 'hour of the day',
    });
    for (let hour = 24 * 5; hour < 168 * 3; hour++) seasons.learn(START + hour * 3600, hour < 168 ? hour % 24 : 100);
    expect(seasons.usual(START + 168 * 3 * 3600)).toMatchObject({ centre: 100, hours: 3, slot: 'hour of the week' });
  });

  it('is kept in a ring', () => {
    const ring = new Ring(4);
    range(6, (i) => i).forEach((x) => ring.push(x));
    expect([...ring.last()]).toEqual([2, 3, 4, 5]);
    expect([...ring.last(2, 1)]).toEqual([3, 4]);
    expect([...ring.last(9, 3)]).toEqual([2]);
  });
});

const measure = (id: string) => MEASURES.find((one) => one.id === id)!;

/** A day of minutes that vary by a factor of two or so. */
function traffic(seed: number, level: (minute: number) => number): (minute: number) => number {
  const random = randomSource(seed);
  let state = 0;
  return (minute) => {
    state = 0.6 * state + (random() + random() + random() - 1.5);
    return level(minute) * 2 ** (0.5 * state);
  };
}

function run(series: DriftSeries, minutes: number, value: (minute: number) => number, from = 0): Drift[] {
  return range(minutes, (i) => i + from).flatMap((m) => series.rate(START + m * 60, value(m)));
}

const methods = (found: readonly Drift[]): string[] => [...new Set(found.map(({ method }) => method))].sort();

describe('a series', () => {
  it('says nothing of ten days that are all alike, at three seeds', () => {
    for (const seed of [1, 2, 3]) {
      const daily = traffic(seed, (m) => 200 + 150 * Math.sin((m / 1440) * 2 * Math.PI));
      expect(run(new DriftSeries(measure('packets')), 10 * 1440, daily)).toEqual([]);
    }
  });

  it('learns for two hours', () => {
    const series = new DriftSeries(measure('packets'));
    const jump = (m: number): number => (m < 60 ? 100 : 10_000);
    expect(run(series, MINUTES_NEEDED - 1, jump)).toEqual([]);
    expect(series.status).toBe('learning');
    run(series, 1, () => 100, MINUTES_NEEDED - 1);
    expect(series.status).toBe('scored');
  });

  it('sees within minutes that there is ten times as much for a quarter of an hour, with what was usual', () => {
    const value = traffic(8, (m) => (m >= 300 && m < 315 ? 2000 : 200));
    const found = run(new DriftSeries(measure('packets')), 400, value);
    expect(methods(found)).toContain('ewma');
    const ewma = found.filter(({ method }) => method === 'ewma');
    expect(ewma[0]!.decided).toBeLessThanOrEqual(START + 306 * 60);
    expect(ewma[0]!.usual).toBeGreaterThan(150);
    expect(ewma[0]!.usual).toBeLessThan(260);
    // One note that grows and ends.
    expect(new Set(ewma.map(({ from }) => from)).size).toBe(1);
    expect(ewma.at(-1)!.to).toBeLessThan(START + 335 * 60);
  });

  it('sees ten minutes far outside the box and by the tests', () => {
    const value = traffic(9, (m) => (m >= 300 && m < 320 ? 8000 : 200));
    expect(methods(run(new DriftSeries(measure('packets')), 400, value))).toEqual(['ewma', 'two-sample', 'volume-box']);
  });

  it('does not call one loud minute drift', () => {
    const value = traffic(10, (m) => (m === 300 ? 700 : 200));
    expect(run(new DriftSeries(measure('packets')), 400, value)).toEqual([]);
  });

  it('sees that a workday’s morning is silent, which only the season knows', () => {
    const working = (m: number): number => (Math.floor(m / 60) % 24 >= 8 && Math.floor(m / 60) % 24 < 17 ? 800 : 60);
    const value = traffic(11, (m) => (m >= 8 * 1440 + 9 * 60 && m < 8 * 1440 + 11 * 60 ? 2 : working(m)));
    // The very first morning is told by the others too: nothing knew of mornings yet.
    const all = run(new DriftSeries(measure('packets')), 9 * 1440, value);
    const found = all.filter(({ from }) => from >= START + 1440 * 60);
    expect(methods(found)).toEqual(['seasonal']);
    expect(found[0]!.rising).toBe(false);
    expect(found[0]!.from).toBe(START + (8 * 1440 + 9 * 60) * 60);
    expect(found[0]!.facts[0]!.text).toContain('hour of the day');
  });

  it('tells at most three notes of a method a day', () => {
    // Each burst higher than the one before, so that none is old news.
    const bursts = (m: number): number => (m > 200 && m % 60 < 10 ? 2000 * 1.6 ** Math.floor(m / 60) : 100);
    const found = run(new DriftSeries(measure('packets')), 1200, traffic(12, bursts));
    const ewma = found.filter(({ method }) => method === 'ewma');
    expect(new Set(ewma.map(({ from }) => from)).size).toBe(3);
  });

  it('sees that handshakes take five times as long, by the chart and by both tests', () => {
    const random = randomSource(13);
    const series = new DriftSeries(measure('tcp-handshake'));
    const found: Drift[] = [];
    for (let m = 0; m < 400; m++) {
      const slow = m >= 300 && m < 330 ? 5 : 1;
      const samples = range(8, () => slow * 20 * 2 ** (random() + random()));
      found.push(...series.latencies(START + m * 60, samples));
    }
    expect(methods(found)).toEqual(['ewma', 'two-sample']);
    expect(found.every(({ decided }) => decided > START + 300 * 60 && decided < START + 335 * 60)).toBe(true);
  });

  it('has no latency where hardly anyone connects', () => {
    const series = new DriftSeries(measure('tcp-handshake'));
    for (let m = 0; m < 400; m++) series.latencies(START + m * 60, [20, m > 300 ? 5000 : 30]);
    expect(series.minutesKnown).toBe(0);
  });

  it('goes on from a snapshot as if it had never stopped', () => {
    const make = (): ((m: number) => number) => traffic(14, (m) => (m >= 500 ? 3000 : 200));
    const whole = new DriftSeries(measure('bytes'));
    const stretched = (value: (m: number) => number) => (m: number) => value(m) * 1000;
    const expected = run(whole, 600, stretched(make()));
    const value = stretched(make());
    const half = new DriftSeries(measure('bytes'));
    const before = run(half, 495, value);
    const saved = structuredClone(half.snapshot());
    const after = run(DriftSeries.restore(measure('bytes'), saved), 105, value, 495);
    expect([...before, ...after]).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(() => DriftSeries.restore(measure('flows'), saved)).toThrow(RangeError);
  });
});
