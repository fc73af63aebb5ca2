/** What `sonde compare` is told to compare: a capture, a day, or days. */
import { resolve } from 'node:path';
import type { CaptureDetail } from '../../../src-shared/contract/topics/captures.ts';
import type { CompareSide } from '../../../src-shared/contract/topics/compare.ts';
import { dayMoment, namedDay, weekdayOf } from '../../../src-shared/domain/calendar.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { usageError } from './arguments.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const WEEK = 7;

export interface Known {
  id: number;
  name: string;
  inputs: readonly Pick<CaptureDetail['inputs'][number], 'path'>[];
}

interface When {
  zone: string;
  now: number;
}

const period = (from: number, to: number): CompareSide => ({
  kind: 'period',
  range: { from: from / 1000, to: to / 1000 },
});

/** Days before today; undefined: the word names none. */
function daysAgo(word: string, { zone, now }: When): number | undefined {
  if (word === 'today') return 0;
  if (word === 'yesterday') return 1;
  const weekday = WEEKDAYS.findIndex((name) => word === name || word === `last-${name}` || word === `last ${name}`) + 1;
  if (weekday === 0) return undefined;
  return (weekdayOf(zone, now) - weekday + WEEK) % WEEK || WEEK;
}

/** `today`, `last-tuesday`, `2026-11-17`, `2026-11-16..2026-11-20` (both included); null: it names no time. */
export function periodOf(text: string, when: When): CompareSide | null {
  const { zone, now } = when;
  const ago = daysAgo(text.toLowerCase(), when);
  if (ago !== undefined) return period(dayMoment(zone, now, -ago), dayMoment(zone, now, 1 - ago));
  const [first = '', last = first, more] = text.split('..');
  const [from, to] = [namedDay(zone, first), namedDay(zone, last, 1)];
  if (from === null || to === null || more !== undefined) return null;
  if (to <= from) throw usageError(`compare: ${last} is before ${first}`, text, 'Write the earlier day first.');
  return period(from, to);
}

/**
 * A capture by its number, its name (the newest of that name) or the file it was read from, or a time.
 *
 * @throws SondeError `not-found`, `usage`
 */
export function sideNamed(text: string, captures: readonly Known[], when: When): CompareSide {
  const time = periodOf(text, when);
  if (time) return time;
  const newest = [...captures].sort((a, b) => b.id - a.id);
  const found =
    newest.find(({ id }) => String(id) === text) ??
    newest.find(({ name }) => name === text) ??
    newest.find(({ inputs }) => inputs.some(({ path }) => resolve(path) === resolve(text)));
  if (found) return { kind: 'capture', capture: found.id };
  const listed = newest.slice(0, 5).map(({ id, name }) => `${id} (${name})`);
  throw new SondeError(
    'not-found',
    `${text}: no capture of this number, name or file in the database, and no day`,
    text,
    listed.length === 0
      ? 'Keep captures first: sonde triage FILE --db FILE.'
      : `There is: ${listed.join(', ')}${newest.length > listed.length ? ' …' : ''}. Days are written 2026-11-17, today or last-tuesday.`,
  );
}
