/** Series of a network as text, to go on with another time; and back, whatever the text holds. */
import { MEASURES } from './measures.ts';
import { DRIFT_METHODS, DriftSeries, type DriftMethod, type DriftSnapshot } from './series.ts';

const VERSION = 1;
/** Numbers of one list: none is longer in a series. */
const LONGEST = 4096;

export function writeSeries(series: readonly DriftSeries[]): string {
  const plain = (_key: string, value: unknown): unknown => (value instanceof Float64Array ? [...value] : value);
  return JSON.stringify({ version: VERSION, series: series.map((one) => one.snapshot()) }, plain);
}

/** One series for each measure; undefined where the text is damaged, or another version's. */
export function readSeries(text: string): DriftSeries[] | undefined {
  try {
    const saved: unknown = JSON.parse(text);
    if (!isRecord(saved) || saved['version'] !== VERSION || !Array.isArray(saved['series'])) return undefined;
    const all: unknown[] = saved['series'];
    return MEASURES.map((measure) => {
      const found = all.find((one) => isRecord(one) && one['measure'] === measure.id);
      return DriftSeries.restore(measure, snapshotOf(found));
    });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(): never {
  throw new RangeError('not a series');
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : refuse());
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : refuse());
const list = (value: unknown): unknown[] => (Array.isArray(value) && value.length <= LONGEST ? value : refuse());
const numbers = (value: unknown): number[] => list(value).map(number);
const column = (value: unknown): Float64Array => Float64Array.from(numbers(value));

function fields<K extends string>(value: unknown, ...names: K[]): Record<K, number> {
  const from = record(value);
  return Object.fromEntries(names.map((name) => [name, number(from[name])])) as Record<K, number>;
}

const perhaps = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : read(value);

function tellings(value: unknown): [DriftMethod, number[]] {
  const [method, times] = list(value);
  const known = DRIFT_METHODS.find((one) => one === method) ?? refuse();
  return [known, numbers(times)];
}

function snapshotOf(value: unknown): DriftSnapshot {
  const saved = record(value);
  const seasons = record(saved['seasons']);
  return {
    measure: String(saved['measure']),
    minutes: column(saved['minutes']),
    levels: column(saved['levels']),
    windows: column(saved['windows']),
    baseline: column(saved['baseline']),
    chart: fields(saved['chart'], 'average', 'seen'),
    seasons: { week: list(seasons['week']).map(numbers), day: list(seasons['day']).map(numbers) },
    samples: numbers(saved['samples']),
    hour: perhaps(saved['hour'], (hour) => fields(hour, 'start', 'sum', 'count')),
    known: perhaps(saved['known'], (known) => fields(known, 'centre', 'spread', 'resemblance')),
    refreshed: number(saved['refreshed']),
    open: perhaps(saved['open'], (open) => fields(open, 'from', 'decided', 'height')),
    told: list(saved['told']).map(tellings),
  };
}
