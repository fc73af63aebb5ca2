/**
 * One measure of a network, minute by minute, and what is unlike its past: the EWMA chart of its minutes, the same hour of other
 * days, the box plot of its ten-minute volumes, and two-sample tests of ten minutes against what came before. All work on
 * log2(1 + value), since traffic varies by factors. A note is only worth making where the change is also large (`measures.ts`)
 * and goes beyond anything in the series' memory.
 */
import { EwmaChart } from './ewma.ts';
import type { Measure } from './measures.ts';
import { Ring } from './ring.ts';
import { Seasons } from './seasonal.ts';
import { kolmogorovSmirnov, welch } from './two-sample.ts';
import { medianOf, usualOf, type Usual } from './usual.ts';
import { boxOf } from './volume-box.ts';

/** Roberts's chart: his usual weight, and limits wider than his 3, since minutes of traffic are far from normal. */
export const EWMA = { lambda: 0.2, limit: 5, most: 8 } as const;
/** Minutes that must be known before any is judged, and that are remembered: two hours, and a day. */
export const MINUTES_NEEDED = 120;
const MEMORY = 1440;
/** What is usual is looked up again this often, minutes. */
const REFRESH = 10;
/** Smallest spread of log2 values that is believed: a seventh more or less. */
const LEAST_SPREAD = 0.2;
/** Of hours, which are few: a factor of 1.4. */
const LEAST_SEASON = 0.5;
export const SEASONAL_LIMIT = 6;
const MINUTE = 60;
const HOUR = 3600;
const HOUR_MINUTES = 45;
/** Minutes that make a level; the level must exceed any in memory by this factor. */
const LEVEL = 5;
const NEW_HEIGHT = 1.25;
/** Minutes of a window, and windows that a box needs. */
const WINDOW = 10;
const BOX_WINDOWS = 18;
const LEAST_BOX = 0.5;
export const TEST_P = 1e-6;
/** Latency samples: of a minute that has a median, of a window, of the baseline. */
const SAMPLES_A_MINUTE = 5;
const SAMPLES_A_WINDOW = 256;
const SAMPLES_NEEDED = 30;
const BASELINE_SAMPLES = 2048;
const BASELINE_NEEDED = 200;
/** Notes of one method about one measure in a day of packet time. */
const NOTES_A_DAY = 3;
const DAY = 86_400;
/** A pause of more minutes is no silence but ignorance. */
export const LONGEST_PAUSE = 60;

export const DRIFT_METHODS = ['ewma', 'seasonal', 'volume-box', 'two-sample'] as const;
export type DriftMethod = (typeof DRIFT_METHODS)[number];

export interface DriftFact {
  text: string;
  value: number;
  usual: number | null;
  unit: string;
}

/** A note that is open grows: the same `from` and `method` again. */
export interface Drift {
  method: DriftMethod;
  /** Seconds since 1970. */
  from: number;
  to: number;
  /** When there was enough of it. */
  decided: number;
  /** In the unit of the measure. */
  value: number;
  usual: number;
  rising: boolean;
  /** How far beyond its limit, 1 and more. */
  strength: number;
  facts: DriftFact[];
}

const toLog = (x: number): number => Math.log2(1 + Math.max(0, x));
const fromLog = (y: number): number => 2 ** y - 1;
const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};
const mostOf = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

export class DriftSeries {
  readonly measure: Measure;
  private readonly minutes = new Ring(MEMORY);
  private readonly levels = new Ring(MEMORY);
  private readonly windows = new Ring(MEMORY / WINDOW);
  private readonly chart = new EwmaChart(EWMA);
  private readonly seasons = new Seasons(LEAST_SEASON);
  private readonly baseline = new Ring(BASELINE_SAMPLES);
  private samples: number[] = [];
  private hour: { start: number; sum: number; count: number } | undefined;
  private known: Usual | undefined;
  private refreshed = 0;
  private open: { from: number; decided: number; height: number } | undefined;
  private readonly told = new Map<DriftMethod, number[]>();

  constructor(measure: Measure) {
    this.measure = measure;
  }

  get status(): 'learning' | 'scored' {
    return this.minutes.length >= MINUTES_NEEDED ? 'scored' : 'learning';
  }

  get minutesKnown(): number {
    return this.minutes.length;
  }

  /** The minute that began at `second` is over; `value` in the measure's unit. In the order of time. */
  rate(second: number, value: number): Drift[] {
    return this.minute(second, value, []);
  }

  /** The same for a latency: the samples of that minute, ms. A minute of few samples has no value. */
  latencies(second: number, samples: readonly number[]): Drift[] {
    const value = samples.length >= SAMPLES_A_MINUTE ? medianOf(samples) : NaN;
    return this.minute(second, value, samples);
  }

  /** Time passed of which nothing is known. */
  pause(): void {
    this.chart.restart();
    this.open = undefined;
    this.samples = [];
    this.hour = undefined;
  }

  private minute(second: number, value: number, samples: readonly number[]): Drift[] {
    const found: Drift[] = [...this.season(second, value)];
    const room = SAMPLES_A_WINDOW - this.samples.length;
    for (const sample of samples.slice(0, room)) this.samples.push(toLog(sample));
    if (!Number.isNaN(value)) {
      found.push(...this.control(second, value));
      this.minutes.push(toLog(value));
      if (this.minutes.length >= LEVEL) this.levels.push(this.level());
    }
    if (Math.floor(second / MINUTE) % WINDOW === WINDOW - 1) found.push(...this.window(second));
    return found;
  }

  private level(): number {
    return meanOf(this.minutes.last(LEVEL).map(fromLog));
  }

  private usual(second: number): Usual | undefined {
    if (this.minutes.length < MINUTES_NEEDED) return undefined;
    if (!this.known || ++this.refreshed >= REFRESH) {
      this.refreshed = 0;
      this.known = usualOf(this.minutes.last(), LEAST_SPREAD);
    }
    const season = this.seasons.usual(second);
    // What every morning brings is no drift.
    return season ? { ...this.known, centre: Math.max(this.known.centre, season.centre) } : this.known;
  }

  private isNews(value: number, usual: number): boolean {
    const { factor, excess, leastUsual } = this.measure;
    return usual >= leastUsual && value >= usual * factor && value - usual >= excess;
  }

  private control(second: number, value: number): Drift[] {
    const usual = this.usual(second);
    if (!usual) return [];
    const point = this.chart.add(toLog(value), usual);
    const centre = fromLog(usual.centre);
    const recent = [...this.minutes.last(LEVEL - 1).map(fromLog), value];
    const level = meanOf(recent);
    if (this.open && point.value < point.limit / 2) this.open = undefined;
    if (!this.open) {
      const before = mostOf(this.levels.last(this.levels.length, LEVEL));
      const isNew = level >= before * NEW_HEIGHT && this.isNews(level, centre) && point.value > point.limit;
      if (!isNew || !this.mayTell('ewma', second)) return [];
      this.open = { from: second - (LEVEL - 1) * MINUTE, decided: second + MINUTE, height: 0 };
    }
    const { open } = this;
    open.height = Math.max(open.height, level);
    return [
      {
        method: 'ewma',
        from: open.from,
        decided: open.decided,
        to: second + MINUTE,
        value: open.height,
        usual: centre,
        rising: true,
        strength: point.value / point.limit,
        facts: [
          this.inUnit('mean of five minutes, at its highest', open.height, centre),
          {
            text: `Moving average of the minutes (weight ${EWMA.lambda}) in standard deviations, alarm from ${point.limit.toFixed(2)}`,
            value: round(point.value),
            usual: 0,
            unit: 'deviations',
          },
        ],
      },
    ];
  }

  private season(second: number, value: number): Drift[] {
    const start = Math.floor(second / HOUR) * HOUR;
    const found = this.hour && this.hour.start !== start ? this.endHour(this.hour) : [];
    if (this.hour?.start !== start) this.hour = { start, sum: 0, count: 0 };
    if (!Number.isNaN(value)) {
      this.hour.sum += value;
      this.hour.count++;
    }
    return found;
  }

  private endHour({ start, sum, count }: { start: number; sum: number; count: number }): Drift[] {
    if (count < HOUR_MINUTES) return [];
    const value = sum / count;
    const usual = this.seasons.usual(start);
    this.seasons.learn(start, toLog(value));
    if (!usual) return [];
    const z = (toLog(value) - usual.centre) / usual.spread;
    const centre = fromLog(usual.centre);
    const news = z > 0 ? this.isNews(value, centre) : this.measure.kind === 'rate' && this.isNews(centre, value);
    if (Math.abs(z) < SEASONAL_LIMIT || !news || !this.mayTell('seasonal', start)) return [];
    return [
      {
        method: 'seasonal',
        from: start,
        to: start + HOUR,
        decided: start + HOUR,
        value,
        usual: centre,
        rising: z > 0,
        strength: Math.abs(z) / SEASONAL_LIMIT,
        facts: [
          this.inUnit(
            `mean of the hour; usual is the median of the same ${usual.slot}, ${usual.hours} times`,
            value,
            centre,
          ),
          { text: 'Robust deviations from it, alarm from 6', value: round(z), usual: 0, unit: 'deviations' },
        ],
      },
    ];
  }

  /** Ten minutes are over. */
  private window(second: number): Drift[] {
    const from = second - (WINDOW - 1) * MINUTE;
    const heights = this.windows.last();
    if (this.minutes.length >= WINDOW) this.windows.push(toLog(meanOf(this.minutes.last(WINDOW).map(fromLog))));
    const found = this.measure.volume ? this.box(from, second, heights) : [];
    found.push(...this.compare(from, second, heights));
    if (this.measure.kind === 'latency') {
      for (const sample of this.samples) this.baseline.push(sample);
      this.samples = [];
    }
    return found;
  }

  private box(from: number, second: number, before: Float64Array): Drift[] {
    if (before.length < BOX_WINDOWS) return [];
    const value = fromLog(this.windows.last(1)[0]!);
    const box = boxOf(before, LEAST_BOX);
    const usual = this.seasonal(second, fromLog(box.median));
    const above = toLog(value) > box.fence && value >= fromLog(mostOf(before)) * NEW_HEIGHT;
    if (!above || !this.isNews(value, usual) || !this.mayTell('volume-box', second)) return [];
    return [
      {
        ...rise('volume-box', from, second, value, usual),
        strength: (toLog(value) - box.median) / (box.fence - box.median),
        facts: [
          this.inUnit(`mean of ten minutes; far out in a box plot from ${short(fromLog(box.fence))}`, value, usual),
        ],
      },
    ];
  }

  /** What is usual, or what the season brings where that is more. */
  private seasonal(second: number, usual: number): number {
    return Math.max(usual, fromLog(this.seasons.usual(second)?.centre ?? 0));
  }

  private compare(from: number, second: number, heights: Float64Array): Drift[] {
    const latency = this.measure.kind === 'latency';
    const now = latency ? this.samples : this.minutes.last(WINDOW);
    const past = latency ? this.baseline.last() : this.minutes.last(MEMORY, WINDOW);
    const [few, enough] = latency ? [SAMPLES_NEEDED, BASELINE_NEEDED] : [WINDOW, MINUTES_NEEDED];
    if (now.length < few || past.length < enough) return [];
    const value = fromLog(medianOf(now));
    const usual = this.seasonal(second, fromLog(medianOf(past)));
    const isNew = latency || value >= fromLog(mostOf(heights)) * NEW_HEIGHT;
    if (!isNew || !this.isNews(value, usual)) return [];
    const means = welch(now, past);
    const whole = kolmogorovSmirnov(now, past);
    if (means.p > TEST_P || whole.p > TEST_P || !this.mayTell('two-sample', second)) return [];
    return [
      {
        ...rise('two-sample', from, second, value, usual),
        strength: Math.log10(Math.max(1e-300, means.p, whole.p)) / Math.log10(TEST_P),
        facts: [
          this.inUnit('median of ten minutes', value, usual),
          {
            text: 'Kolmogorov–Smirnov distance to what came before, 0 to 1',
            value: round(whole.statistic),
            usual: null,
            unit: 'distance',
          },
          {
            text: 'Chance of this by accident, log10 (the greater of Welch and Kolmogorov–Smirnov)',
            value: round(Math.log10(Math.max(1e-300, means.p, whole.p))),
            usual: null,
            unit: 'log10',
          },
        ],
      },
    ];
  }

  private inUnit(text: string, value: number, usual: number): DriftFact {
    const { name, unit } = this.measure;
    return {
      text: `${name[0]!.toUpperCase()}${name.slice(1)}: ${text}`,
      value: round(value),
      usual: round(usual),
      unit,
    };
  }

  /** Notes about one thing are few: what goes on day after day is known by then. */
  private mayTell(method: DriftMethod, second: number): boolean {
    const recent = (this.told.get(method) ?? []).filter((time) => second - time < DAY);
    if (recent.length >= NOTES_A_DAY) return false;
    this.told.set(method, [...recent, second]);
    return true;
  }

  /** Plain data; a series restored from it says the same of what follows. */
  snapshot(): DriftSnapshot {
    return structuredClone({
      measure: this.measure.id,
      minutes: this.minutes.last(),
      levels: this.levels.last(),
      windows: this.windows.last(),
      baseline: this.baseline.last(),
      chart: this.chart.snapshot(),
      seasons: this.seasons.snapshot(),
      samples: this.samples,
      hour: this.hour,
      known: this.known,
      refreshed: this.refreshed,
      open: this.open,
      told: [...this.told],
    });
  }

  /** @throws RangeError for the snapshot of another measure */
  static restore(measure: Measure, saved: DriftSnapshot): DriftSeries {
    if (saved.measure !== measure.id) throw new RangeError(`a series of ${saved.measure}, not of ${measure.id}`);
    const series = new DriftSeries(measure);
    const copy = structuredClone(saved);
    series.minutes.restore(copy.minutes);
    series.levels.restore(copy.levels);
    series.windows.restore(copy.windows);
    series.baseline.restore(copy.baseline);
    series.chart.restore(copy.chart);
    series.seasons.restore(copy.seasons);
    series.samples = copy.samples;
    series.hour = copy.hour;
    series.known = copy.known;
    series.refreshed = copy.refreshed;
    series.open = copy.open;
    for (const [method, times] of copy.told) series.told.set(method, times);
    return series;
  }
}

export interface DriftSnapshot {
  measure: string;
  minutes: Float64Array;
  levels: Float64Array;
  windows: Float64Array;
  baseline: Float64Array;
  chart: { average: number; seen: number };
  seasons: { week: number[][]; day: number[][] };
  samples: number[];
  hour: { start: number; sum: number; count: number } | undefined;
  known: Usual | undefined;
  refreshed: number;
  open: { from: number; decided: number; height: number } | undefined;
  told: [DriftMethod, number[]][];
}

/** A rise that the ten minutes which just ended show. */
function rise(method: DriftMethod, from: number, second: number, value: number, usual: number) {
  const to = second + MINUTE;
  return { method, from, to, decided: to, value, usual, rising: true };
}

const round = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
const short = (value: number): string => round(value).toLocaleString('en-US');
