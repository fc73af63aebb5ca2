/** Reports of a day, a week or another time: as a file on demand, and by schedules to channels that carry documents. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { channelId, channelName, CHANNELS_MAX } from './alerts.ts';
import { captureId, count, moment, nothing } from './common.ts';

export const REPORT_SCHEDULES_MAX = 50;
/** Days of one report at most. */
export const REPORT_DAYS_MAX = 400;
const WEEK = 7;
const DAY_MS = 86_400_000;
/** Milliseconds since 1970 that calendars of all zones show with four digits of a year. */
const MOMENT_MAX = 253_370_764_800_000;

const zone = z.string().min(1).max(64);
const format = z.enum(['html', 'pdf']);
const anonymised = z
  .boolean()
  .default(false)
  .describe('one that can be given away: pseudonyms by the key beside the database');

const timing = {
  every: z.enum(['day', 'week']).describe('what it reports on: the day before, or the seven days before'),
  weekday: z.int().min(1).max(WEEK).default(1).describe('of a weekly one: 1 is Monday'),
  hour: z.int().min(0).max(23).default(7).describe('when it is sent'),
  timeZone: zone.default('system').describe("of days and hours: an IANA name, or 'system'"),
};

export const reportSchedule = z.strictObject({
  id: channelId,
  name: channelName.optional().describe('as people know it; absent: the id'),
  enabled: z.boolean().default(true),
  ...timing,
  channels: z.array(channelId).max(CHANNELS_MAX).describe('ids of channels that carry documents'),
  format: format.default('pdf'),
  anonymised,
});
export type ReportSchedule = z.infer<typeof reportSchedule>;

const shown = reportSchedule.extend({
  name: channelName,
  /** When a report of it went into the queue last, and what it told of; null: none did yet. */
  last: z.object({ at: moment, from: moment, to: moment }).nullable(),
  /** null: it is switched off. */
  nextAt: moment.nullable(),
});
export type ReportScheduleShown = z.infer<typeof shown>;

const asked = z
  .strictObject({
    from: z.int().min(0).max(MOMENT_MAX),
    /** Exclusive. */
    to: z.int().min(0).max(MOMENT_MAX),
    timeZone: zone.default('system'),
    format: format.default('pdf'),
    anonymised,
  })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'has to lie after from' })
  .refine(({ from, to }) => to - from <= (REPORT_DAYS_MAX + 1) * DAY_MS, {
    path: ['to'],
    error: `lies more than ${REPORT_DAYS_MAX} days after from`,
  });

/** A file to fetch from the downloads. */
const made = z.object({ download: z.string(), name: z.string(), bytes: count, incidents: count });

export const reports = {
  make: command(asked, made),
  /** Of one capture, as `sonde triage --report` tells it, without what is silenced now. */
  makeOfCapture: command(z.strictObject({ capture: captureId, format: format.default('pdf'), anonymised }), made),
  list: query(
    nothing,
    z.object({
      schedules: z.array(shown),
      /** That can carry a document. */
      channels: z.array(z.object({ id: channelId, name: z.string(), enabled: z.boolean() })),
      /** Of the machine that runs Sonde. */
      timeZone: z.string(),
    }),
    'analyst',
  ),
  /** Without `id` a new one is made. */
  set: command(reportSchedule.extend({ id: channelId.optional(), name: channelName }), shown, 'admin'),
  remove: command(z.strictObject({ id: channelId }), nothing, 'admin'),
  /** Of the last 24 hours, or seven days, up to now; by its channels. The schedule goes on as it was. */
  send: command(z.strictObject({ id: channelId }), z.object({ channels: count, incidents: count }), 'admin'),
} as const;
