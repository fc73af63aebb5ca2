/** `sonde watch --settings --db`: reports of that database, sent when the settings say. */
import { ReportSchedules } from '../../keep/alerts/reports/schedules.ts';
import type { Sender } from '../../keep/alerts/attempt.ts';
import type { AlertService } from '../../keep/alerts/service.ts';
import { openReaders } from '../../keep/store/readers.ts';
import type { Store } from '../../keep/store/types.ts';
import { anonymiserOf } from '../anonymiser.ts';
import { workerUrl } from '../pipeline/workers.ts';
import { reportError, say } from './errors.ts';
import type { AlertSettings } from './watch-alerts.ts';

export interface WatchReports {
  /** What is due after this is sent by the next run. */
  close(): Promise<void>;
}

const NO_DATABASE = 'The reports of the settings are not sent: what they tell of is kept with --db FILE alone.';

/** `queue`: of the run's database; undefined: it keeps none, and there is nothing to report on. */
export async function startReports(
  { reports, suppressions = [] }: Pick<AlertSettings, 'reports' | 'suppressions'>,
  queue: { store: Store; path: string } | undefined,
  senders: readonly Sender[],
  service: AlertService,
): Promise<WatchReports | undefined> {
  if (reports.length === 0) return undefined;
  if (!queue) {
    say(NO_DATABASE);
    return undefined;
  }
  const readers = openReaders(queue.path, workerUrl('keep/store/reader.worker'), 1);
  const schedules = new ReportSchedules({
    store: queue.store,
    readers,
    service,
    suppressions,
    anonymiser: () => anonymiserOf(queue.path),
    now: Date.now,
    onChange: () => undefined,
    onFailure: (error) => void reportError(error),
  });
  const able = senders.filter(({ kind }) => kind.attaches === true).map(({ id }) => id);
  // What was missed since the last run is sent now; nothing waits for it.
  void schedules.configure(reports, able);
  return {
    close: async () => {
      await schedules.close();
      await readers.close();
    },
  };
}
