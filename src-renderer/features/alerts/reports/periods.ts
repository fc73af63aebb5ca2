/** Times that a report is asked of. */
import { dayMoment, namedDay, weekdayOf } from '../../../../src-shared/domain/calendar.ts';

const WEEK = 7;

export const PERIODS = [
  { value: 'today', label: 'Today' },
  { value: 'yesterday', label: 'Yesterday' },
  { value: 'seven', label: 'Last 7 days' },
  { value: 'week', label: 'Last week' },
  { value: 'days', label: 'Own days' },
] as const;
export type PeriodChoice = (typeof PERIODS)[number]['value'];

export interface OwnDays {
  /** 2026-11-16 */
  first: string;
  /** Part of it. */
  last: string;
}

/** Milliseconds since 1970, `to` exclusive; null: these are no days, or not in their order. */
export function periodOf(
  choice: PeriodChoice,
  { first, last }: OwnDays,
  now: number,
  zone: string,
): { from: number; to: number } | null {
  const day = (days: number): number => dayMoment(zone, now, days);
  switch (choice) {
    case 'today':
      return { from: day(0), to: now };
    case 'yesterday':
      return { from: day(-1), to: day(0) };
    case 'seven':
      return { from: day(1 - WEEK), to: now };
    case 'week': {
      const monday = 1 - weekdayOf(zone, now);
      return { from: day(monday - WEEK), to: day(monday) };
    }
    case 'days': {
      const [from, to] = [namedDay(zone, first), namedDay(zone, last, 1)];
      return from === null || to === null || from >= to ? null : { from, to };
    }
  }
}
