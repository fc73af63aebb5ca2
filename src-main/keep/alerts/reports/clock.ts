/** When scheduled reports are due, and what time they tell of. Knows no clock but its arguments (milliseconds since 1970). */
import { dayMoment, weekdayOf, zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';

export type ReportTiming = Pick<ReportSchedule, 'every' | 'weekday' | 'hour' | 'timeZone'>;

const WEEK = 7;
const NOON = 12;
/** A report that was missed for longer tells of so many days at most. */
const COVERED_DAYS = 31;

/** Times around `at`, in their order. An hour that the clock leaves out is due when the clock has left it behind. */
function candidates({ every, weekday, hour, timeZone }: ReportTiming, at: number): number[] {
  const zone = zoneNamed(timeZone);
  // A day more on each side: a change of the clock may have moved what is due over midnight.
  const reach = every === 'day' ? 2 : WEEK + 1;
  const days = Array.from({ length: 2 * reach + 1 }, (_, n) => n - reach);
  return days
    .filter((day) => every === 'day' || weekdayOf(zone, dayMoment(zone, at, day, NOON)) === weekday)
    .map((day) => dayMoment(zone, at, day, hour));
}

/** The last time that was due at `at`, or is just due. */
export function lastDue(timing: ReportTiming, at: number): number {
  return Math.max(...candidates(timing, at).filter((due) => due <= at));
}

/** The first time after `at`. */
export function nextDue(timing: ReportTiming, at: number): number {
  return Math.min(...candidates(timing, at).filter((due) => due > at));
}

export interface Covered {
  from: number;
  to: number;
}

/**
 * What a report that is due at `due` tells of: the whole day, or the seven whole days, before that of `due`. Where earlier
 * ones were missed (the machine slept) it begins where the last one ended (`covered`; null: there was none).
 */
export function coveredBy({ every, timeZone }: ReportTiming, due: number, covered: number | null): Covered {
  const zone = zoneNamed(timeZone);
  const to = dayMoment(zone, due);
  const usual = dayMoment(zone, due, every === 'day' ? -1 : -WEEK);
  if (covered === null || covered >= usual) return { from: usual, to };
  return { from: Math.max(covered, dayMoment(zone, due, -COVERED_DAYS)), to };
}

/** Up to now, for one that is asked for by hand. */
export function coveredNow({ every, timeZone }: ReportTiming, now: number): Covered {
  const zone = zoneNamed(timeZone);
  return { from: dayMoment(zone, now, every === 'day' ? 0 : 1 - WEEK), to: now };
}
