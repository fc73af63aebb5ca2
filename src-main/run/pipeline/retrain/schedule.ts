/** Once a day, at a set hour, models are trained anew: while a desk runs, or `sonde watch --db`. Off unless it is set. */
import {
  DAILY_SLOTS,
  DEFAULT_SCHEDULE,
  type RetrainRun,
  type RetrainSchedule,
} from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { RetrainOptions } from './retrain.ts';

export const SCHEDULE_SETTING = 'models.schedule';
/** When the schedule was last kept, milliseconds since 1970. */
export const LAST_SETTING = 'models.schedule.last';
/** It is looked this often, ms. */
const LOOK_MS = 30_000;
/** Whom the audit log names. */
const USER = 'sonde';

/** What is set; what is not, or not any more, is as it is by default. */
export function scheduleOf(kept: unknown): RetrainSchedule {
  if (typeof kept !== 'object' || kept === null) return DEFAULT_SCHEDULE;
  const { enabled, hour } = kept as Partial<RetrainSchedule>;
  const isHour = typeof hour === 'number' && Number.isInteger(hour) && hour >= 0 && hour < 24;
  return { enabled: enabled === true, hour: isHour ? hour : DEFAULT_SCHEDULE.hour };
}

/** The latest time at or before `now` at which the hour of the machine's own clock was `hour`, ms since 1970. */
export function latestTurn(now: number, hour: number): number {
  const turn = new Date(now);
  turn.setHours(hour, 0, 0, 0);
  if (turn.getTime() > now) turn.setDate(turn.getDate() - 1);
  return turn.getTime();
}

/** The next time after `now` at which that clock will say `hour`, ms since 1970; null: it is off. */
export function nextTurn({ enabled, hour }: RetrainSchedule, now: number): number | null {
  if (!enabled) return null;
  const turn = new Date(latestTurn(now, hour));
  turn.setDate(turn.getDate() + 1);
  return turn.getTime();
}

/** Whether it is time; a machine that slept over the hour makes up for it. */
export function isDue({ enabled, hour }: RetrainSchedule, last: number, now: number): boolean {
  return enabled && last < latestTurn(now, hour);
}

export interface ScheduleOptions extends Pick<RetrainOptions, 'store' | 'readers'> {
  /** Milliseconds since 1970. */
  now: () => number;
  /** It began, or ended; with what it came to. */
  onChange?: (run: RetrainRun | undefined) => void;
  /** It failed, or could not be looked. */
  onFailure: (error: unknown) => void;
  lookEveryMs?: number;
}

export class RetrainingSchedule {
  private readonly options: ScheduleOptions;
  private readonly timer: NodeJS.Timeout;
  private readonly stop = new AbortController();
  private current: Promise<void> | undefined;
  private looking: Promise<void> | undefined;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.look(), options.lookEveryMs ?? LOOK_MS);
    this.timer.unref();
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  /** Begins at once; does not wait for its end. @throws SondeError `bad-request` where one runs */
  runNow(user: string): void {
    if (this.current) {
      throw new SondeError('bad-request', 'models are being trained anew already', 'retrain', 'Wait until it is done.');
    }
    this.begin('by-hand', user);
  }

  /** Looks whether it is time; the schedule counts as kept from when it begins, so that a failure is not repeated all day. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch(this.options.onFailure)
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const { store, now } = this.options;
    const schedule = scheduleOf(await store.setting(SCHEDULE_SETTING));
    if (!schedule.enabled || this.current || this.stop.signal.aborted) return;
    const kept = await store.setting(LAST_SETTING);
    if (!isDue(schedule, typeof kept === 'number' ? kept : 0, now()) || this.running) return;
    // A desk and a watch may have the same database: one of them does it.
    if (await store.swapSetting(LAST_SETTING, kept, now())) this.begin('schedule', USER);
  }

  /** The one that runs, for whoever waits for it. */
  get ended(): Promise<void> {
    return this.current ?? Promise.resolve();
  }

  /** What is being learned is given up. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    await this.looking;
    await this.current;
  }

  private begin(trigger: RetrainRun['trigger'], user: string): void {
    const { onChange, onFailure } = this.options;
    let run: RetrainRun | undefined;
    this.current = this.work(trigger, user)
      .then((done) => void (run = done))
      .catch(async (error: unknown) => {
        if (this.stop.signal.aborted) return;
        onFailure(error);
        await this.noteFailure(trigger, user, error);
      })
      .catch(onFailure)
      .finally(() => {
        this.current = undefined;
        onChange?.(run);
      });
    onChange?.(undefined);
  }

  /** Nobody sees a log by night: what went wrong stands among what else was done. */
  private async noteFailure(trigger: RetrainRun['trigger'], user: string, error: unknown): Promise<void> {
    const { store, now } = this.options;
    const why = error instanceof SondeError ? error.message : 'an error of ours; details are in the log of errors';
    const words = `It failed, and what scored goes on: ${why}.`;
    const outcomes = DAILY_SLOTS.map((slot) => ({ slot, taken: false, model: null, words, next: null, before: null }));
    await store.addRetrainRun({ at: now(), user, trigger, outcomes, promote: [] });
  }

  private async work(trigger: RetrainRun['trigger'], user: string): Promise<RetrainRun> {
    const { store, readers, now } = this.options;
    // Most days of most programs have no need of it.
    const { retrainModels } = await import('./retrain.ts');
    return retrainModels({ store, readers, now: now(), user, trigger, signal: this.stop.signal });
  }
}
