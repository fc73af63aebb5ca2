/** The period that `--from`, `--to` and `--last` name. */
import { clockText, dayMoment, namedDay, sameTime } from '../../../src-shared/domain/calendar.ts';
import { usageError, type Parsed } from './arguments.ts';

/** Days of one report at most. */
export const DAYS_MAX = 400;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const WEEK = 7;

export interface Period {
  from: number;
  to: number;
}

/** Years that are read: before there is no traffic, and nearer to 10000 a day could end beyond what a date can be written as. */
const YEARS = [1970, 9000] as const;

/** With or without a time; without an offset it is one of the zone. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A moment: `2026-11-16`, `2026-11-16T08:00`, `2026-11-16T08:00:00Z`. `days`: of a day without a time, so many later. */
export function momentNamed(text: string, option: string, zone: string, days = 0): number {
  const [, day = '', hour, minute = '', second = '00', offset] = TIME.exec(text) ?? [];
  const cure = `Write for example --${option} 2026-11-16 or --${option} 2026-11-16T08:00:00Z.`;
  const wrong = (what = 'is no day and no time'): Error =>
    usageError(`--${option} ${text}: ${what}`, `--${option}`, cure);
  if (day !== '' && (Number(day.slice(0, 4)) < YEARS[0] || Number(day.slice(0, 4)) > YEARS[1]))
    throw wrong(`not within the years ${YEARS[0]} to ${YEARS[1]}`);
  const begin = namedDay(zone, day, hour === undefined ? days : 0);
  if (begin === null) throw wrong();
  if (hour === undefined) return begin;
  if (Number(hour) >= DAY_HOURS || Number(minute) >= 60 || Number(second) >= 60) throw wrong();
  const at =
    offset === undefined
      ? dayMoment(zone, begin, 0, Number(hour)) + Number(minute) * 60_000 + Number(second) * 1000
      : Date.parse(`${day}T${hour}:${minute}:${second}${offset}`);
  if (Number.isNaN(at)) throw wrong();
  return at;
}

/** `7d`: this day and the six before it, up to now; `2w` likewise; `24h`: so many hours up to now. */
function lastOf(text: string, now: number, zone: string): Period {
  const [, digits = '', unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const count = Number(digits);
  const days = unit === 'w' ? count * WEEK : unit === 'h' ? count / DAY_HOURS : count;
  if (!(count >= 1 && days <= DAYS_MAX)) {
    const what = `--last ${text}: not a number of hours, days or weeks, up to ${DAYS_MAX} days`;
    throw usageError(what, '--last', 'Write for example --last 7d, --last 24h or --last 2w.');
  }
  return { from: unit === 'h' ? now - count * HOUR_MS : dayMoment(zone, now, 1 - days), to: now };
}

/** Why nothing lies between what was named. */
function reversed(parsed: Parsed, begin: number, now: number, zone: string): Error {
  const [from, to] = [parsed.value('from')!, parsed.value('to')];
  if (to === undefined) {
    const what = `report: --from ${from} is not before now, ${clockText(zone, now)}`;
    return usageError(what, '--from', 'Let --from lie before now, or name the end of the time with --to.');
  }
  const isAfter = begin > momentNamed(to, 'to', zone);
  const what = isAfter ? `--from ${from} is after --to ${to}` : `--from ${from} and --to ${to} are the same moment`;
  return usageError(`report: ${what}`, '--to', 'Let --from lie before --to.');
}

/** @throws SondeError `usage` */
export function periodNamed(parsed: Parsed, now: number, zone: string): Period {
  const [from, to, last] = [parsed.value('from'), parsed.value('to'), parsed.value('last')];
  if (last !== undefined) {
    if (from === undefined && to === undefined) return lastOf(last, now, zone);
    throw usageError('--last goes with neither --from nor --to', '--last', 'Give either of them.');
  }
  if (from === undefined) {
    throw usageError(
      'report: which time?',
      'report',
      'Write for example --last 7d, or --from 2026-11-16 --to 2026-11-22.',
    );
  }
  const begin = momentNamed(from, 'from', zone);
  // A day that is named as the last one is part of it.
  const end = to === undefined ? now : momentNamed(to, 'to', zone, 1);
  if (begin >= end) throw reversed(parsed, begin, now, zone);
  if (sameTime(zone, begin, DAYS_MAX) < end) {
    throw usageError(`report: longer than ${DAYS_MAX} days`, '--from', 'Ask for a shorter time.');
  }
  return { from: begin, to: end };
}
