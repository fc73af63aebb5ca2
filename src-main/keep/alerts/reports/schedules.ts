/**
 * Sends reports when they are due, through the queue of alerts. That a report is in the queue and that its time was dealt
 * with is written as one: whatever becomes of the program, a report is neither forgotten nor sent under two keys.
 */
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import type { SuppressionInFile } from '../../../../src-shared/contract/topics/suppression-file.ts';
import { zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Anonymiser } from '../../exports/anonymise/words.ts';
import { periodFile, type PeriodFile } from '../../exports/report/period-file.ts';
import { periodLines } from '../../exports/report/period.ts';
import type { Readers } from '../../store/readers.ts';
import type { Store } from '../../store/types.ts';
import { alertKey } from '../make.ts';
import { deliveryOf, type AlertService } from '../service.ts';
import type { Alert } from '../types.ts';
import { coveredBy, coveredNow, lastDue, nextDue, type Covered } from './clock.ts';
import { stateKey, stateOf, timingText, type ScheduleState } from './state.ts';

/** How often it is looked whether one is due, ms. */
const TICK_MS = 15_000;
/** After one could not be made or queued, ms. */
const AGAIN_MS = 300_000;

export interface SchedulesOptions {
  store: Pick<Store, 'setting' | 'setSetting' | 'addReport'>;
  readers: Pick<Readers, 'ask'>;
  service: Pick<AlertService, 'wake' | 'sensor'>;
  /** What is left out beside what the database's own suppressions silence. */
  suppressions?: readonly SuppressionInFile[];
  /** By the key that reports of this database are anonymised by. @throws SondeError where there can be none */
  anonymiser(): Anonymiser;
  /** Milliseconds since 1970. */
  now(): number;
  /** When one was last sent, or is next, is another. */
  onChange(): void;
  /** One could not be made or queued; it is tried again. */
  onFailure(error: unknown): void;
  tickMs?: number;
}

export interface Standing {
  last: ScheduleState['last'];
  nextAt: number | null;
}

export class ReportSchedules {
  private readonly options: SchedulesOptions;
  private readonly timer: NodeJS.Timeout;
  private schedules: readonly ReportSchedule[] = [];
  private channels: ReadonlySet<string> = new Set();
  private readonly againAt = new Map<string, number>();
  private working: Promise<unknown> = Promise.resolve();
  private isLooking = false;
  private isClosed = false;

  constructor(options: SchedulesOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.look(), options.tickMs ?? TICK_MS).unref();
  }

  /** From now on these. `channels`: those that are switched on and carry documents. Resolves when it was looked once. */
  async configure(schedules: readonly ReportSchedule[], channels: readonly string[]): Promise<void> {
    this.schedules = schedules;
    this.channels = new Set(channels);
    this.againAt.clear();
    await this.inTurn(() => this.all());
  }

  /** Sends what is due. Never rejects. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.inTurn(() => this.all()).finally(() => (this.isLooking = false));
  }

  async standing(schedule: ReportSchedule): Promise<Standing> {
    const kept = stateOf(await this.options.store.setting(stateKey(schedule.id)));
    return { last: kept?.last ?? null, nextAt: schedule.enabled ? nextDue(schedule, this.options.now()) : null };
  }

  /** Now, of the time up to now; how many channels it goes to. The schedule goes on as it was. @throws SondeError */
  send(schedule: ReportSchedule): Promise<{ channels: number; incidents: number }> {
    return this.inTurn(async () => {
      const now = this.options.now();
      const covered = coveredNow(schedule, now);
      const kept = stateOf(await this.options.store.setting(stateKey(schedule.id)));
      const state = kept ?? begun(schedule, now);
      const channels = schedule.channels.filter((id) => this.channels.has(id));
      if (channels.length === 0) {
        const cure = 'Switch one of its channels on.';
        throw new SondeError('bad-request', 'none of its channels is switched on', schedule.id, cure);
      }
      const { facts } = await this.queue(schedule, covered, state, now);
      return { channels: channels.length, incidents: facts.total };
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    await this.working;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.working.then(work);
    this.working = next.catch(() => undefined);
    return next;
  }

  private async all(): Promise<void> {
    for (const schedule of this.schedules) {
      const now = this.options.now();
      const again = this.againAt.get(schedule.id) ?? -Infinity;
      // Further ahead than that, it was written before the clock was set back.
      if (this.isClosed || (now < again && again - now <= AGAIN_MS)) continue;
      try {
        await this.one(schedule, now);
        this.againAt.delete(schedule.id);
      } catch (error) {
        this.againAt.set(schedule.id, now + AGAIN_MS);
        this.options.onFailure(error);
      }
    }
  }

  private async one(schedule: ReportSchedule, now: number): Promise<void> {
    const { store } = this.options;
    const key = stateKey(schedule.id);
    const kept = stateOf(await store.setting(key));
    const timing = timingText(schedule);
    const due = lastDue(schedule, now);
    // A new one begins with what is due next; so does one whose clock was set back.
    if (kept?.timing !== timing || kept.due > now) {
      const anew = (kept?.anew ?? 0) + (kept && kept.covered > now ? 1 : 0);
      await store.setSetting(key, { ...begun(schedule, now), last: kept?.last ?? null, anew } satisfies ScheduleState);
      return;
    }
    if (!schedule.enabled || due <= kept.due) return;
    const covered = coveredBy(schedule, due, kept.covered);
    if (schedule.channels.every((id) => !this.channels.has(id))) {
      await store.setSetting(key, { ...kept, due, covered: covered.to } satisfies ScheduleState);
      return;
    }
    await this.queue(schedule, covered, { ...kept, due, covered: covered.to }, now);
  }

  /** `state`: what is remembered then, but for the last one. @throws SondeError where it cannot be made, or a channel takes no more */
  private async queue(
    schedule: ReportSchedule,
    covered: Covered,
    state: ScheduleState,
    now: number,
  ): Promise<PeriodFile> {
    const { store, service, readers, onChange, suppressions = [] } = this.options;
    const zone = zoneNamed(schedule.timeZone);
    const anonymiser = schedule.anonymised ? this.options.anonymiser() : undefined;
    const asked = { ...covered, zone, now, sensor: service.sensor, suppressions, anonymiser };
    const file = await periodFile(readers, asked, schedule.format);
    const alert = alertOf(schedule, covered, file, state.anew ?? 0);
    const channels = schedule.channels.filter((id) => this.channels.has(id));
    const deliveries = channels.map((channel) => deliveryOf(channel, alert, now));
    // What every channel was sent before, under this key, is not sent now.
    const sent: ScheduleState = { ...state, last: { at: now, ...covered } };
    const refused = await store.addReport(deliveries, stateKey(schedule.id), sent, state);
    service.wake();
    onChange();
    if (refused === 0) return file;
    const what = `${refused} of the channels of the report ${schedule.name ?? schedule.id} take no more: too much waits already`;
    throw new SondeError('too-many', what, schedule.id, 'Look at what waits for them.');
  }
}

/** A schedule that begins now: what it tells of begins where it would have ended before. */
function begun(schedule: ReportSchedule, now: number): ScheduleState {
  const due = lastDue(schedule, now);
  return { timing: timingText(schedule), due, covered: coveredBy(schedule, due, null).to, last: null };
}

function alertOf(
  { id }: ReportSchedule,
  { from, to }: Covered,
  { name, type, data, facts, about }: PeriodFile,
  anew: number,
): Alert {
  // One that was made before its period was over is not the one that is due.
  const time = anew === 0 ? [] : [`anew ${anew}`];
  return {
    schema: 'sonde.alert/1',
    // Of this schedule and this period: whoever makes it again makes the same message.
    key: alertKey('report', id, String(from), String(to), ...time),
    reason: 'report',
    at: new Date(about.now).toISOString(),
    sensor: about.sensor,
    ...periodLines(facts, about),
    severity: 'info',
    attachments: [{ name, type, data }],
  };
}
