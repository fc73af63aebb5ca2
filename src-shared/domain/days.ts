/** Calendar days of a time zone, also those that the clock's changes make longer or shorter. */

const SECONDS_A_DAY = 86_400;
/** Seconds that a date can show on either side of 1970. */
const DATE_MAX = 8.64e12;

interface DayTime {
  /** 2026-03-10 */
  day: string;
  /** As the clock on the wall shows it: seconds since midnight. */
  since: number;
}

/** Of seconds since 1970. @throws RangeError for a zone that is none */
function wallDays(zone: string): (seconds: number) => DayTime {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return (seconds) => {
    const [day = '', time = ''] = format.format(seconds * 1000).split(' ');
    const [h, m, s] = time.split(':').map(Number);
    return { day, since: (h ?? 0) * 3600 + (m ?? 0) * 60 + (s ?? 0) };
  };
}

/** The day of a moment, `2026-03-10`; '' for what a date cannot show. @throws RangeError for a zone that is none */
export function dayOf(zone: string): (seconds: number) => string {
  const wall = wallDays(zone);
  return (seconds) => (Math.abs(seconds) <= DATE_MAX ? wall(seconds).day : '');
}

export interface Span {
  /** Seconds since 1970, whole. */
  from: number;
  /** Exclusive. */
  to: number;
}

/** Spans in their order, those that touch as one; what no date can show is left out. */
function united(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  const sorted = spans
    .filter(({ from, to }) => from < to && from >= -DATE_MAX && to <= DATE_MAX)
    .sort((a, b) => a.from - b.from);
  for (const { from, to } of sorted) {
    const last = out.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

/** When the day of the second before `end` began, or a part of it that the clock's change cut off. */
function beginOf(wall: (seconds: number) => DayTime, end: number): { day: string; from: number } {
  const { day, since } = wall(end - 1);
  const from = end - 1 - since;
  const there = wall(from);
  // The clock was put forward since: this is still the day before.
  return { day, from: there.day === day ? from : from + SECONDS_A_DAY - there.since };
}

/**
 * The last `most` days of which the spans hold anything, and how many seconds of each, in their order.
 *
 * @throws RangeError for a zone that is none
 */
export function secondsByDay(spans: readonly Span[], zone: string, most: number): Map<string, number> {
  const wall = wallDays(zone);
  const found = new Map<string, number>();
  for (const { from, to } of united(spans).reverse()) {
    for (let end = to; end > from;) {
      const begin = beginOf(wall, end);
      if (found.size === most && !found.has(begin.day)) return new Map([...found].reverse());
      const start = Math.max(from, begin.from);
      found.set(begin.day, (found.get(begin.day) ?? 0) + end - start);
      end = start;
    }
  }
  return new Map([...found].reverse());
}
