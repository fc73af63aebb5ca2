/** The older way to count: what follows `|` in a condition, with `timeframe`. */
import { RuleFault } from '../rules/fault.ts';
import type { LogKind } from './kinds.ts';
import { SIGMA_LIMITS } from './limits.ts';
import { fieldOf } from './modifiers.ts';
import type { Counting } from './window.ts';

/** How a rule counts the events that it holds for. */
export interface Tally {
  window: Counting;
  /** Field whose different values are counted; -1 where events are. */
  of: number;
  by: readonly number[];
}

const COUNT = /^count\s*\(\s*([^()\s]*)\s*\)(?:\s+by\s+(.+?))?\s*(>=|>|<=|<|==|=)\s*(\d{1,9})$/i;
const WORD = /^[a-z]+/i;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Seconds of "90s", "15m", "1h", "2d" or "1w". @throws RuleFault */
export function secondsOf(key: string, given: unknown): number {
  const [, count, unit] = /^\s*(\d{1,6})\s*([smhdw])\s*$/.exec(typeof given === 'string' ? given : '') ?? [];
  const seconds = Number(count) * (UNITS.get(unit ?? '') ?? NaN);
  if (seconds > 0) return seconds;
  throw new RuleFault(key, 'a time is written as 30s, 15m, 1h, 2d or 1w');
}

/** How many are enough, by an operator and a number. @throws RuleFault */
export function leastOf(key: string, operator: string, number: number): number {
  if (operator !== '>' && operator !== '>=')
    throw new RuleFault(key, `“${operator}”: only “at least” and “more than” can be told while events still come`);
  const least = operator === '>' ? number + 1 : number;
  if (least >= 1 && least <= SIGMA_LIMITS.counted) return least;
  throw new RuleFault(key, `from 1 to ${SIGMA_LIMITS.counted} can be counted`);
}

/** @throws RuleFault */
export function parseAggregation(text: string, timeframe: unknown, kind: LogKind): Tally {
  const [, of = '', by = '', operator = '', number] = COUNT.exec(text) ?? [];
  if (number === undefined) {
    const word = WORD.exec(text)?.[0] ?? text.slice(0, 20);
    const isCount = word.toLowerCase() === 'count';
    throw new RuleFault(
      isCount ? 'count' : word.slice(0, 40),
      isCount ? 'not written as count() by FIELD > N' : 'of aggregations only count is known',
    );
  }
  const fields = by
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const least = leastOf('count', operator, Number(number));
  const seconds = timeframe === undefined || timeframe === null ? Infinity : secondsOf('timeframe', timeframe);
  const isValues = of !== '' && of !== '*';
  return {
    window: { kind: isValues ? 'values' : 'events', least, seconds },
    of: isValues ? fieldOf(of, kind) : -1,
    by: byFields(fields, kind),
  };
}

/** @throws RuleFault */
export function byFields(names: readonly string[], kind: LogKind): number[] {
  if (names.length > SIGMA_LIMITS.groupBy) throw new RuleFault('by', `more than ${SIGMA_LIMITS.groupBy} fields`);
  return names.map((one) => fieldOf(one, kind));
}
