/** The desk's scheduled reports: what is kept of them, put to work beside the channels. */
import { REPORT_SCHEDULES_MAX, type ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Anonymiser } from '../../../keep/exports/anonymise/words.ts';
import { soundSchedule } from '../../../keep/alerts/document.ts';
import { carries, checkCarriers } from '../../../keep/alerts/reports/check.ts';
import { ReportSchedules } from '../../../keep/alerts/reports/schedules.ts';
import type { Kinds } from '../../../keep/alerts/senders.ts';
import type { AlertService } from '../../../keep/alerts/service.ts';
import type { Readers } from '../../../keep/store/readers.ts';
import type { Store } from '../../../keep/store/types.ts';
import { newId } from './channels.ts';

/** Where schedules lie in the table of settings. */
const REPORTS = 'reports';

export interface DeskReportsOptions {
  store: Store;
  readers: Pick<Readers, 'ask'>;
  service: AlertService;
  kinds: Kinds;
  /** Of those that are to be anonymised. */
  anonymiser(): Anonymiser;
  now(): number;
  onChange(): void;
  onFailure(error: unknown): void;
  /** For tests. */
  tickMs?: number | undefined;
}

/** Those that are still valid: one of another version must not stop the others. */
export async function readSchedules(store: Pick<Store, 'setting'>): Promise<ReportSchedule[]> {
  const kept = await store.setting(REPORTS);
  const schedules = (Array.isArray(kept) ? kept : []).map((each) => soundSchedule.safeParse(each));
  return schedules.flatMap((each) => (each.success ? [each.data] : []));
}

function noSchedule(id: string): SondeError {
  return new SondeError('not-found', 'this report is no longer there', id, 'Look at the list.');
}

export class DeskReports {
  readonly schedules: ReportSchedules;
  private readonly options: DeskReportsOptions;

  constructor(options: DeskReportsOptions) {
    this.options = options;
    const { tickMs, ...rest } = options;
    this.schedules = new ReportSchedules({ ...rest, ...(tickMs === undefined ? {} : { tickMs }) });
  }

  /** Puts to work what is kept now. */
  async reload(): Promise<void> {
    const { store, kinds } = this.options;
    const [kept, channels] = await Promise.all([readSchedules(store), store.alertChannels()]);
    const able = channels.filter(({ enabled, kind }) => enabled && carries(kinds, kind));
    await this.schedules.configure(
      kept,
      able.map(({ id }) => id),
    );
    this.options.onChange();
  }

  /** @throws SondeError `not-found` */
  async named(id: string): Promise<ReportSchedule> {
    const found = (await readSchedules(this.options.store)).find((each) => each.id === id);
    if (!found) throw noSchedule(id);
    return found;
  }

  /** Without an id a new one is made. @throws SondeError `not-found`, `too-many`, `bad-request` */
  async set(change: Omit<ReportSchedule, 'id'> & { id?: string | undefined; name: string }): Promise<ReportSchedule> {
    const { store, kinds } = this.options;
    const [kept, channels] = await Promise.all([readSchedules(store), store.alertChannels()]);
    const at = change.id === undefined ? kept.length : kept.findIndex(({ id }) => id === change.id);
    if (at < 0) throw noSchedule(change.id ?? '');
    if (at >= REPORT_SCHEDULES_MAX) {
      const what = `there are ${REPORT_SCHEDULES_MAX} reports already`;
      throw new SondeError('too-many', what, change.name, 'Remove one that is not needed.');
    }
    const id = change.id ?? newId(change.name, new Set(kept.map((each) => each.id)));
    const schedule: ReportSchedule = { ...change, id };
    checkCarriers(schedule, channels, kinds);
    await store.setSetting(REPORTS, at === kept.length ? [...kept, schedule] : kept.with(at, schedule));
    return schedule;
  }

  /** Its name. @throws SondeError `not-found` */
  async remove(id: string): Promise<string> {
    const { store } = this.options;
    const { name = id } = await this.named(id);
    const left = (await readSchedules(store)).filter((each) => each.id !== id);
    await store.setSetting(REPORTS, left);
    return name;
  }

  /** All of them, as a settings document has them. */
  async replace(schedules: readonly ReportSchedule[]): Promise<void> {
    await this.options.store.setSetting(REPORTS, schedules);
  }

  /** A channel is no longer there: what was sent by it alone is switched off. */
  async forget(channel: string): Promise<void> {
    const { store } = this.options;
    const kept = await readSchedules(store);
    const left = kept.map((schedule) => {
      const channels = schedule.channels.filter((each) => each !== channel);
      return { ...schedule, channels, enabled: schedule.enabled && channels.length > 0 };
    });
    if (JSON.stringify(left) !== JSON.stringify(kept)) await store.setSetting(REPORTS, left);
  }
}
