/** What is remembered of a schedule, in the table of settings. */
import { z } from '../../../../src-shared/contract/schema.ts';
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import { zoneNamed } from '../../../../src-shared/domain/calendar.ts';

const state = z.object({
  /** Of what it was remembered: another timing begins anew. */
  timing: z.string(),
  /** The last time that was dealt with, by a report or because there was no schedule yet; ms since 1970. */
  due: z.number(),
  /** Up to when reports have told, or would have before there was this schedule. */
  covered: z.number(),
  /** How often it began anew because it had told of time that was yet to come: the clock had been wrong. Absent: never. */
  anew: z.number().optional(),
  /** The last one that went into the queue. */
  last: z.object({ at: z.number(), from: z.number(), to: z.number() }).nullable(),
});
export type ScheduleState = z.infer<typeof state>;

export const stateKey = (id: string): string => `report ${id}`;

/** Null: nothing that makes sense is kept. */
export function stateOf(kept: unknown): ScheduleState | null {
  const parsed = state.safeParse(kept);
  return parsed.success ? parsed.data : null;
}

/** The same text as long as times mean the same. */
export function timingText({ enabled, every, weekday, hour, timeZone }: ReportSchedule): string {
  if (!enabled) return 'off';
  return `${every} ${every === 'week' ? weekday : 0} ${hour} ${zoneNamed(timeZone)}`;
}
