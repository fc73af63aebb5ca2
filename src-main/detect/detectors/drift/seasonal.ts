/**
 * The same hour of other days: an hour is judged by the same hour of the week where three of them are known, else by the same
 * hour of the day where five are. Hours of UTC, so that a change of the clocks moves what is usual by one hour once.
 */
import { usualOf, type Usual } from './usual.ts';

const HOURS_A_WEEK = 168;
const HOURS_A_DAY = 24;
/** Newest values kept for a slot. */
const KEPT = 8;
const WEEKS_NEEDED = 3;
const DAYS_NEEDED = 5;
const HOUR = 3600;

export interface SeasonalUsual extends Usual {
  /** How many hours it is taken from, and which. */
  hours: number;
  slot: 'hour of the week' | 'hour of the day';
}

function push(slot: number[], value: number): void {
  slot.push(value);
  if (slot.length > KEPT) slot.shift();
}

export class Seasons {
  private readonly week: number[][] = Array.from({ length: HOURS_A_WEEK }, () => []);
  private readonly day: number[][] = Array.from({ length: HOURS_A_DAY }, () => []);
  private readonly least: number;

  /** `least`: smallest spread that is believed. */
  constructor(least: number) {
    this.least = least;
  }

  /** What is usual in the hour that `second` (since 1970) lies in; undefined: too little is known. */
  usual(second: number): SeasonalUsual | undefined {
    const hour = Math.floor(second / HOUR);
    const weekly = this.week[hour % HOURS_A_WEEK]!;
    if (weekly.length >= WEEKS_NEEDED) {
      return { ...usualOf(weekly, this.least), hours: weekly.length, slot: 'hour of the week' };
    }
    const daily = this.day[hour % HOURS_A_DAY]!;
    if (daily.length < DAYS_NEEDED) return undefined;
    return { ...usualOf(daily, this.least), hours: daily.length, slot: 'hour of the day' };
  }

  /** An hour is over: its value belongs to the history from now on. */
  learn(second: number, value: number): void {
    const hour = Math.floor(second / HOUR);
    push(this.week[hour % HOURS_A_WEEK]!, value);
    push(this.day[hour % HOURS_A_DAY]!, value);
  }

  snapshot(): { week: number[][]; day: number[][] } {
    return { week: this.week.map((slot) => [...slot]), day: this.day.map((slot) => [...slot]) };
  }

  restore({ week, day }: { week: readonly (readonly number[])[]; day: readonly (readonly number[])[] }): void {
    if (week.length !== HOURS_A_WEEK || day.length !== HOURS_A_DAY) throw new RangeError('not a history of hours');
    week.forEach((slot, i) => (this.week[i] = slot.slice(-KEPT)));
    day.forEach((slot, i) => (this.day[i] = slot.slice(-KEPT)));
  }
}
