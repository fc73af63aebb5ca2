/** Calendar days and hours of a time zone as moments (milliseconds since 1970), also where its clock is changed. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Days that are read: around them too, years have four digits in every zone. */
const EARLIEST = Date.UTC(1900, 0);
const LATEST = Date.UTC(9990, 0);
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The zone of this machine. */
export function systemZone(): string {
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
}

/** `system` is the zone of this machine. */
export function zoneNamed(zone: string): string {
  return zone === 'system' ? systemZone() : zone;
}

/** What the wall clock shows, read as if it were UTC: by it one counts as on paper. */
type Wall = (at: number) => number;

const walls = new Map<string, Wall>();
/** Zones that are remembered: what comes from outside must not fill the memory. */
const WALLS_MAX = 100;

/** @throws RangeError for a zone that is none */
function wallOf(zone: string): Wall {
  const known = walls.get(zone);
  if (known) return known;
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
  const wall: Wall = (at) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`) + (((at % 1000) + 1000) % 1000);
  if (walls.size >= WALLS_MAX) walls.clear();
  walls.set(zone, wall);
  return wall;
}

/**
 * When the wall clock shows `wanted`: where it does so twice (put back), the first time; where it never does (put
 * forward), just as long after the change as it would have been.
 */
function momentOf(wall: Wall, wanted: number): number {
  const offset = (at: number): number => wall(at) - at;
  const [before, after] = [offset(wanted - DAY_MS), offset(wanted + DAY_MS)];
  const found = [wanted - before, wanted - after].filter((at) => wall(at) === wanted);
  return found.length > 0 ? Math.min(...found) : wanted - before;
}

/** The beginning of the day in which `at` lies, `days` later (or earlier), at this hour. @throws RangeError */
export function dayMoment(zone: string, at: number, days = 0, hour = 0): number {
  const wall = wallOf(zone);
  const shown = wall(at);
  const midnight = shown - (((shown % DAY_MS) + DAY_MS) % DAY_MS);
  return momentOf(wall, midnight + days * DAY_MS + hour * 60 * MINUTE_MS);
}

/** The same time of the day, so many days later (or earlier). @throws RangeError */
export function sameTime(zone: string, at: number, days: number): number {
  const wall = wallOf(zone);
  return momentOf(wall, wall(at) + days * DAY_MS);
}

/** 1: Monday … 7: Sunday. @throws RangeError */
export function weekdayOf(zone: string, at: number): number {
  return new Date(wallOf(zone)(at)).getUTCDay() || WEEKDAYS.length;
}

/** The beginning of a day written as 2026-03-10, `days` later; null for what is no day, or lies before 1900 or after 9989. @throws RangeError */
export function namedDay(zone: string, day: string, days = 0): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const wanted = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(wanted) || !new Date(wanted).toISOString().startsWith(day)) return null;
  if (wanted < EARLIEST || wanted > LATEST) return null;
  return momentOf(wallOf(zone), wanted + days * DAY_MS);
}

/** Beginnings of the days from the one of `from` to before `to`; a day that the zone left out is none. @throws RangeError */
export function daysBetween(zone: string, from: number, to: number): number[] {
  const days: number[] = [];
  for (let n = 0; ; n++) {
    const day = dayMoment(zone, from, n);
    if (day >= to) return days;
    if (day !== days.at(-1)) days.push(day);
  }
}

/** "2026-03-10" @throws RangeError */
export function isoDay(zone: string, at: number): string {
  return new Date(wallOf(zone)(at)).toISOString().slice(0, 10);
}

/** "Tue 10 Mar 2026" @throws RangeError */
export function dayText(zone: string, at: number): string {
  const shown = new Date(wallOf(zone)(at));
  const weekday = WEEKDAYS[(shown.getUTCDay() || WEEKDAYS.length) - 1];
  return `${weekday} ${shown.getUTCDate()} ${MONTHS[shown.getUTCMonth()]} ${shown.getUTCFullYear()}`;
}

/** "+01:00" */
function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

/** "2026-03-10 08:30:00 +01:00" @throws RangeError */
export function clockText(zone: string, at: number): string {
  const shown = wallOf(zone)(at);
  const time = new Date(shown).toISOString().slice(0, 19).replace('T', ' ');
  return `${time} ${offsetText(Math.round((shown - at) / MINUTE_MS))}`;
}

/** "Tue 10 Mar 2026, 08:30" @throws RangeError */
export function momentText(zone: string, at: number): string {
  return `${dayText(zone, at)}, ${new Date(wallOf(zone)(at)).toISOString().slice(11, 16)}`;
}
