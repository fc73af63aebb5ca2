/** Times on screen: exact, in the zone that was chosen. */
import { formatDuration } from '../../src-shared/domain/time.ts';

/** 'system': the zone of the machine that shows the desk. */
export function zoneOf(setting: string): string | undefined {
  if (setting === 'system') return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: setting }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}|${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('sv-SE', { ...(zone === undefined ? {} : { timeZone: zone }), ...options });
  formats.set(key, made);
  return made;
}

const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const SECONDS_A_DAY = 86_400;
/** Spans in which a day and a month do not tell the year. */
const YEARS_FROM = SECONDS_A_DAY * 300;

/** 2026-03-10 09:22:00. Seconds since 1970. */
export function dateTime(seconds: number, zone?: string): string {
  return format(zone, { ...DAY, ...TIME }).format(seconds * 1000);
}

/** 09:22:00, with `digits` of the second's fraction. */
export function timeOfDay(seconds: number, zone?: string, digits: 0 | 1 | 2 | 3 = 0): string {
  const options = digits === 0 ? TIME : { ...TIME, fractionalSecondDigits: digits };
  return format(zone, options)
    .format(seconds * 1000)
    .replace(',', '.');
}

/** What tells ticks of an axis apart that spans `span` seconds: 2026-03-10, 03-10 09:22, 09:22 or 09:22:00. */
export function axisTime(seconds: number, span: number, zone?: string): string {
  if (span > YEARS_FROM) return dateTime(seconds, zone).slice(0, 10);
  if (span > SECONDS_A_DAY * 2) return dateTime(seconds, zone).slice(5, 16);
  if (span > 600) return format(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(seconds * 1000);
  return timeOfDay(seconds, zone, span < 5 ? 2 : 0);
}

/** Seconds since 1970 of RFC 3339 text with nine decimals, to the microsecond. */
export function secondsOf(text: string): number {
  const [whole = '', fraction = ''] = text.replace('Z', '').split('.');
  return Date.parse(`${whole}Z`) / 1000 + Number(`0.${fraction.slice(0, 6) || '0'}`);
}

const STEPS: readonly [number, string][] = [
  [SECONDS_A_DAY, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

/** "3 hours ago"; both in milliseconds since 1970. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, (now - then) / 1000);
  for (const [size, name] of STEPS) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

const NICE = [
  0.01,
  0.02,
  0.05,
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  10_800,
  21_600,
  43_200,
  SECONDS_A_DAY,
];

/** Round times between two others, about `count` of them. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const wanted = (to - from) / Math.max(1, count);
  const step = NICE.find((nice) => nice >= wanted) ?? SECONDS_A_DAY * Math.ceil(wanted / SECONDS_A_DAY);
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length < 200; at += step) ticks.push(at);
  return ticks;
}

/** How long something went on; what began and ended at the same instant is said to be a moment. */
export function lasted(seconds: number): string {
  return seconds > 0 ? formatDuration(seconds) : 'a moment';
}
