/** `sonde watch --settings`: what it tells goes to the channels of that file too. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AlertPolicy, AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import type { LiveEvent, LiveNotice, LiveNoticeCode } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { CHANNEL_KINDS } from '../../keep/alerts/channels/registry.ts';
import { saidBy, type Sender } from '../../keep/alerts/attempt.ts';
import type { ChannelInDocument } from '../../keep/alerts/document.ts';
import { KeyFileSecrets } from '../../keep/alerts/key-file.ts';
import { fileSenders } from '../../keep/alerts/senders.ts';
import { AlertService, type AlertTrouble } from '../../keep/alerts/service.ts';
import { openStore } from '../../keep/store/client.ts';
import type { Store } from '../../keep/store/types.ts';
import { plainIncident } from '../api/live/incident-writer.ts';
import { NoticeGate } from '../pipeline/live/notice-gate.ts';
import { workerUrl } from '../pipeline/workers.ts';
import { dataFolder } from '../paths.ts';
import { say } from './errors.ts';
import { plural } from './words.ts';

/** How long the end of a run waits for what is still to be sent, ms. */
const DRAIN_MS = 5000;
/** … and what no queue took to be sent past it, ms. */
const RESCUE_MS = 5000;

export interface AlertSettings {
  channels: readonly ChannelInDocument[];
  routes: readonly AlertRoute[];
  policy: AlertPolicy;
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
export async function watchSenders({ channels }: AlertSettings): Promise<Sender[]> {
  return fileSenders(channels, CHANNEL_KINDS, new KeyFileSecrets(dataFolder()));
}

export class WatchAlerts {
  private readonly service: AlertService;
  private readonly store: Store;
  private readonly isOwn: boolean;
  private readonly scope: string;
  private readonly onNotice: (notice: LiveNotice) => void;
  private readonly gate = new NoticeGate();
  private hasEnded = false;

  private constructor(store: Store, isOwn: boolean, onNotice: (notice: LiveNotice) => void) {
    this.store = store;
    this.isOwn = isOwn;
    this.onNotice = onNotice;
    this.scope = `watch ${process.pid} ${Date.now()}`;
    this.service = new AlertService({
      store,
      now: Date.now,
      random: Math.random,
      onTrouble: (trouble) => this.tell(trouble),
    });
  }

  /** `store`: of the run's database; absent: a queue in the user's own folder. @throws SondeError */
  static async open(
    senders: readonly Sender[],
    { routes, policy }: AlertSettings,
    store: Store | undefined,
    onNotice: (notice: LiveNotice) => void,
  ): Promise<WatchAlerts> {
    const path = alertQueuePath();
    if (!store) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const used = store ?? (await openStore(path, workerUrl('keep/store/store.worker')));
    const alerts = new WatchAlerts(used, store === undefined, onNotice);
    alerts.service.configure({ channels: senders, routes, policy });
    return alerts;
  }

  /** The queue's own database; undefined: it lies in that of the run. */
  get database(): string | undefined {
    return this.isOwn ? alertQueuePath() : undefined;
  }

  /** What is told. Nobody waits for what becomes of it. */
  take(event: LiveEvent): void {
    if (event.event === 'ended') this.hasEnded = true;
    if (event.event !== 'incident') return;
    const { state, withdrawn = false } = event;
    void this.service.incident({ incident: plainIncident(event), state, withdrawn, scope: this.scope });
  }

  /** Sends what was collected, and waits a little for what is under way. How many alerts are lost: neither sent nor kept. */
  async end(): Promise<number> {
    this.hasEnded = true;
    // Nobody would send a digest after this run.
    await this.service.flushDigests();
    const isDone = await this.service.drain(DRAIN_MS);
    const lost = await this.service.rescue(RESCUE_MS);
    await this.service.close();
    // Nothing is left to be done about a queue that cannot be closed: its database looks after itself.
    if (this.isOwn) await this.store.close().catch((error: unknown) => say(`The queue of alerts: ${saidBy(error)}.`));
    if (!isDone)
      say('Some alerts are not delivered yet. They wait in the queue and go out when sonde watch runs again.');
    if (lost > 0) say(`${plural(lost, 'alert')} ${lost === 1 ? 'was' : 'were'} lost: neither kept nor sent.`);
    return lost;
  }

  private tell(trouble: AlertTrouble): void {
    const code = CODES[trouble.what];
    const message = this.gate.pass(code, wordsOf(trouble), performance.now());
    if (message === null) return;
    // Nothing comes after the last event.
    if (this.hasEnded) say(message);
    else this.onNotice({ event: 'notice', ts: timeOf(Date.now()), code, message });
  }
}
