/** The desk's alerting: what is kept of channels, routes and policy, put to work; one for the whole program. */
import {
  alertPolicy,
  DEFAULT_ALERT_POLICY,
  type AlertPolicy,
  type AlertRoute,
} from '../../../../src-shared/contract/topics/alerts.ts';
import { soundRoute } from '../../../keep/alerts/document.ts';
import { keptSender, type Kinds } from '../../../keep/alerts/senders.ts';
import type { SecretStore } from '../../../keep/alerts/secrets.ts';
import { AlertService, type AlertTrouble } from '../../../keep/alerts/service.ts';
import type { Sender } from '../../../keep/alerts/attempt.ts';
import type { BackOff } from '../../../keep/alerts/backoff.ts';
import type { Store, StoredChannel } from '../../../keep/store/types.ts';
import type { FailureCounts } from '../../metrics/channels.ts';
import { logBug } from '../bugs.ts';
import type { DeskMetrics } from './desk-metrics.ts';

/** Where the policy lies in the table of settings. */
export const ALERT_POLICY = 'alerts';
/** Whoever shows the queue is told this often at most, ms. */
const TOLD_MS = 500;

export interface DeskAlertsOptions {
  store: Store;
  kinds: Kinds;
  secrets: SecretStore;
  now(): number;
  /** The queue, or how it goes with a channel, is another. */
  onChange(): void;
  onTrouble(trouble: AlertTrouble): void;
  metrics?: Pick<DeskMetrics, 'follow'>;
  failures?: FailureCounts;
  /** For tests. */
  backOff?: BackOff | undefined;
}

/** With defaults for what is missing or no longer valid. */
export async function readPolicy(store: Pick<Store, 'setting'>): Promise<AlertPolicy> {
  const kept = (await store.setting(ALERT_POLICY)) ?? {};
  const parsed = alertPolicy.safeParse({ ...DEFAULT_ALERT_POLICY, ...kept });
  return parsed.success ? parsed.data : DEFAULT_ALERT_POLICY;
}

/** Those that are still valid: one of another version must not stop the others. */
export async function readRoutes(store: Pick<Store, 'alertRoutes'>): Promise<AlertRoute[]> {
  const routes = (await store.alertRoutes()).map((route) => soundRoute.safeParse(route));
  return routes.flatMap((each) => (each.success ? [each.data] : []));
}

export class DeskAlerts {
  readonly kinds: Kinds;
  readonly secrets: SecretStore;
  readonly service: AlertService;
  private readonly options: DeskAlertsOptions;
  private readonly revisions = new Map<string, number>();
  private readonly toldDamage = new Set<string>();
  private telling: NodeJS.Timeout | undefined;
  private changing: Promise<unknown> = Promise.resolve();

  constructor(options: DeskAlertsOptions) {
    this.options = options;
    this.kinds = options.kinds;
    this.secrets = options.secrets;
    const { store, now, onTrouble, backOff } = options;
    this.service = new AlertService({
      store,
      now,
      random: Math.random,
      onTrouble,
      onChange: () => this.tellSoon(),
      ...(backOff ? { backOff } : {}),
    });
  }

  /** Puts to work what is kept now. */
  async reload(): Promise<void> {
    const { store } = this.options;
    const [kept, routes, policy] = await Promise.all([store.alertChannels(), readRoutes(store), readPolicy(store)]);
    await this.tellDamage();
    const channels = kept.filter(({ enabled }) => enabled).flatMap((channel) => this.sender(channel) ?? []);
    this.service.configure({ channels, routes, policy });
    // Whoever sets the port is told; a port that is taken at the start must not keep the desk from opening.
    await this.serveMetrics(policy.metricsPort).catch(logBug);
    this.options.onChange();
  }

  /** Where metrics are read from now on; null: nowhere. @throws SondeError `address-in-use` (rejects) */
  async serveMetrics(port: number | null): Promise<void> {
    await this.options.metrics?.follow(port);
  }

  /** Null where this program has no such kind of channel. */
  sender(channel: StoredChannel): Sender | null {
    const kind = this.kinds.find(({ id }) => id === channel.kind);
    if (!kind) return null;
    const sender = keptSender(channel, kind, this.secrets, this.revisions.get(channel.id) ?? 0);
    return this.options.failures?.counting(sender) ?? sender;
  }

  /** Keeps or forgets ('') secrets of a channel; who uses them reads them anew. @throws SondeError */
  async setSecret(name: string, channel: string, secret: string): Promise<void> {
    await this.secrets.set(name, secret);
    this.revisions.set(channel, (this.revisions.get(channel) ?? 0) + 1);
  }

  /** One change of the settings after the other: each looks at what is kept before it decides. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.changing.then(work);
    this.changing = next.catch(() => undefined);
    return next;
  }

  /** What is under way may take `patience` ms; the rest waits in the queue. */
  async close(patience = 0): Promise<void> {
    clearTimeout(this.telling);
    await this.service.drain(patience);
    await this.service.close();
    clearTimeout(this.telling);
  }

  /** Once of each. */
  private async tellDamage(): Promise<void> {
    const damaged = (await this.options.store.damagedAlerts()).filter((what) => !this.toldDamage.has(what));
    for (const what of damaged) {
      this.toldDamage.add(what);
      const words = `${what} in the database cannot be read and is left out; make it again`;
      this.options.onTrouble({ channel: '', name: '', what: 'damaged', words });
    }
  }

  private tellSoon(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.options.onChange();
    }, TOLD_MS).unref();
  }
}
