/**
 * Times of day and days of the week in a time zone, as the clock on the wall there shows them: where it is put forward,
 * the hour that is left out does not happen; where it is put back, the hour that comes twice counts both times.
 */
import { parseTime } from './time.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface TimeOfDay {
  /** "22:00-06:00": from (inclusive) to (exclusive), across midnight where it ends before it begins. Absent: all day. */
  hours?: string | undefined;
  /** Days on which such a time begins: after midnight it is still that of the day before. Absent: every day. */
  days?: Weekday[] | undefined;
  /** IANA name. */
  zone: string;
}

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const DAY = 1440;
const DAYS = WEEKDAYS.length;
/** Seconds that a date can show on either side of 1970. */
const DATE_MAX = 8.64e12;

/** Minutes since midnight, `to` up to 1440; null where the text is none such, or both ends are the same. */
export function parseHours(text: string): { from: number; to: number } | null {
  const found = HOURS.exec(text);
  if (!found) return null;
  const [, h = '', m = '', toH, toM] = found;
  const from = Number(h) * 60 + Number(m);
  const to = toH === undefined ? DAY : Number(toH) * 60 + Number(toM);
  return from === to ? null : { from, to };
}

/** Whether it is a name of the IANA time zone database that this machine knows. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** What is wrong with it, in words; null when nothing is. */
export function timeOfDayFault({ hours, days, zone }: TimeOfDay): string | null {
  if (hours === undefined && days === undefined) return 'it would be always: give hours, days, or both';
  if (hours !== undefined && parseHours(hours) === null)
    return `${hours} is not like 22:00-06:00 (from 00:00 to 24:00, both ends different)`;
  if (days !== undefined && (days.length === 0 || new Set(days).size < days.length))
    return 'days: name at least one, and each once';
  return isZone(zone) ? null : `zone: ${zone} is not a time zone like Europe/Berlin or UTC`;
}

interface Wall {
  /** Place in `WEEKDAYS`. */
  weekday: number;
  /** Minutes since midnight. */
  minute: number;
}

type Clock = (seconds: number) => Wall;

/** Formats are costly to make, and suppressions are compiled often: those of few zones are kept. */
const clocks = new Map<string, Clock>();
const CLOCKS_MAX = 32;

function clockOf(zone: string): Clock {
  const known = clocks.get(zone);
  if (known) return known;
  if (clocks.size === CLOCKS_MAX) clocks.clear();
  const made = makeClock(zone);
  clocks.set(zone, made);
  return made;
}

function makeClock(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (seconds) => {
    const parts = new Map(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
    const weekday = WEEKDAYS.indexOf((parts.get('weekday') ?? '').toLowerCase() as Weekday);
    return { weekday, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
  };
}

/**
 * Whether a moment is within it: packet time as reports have it. What a date cannot show is not.
 *
 * @throws RangeError for a zone that is none (`timeOfDayFault` tells before)
 */
export function timeOfDayTest({ hours, days, zone }: TimeOfDay): (ts: string) => boolean {
  const clock = clockOf(zone);
  const span = hours === undefined ? null : parseHours(hours);
  const { from, to } = span ?? { from: 0, to: DAY };
  const onDays = new Set((days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day)));
  return (ts) => {
    const { sec } = parseTime(ts);
    if (!(Math.abs(sec) <= DATE_MAX)) return false;
    const { weekday, minute } = clock(sec);
    if (from < to) return minute >= from && minute < to && onDays.has(weekday);
    // After midnight it is still the time that began the day before.
    return (minute >= from && onDays.has(weekday)) || (minute < to && onDays.has((weekday + DAYS - 1) % DAYS));
  };
}

const NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

export function weekdayName(day: Weekday): string {
  return NAMES[day];
}

/** For people: "at 22:00-06:00 on Friday, Saturday (Europe/Berlin)". */
export function timeOfDayText({ hours, days, zone }: TimeOfDay): string {
  const listed = days && WEEKDAYS.filter((day) => days.includes(day)).map(weekdayName);
  return [hours === undefined ? '' : `at ${hours}`, listed ? `on ${listed.join(', ')}` : '', `(${zone})`]
    .filter(Boolean)
    .join(' ');
}
