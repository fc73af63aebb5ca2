/** `sonde watch --settings`: what it tells goes to the channels of that file too. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AlertPolicy, AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import type { ReportSchedule } from '../../../src-shared/contract/topics/reports.ts';
import type { SuppressionInFile } from '../../../src-shared/contract/topics/suppression-file.ts';
import type { LiveAlertCounts, LiveEvent, LiveNotice, LiveNoticeCode } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { CHANNEL_KINDS } from '../../keep/alerts/channels/registry.ts';
import { saidBy, type Sender } from '../../keep/alerts/attempt.ts';
import type { ChannelInDocument } from '../../keep/alerts/document.ts';
import { KeyFileSecrets } from '../../keep/alerts/key-file.ts';
import { fileSenders } from '../../keep/alerts/senders.ts';
import { checkCarriers } from '../../keep/alerts/reports/check.ts';
import { AlertService, type AlertTrouble } from '../../keep/alerts/service.ts';
import { openStore } from '../../keep/store/client.ts';
import { FILE_CHANNELS } from '../../keep/store/queries/alerts.ts';
import { openReaders } from '../../keep/store/readers.ts';
import { shareSending } from '../../keep/store/sending.ts';
import type { Store } from '../../keep/store/types.ts';
import { plainIncident } from '../api/live/incident-writer.ts';
import { NoticeGate } from '../pipeline/live/notice-gate.ts';
import { workerUrl } from '../pipeline/workers.ts';
import { dataFolder } from '../paths.ts';
import { say } from './errors.ts';
import { startReports, type WatchReports } from './watch-reports.ts';
import { plural } from './words.ts';

/** How long the end of a run waits for what is still to be sent, ms. */
const DRAIN_MS = 5000;
/** … and what no queue took to be sent past it, ms. */
const RESCUE_MS = 5000;

export interface AlertSettings {
  channels: readonly ChannelInDocument[];
  routes: readonly AlertRoute[];
  policy: AlertPolicy;
  reports: readonly ReportSchedule[];
  /** What reports leave out beside what the database's own silence. */
  suppressions?: readonly SuppressionInFile[];
}

const CODES: Readonly<Record<AlertTrouble['what'], LiveNoticeCode>> = {
  failing: 'alerts-failing',
  recovered: 'alerts-recovered',
  dead: 'alerts-given-up',
  full: 'alerts-queue-full',
  store: 'alerts-not-kept',
  damaged: 'alerts-given-up',
};

function wordsOf({ name, what, words }: AlertTrouble): string {
  switch (what) {
    case 'failing':
      return `Alerts do not get through ${name}: ${words}. They wait and are tried again.`;
    case 'recovered':
      return `Alerts get through ${name} again.`;
    case 'dead':
      return `An alert through ${name} was given up: ${words}.`;
    case 'full':
    case 'damaged':
      return `Alerts through ${name}: ${words}.`;
    case 'store':
      return `The queue of alerts cannot be used (${words}); they are kept in memory and tried again.`;
  }
}

function timeOf(at: number): string {
  const sec = Math.floor(at / 1000);
  return formatTime(sec, (at - sec * 1000) * 1_000_000);
}

/** The queue of runs that keep no database. */
export const alertQueuePath = (): string => join(dataFolder(), 'alerts.sqlite');

/** Where channels are switched on: read and checked before anything is watched. @throws SondeError */
export async function watchSenders({ channels, reports }: AlertSettings): Promise<Sender[]> {
  for (const report of reports) checkCarriers(report, channels, CHANNEL_KINDS);
  return fileSenders(channels, CHANNEL_KINDS, new KeyFileSecrets(dataFolder()));
}

/** A queue that lies in the database of the run. */
export interface RunQueue {
  store: Store;
  path: string;
}

export class WatchAlerts {
  private readonly service: AlertService;
  private readonly store: Store;
  private readonly path: string;
  private readonly isOwn: boolean;
  private readonly senders: readonly Sender[];
  private readonly scope: string;
  private readonly onNotice: (notice: LiveNotice) => void;
  private readonly gate = new NoticeGate();
  private readonly endSharing: () => void;
  private reports: WatchReports | undefined;
  private readonly settled = { delivered: 0, dead: 0, waiting: 0 };

  private constructor(
    { store, path }: RunQueue,
    isOwn: boolean,
    senders: readonly Sender[],
    onNotice: (notice: LiveNotice) => void,
  ) {
    this.store = store;
    this.path = path;
    this.isOwn = isOwn;
    this.senders = senders;
    this.onNotice = onNotice;
    this.scope = `watch ${process.pid} ${Date.now()}`;
    this.endSharing = shareSending(path);
    this.service = new AlertService({
      store,
      now: Date.now,
      random: Math.random,
      onTrouble: (trouble) => this.tell(trouble),
      onChange: (_, state) => this.settled[state]++,
    });
  }

  /** `queue`: of the run's database; absent: one in the user's own folder. @throws SondeError */
  static async open(
    senders: readonly Sender[],
    settings: AlertSettings,
    queue: RunQueue | undefined,
    onNotice: (notice: LiveNotice) => void,
  ): Promise<WatchAlerts> {
    const { routes, policy } = settings;
    const path = alertQueuePath();
    if (!queue) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const used = queue ?? { store: await openStore(path, workerUrl('keep/store/store.worker')), path };
    // Whoever looks at the queue later knows them by these names too.
    const names = Object.fromEntries(senders.map(({ id, name }) => [id, name]));
    // Of a queue that cannot be written, trouble is told when there is something to write.
    await used.store.setSetting(FILE_CHANNELS, names).catch(() => undefined);
    const alerts = new WatchAlerts(used, queue === undefined, senders, onNotice);
    alerts.service.configure({ channels: senders, routes, policy });
    alerts.reports = await startReports(settings, queue, senders, alerts.service);
    return alerts;
  }

  /** The queue's own database; undefined: it lies in that of the run. */
  get database(): string | undefined {
    return this.isOwn ? alertQueuePath() : undefined;
  }

  /** What is told. Nobody waits for what becomes of it. */
  take(event: LiveEvent): void {
    if (event.event !== 'incident') return;
    const { state, withdrawn = false } = event;
    void this.service.incident({ incident: plainIncident(event), state, withdrawn, scope: this.scope });
  }

  /** Sends what was collected, and waits a little for what is under way. What became of the alerts of this run. */
  async end(): Promise<LiveAlertCounts> {
    await this.reports?.close();
    // Nobody would send a digest after this run.
    await this.service.flushDigests();
    const isDone = await this.service.drain(DRAIN_MS);
    const lost = await this.service.rescue(RESCUE_MS);
    await this.service.close();
    this.endSharing();
    const { delivered, dead } = this.settled;
    const waiting = isDone ? 0 : await this.waiting();
    // Nothing is left to be done about a queue that cannot be closed: its database looks after itself.
    if (this.isOwn) await this.store.close().catch((error: unknown) => say(`The queue of alerts: ${saidBy(error)}.`));
    if (!isDone)
      say('Some alerts are not delivered yet. They wait in the queue and go out when sonde watch runs again.');
    if (lost > 0) say(`${plural(lost, 'alert')} ${lost === 1 ? 'was' : 'were'} lost: neither kept nor sent.`);
    return { delivered: delivered + this.service.rescued, waiting, givenUp: dead, lost };
  }

  /** In the queue, for channels of this run; 0 where it cannot be read. */
  private async waiting(): Promise<number> {
    const readers = openReaders(this.path, workerUrl('keep/store/reader.worker'), 1);
    try {
      const { channels } = await readers.ask('alertQueue', []);
      const own = channels.filter(({ channel }) => this.senders.some(({ id }) => id === channel));
      return own.reduce((sum, { waiting }) => sum + waiting, 0);
    } catch {
      return 0;
    } finally {
      await readers.close();
    }
  }

  private tell(trouble: AlertTrouble): void {
    const code = CODES[trouble.what];
    const message = this.gate.pass(code, wordsOf(trouble), performance.now());
    if (message !== null) this.onNotice({ event: 'notice', ts: timeOf(Date.now()), code, message });
  }
}
