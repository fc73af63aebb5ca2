/** Exact packet times as text. */

/** Range of seconds that ECMAScript dates can show (±100,000,000 days of 1970). */
const LIMIT = 8.64e12;

/**
 * RFC 3339 in UTC with nine decimals, e.g. `2024-01-01T00:00:00.000000000Z`. `sec`: whole seconds since 1970 (may be
 * negative), `nano`: 0…999,999,999. Seconds a date cannot show are brought to the nearest it can.
 */
export function formatTime(sec: number, nano: number): string {
  const clipped = Math.min(LIMIT, Math.max(-LIMIT, sec));
  const text = new Date(clipped * 1000).toISOString();
  return `${text.slice(0, -5)}.${String(nano).padStart(9, '0')}Z`;
}

/** What `formatTime` wrote, brought to a year of four digits: all that most formats and calendars know. */
export function calendarTime(text: string): string {
  if (text.startsWith('+')) return '9999-12-31T23:59:59.999999999Z';
  return text.startsWith('-') ? '0000-01-01T00:00:00.000000000Z' : text;
}

/** What `formatTime` wrote, exactly. */
export function parseTime(text: string): { sec: number; nano: number } {
  const point = text.indexOf('.');
  return { sec: Date.parse(`${text.slice(0, point)}Z`) / 1000, nano: Number(text.slice(point + 1, -1)) };
}

/** Nanoseconds since 1970 as decimal text, exact. */
export function formatNanoseconds(sec: number, nano: number): string {
  return (BigInt(sec) * 1_000_000_000n + BigInt(nano)).toString();
}

const UNITS: readonly [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

/** A duration for people: "11 s", "3.5 min", "2.0 h". `seconds` ≥ 0. */
export function formatDuration(seconds: number): string {
  for (const [size, unit] of UNITS) {
    if (seconds >= size * 2) return `${(seconds / size).toFixed(seconds >= size * 10 ? 0 : 1)} ${unit}`;
  }
  if (seconds >= 10) return `${Math.round(seconds)} s`;
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  if (seconds >= 0.001) return `${Math.round(seconds * 1000)} ms`;
  return `${Math.round(seconds * 1e6)} µs`;
}
