/**
 * Alerting as a whole: incidents in, deliveries into the queue, and out by their channels. Nobody who calls `incident` has
 * to wait for it.
 */
import { SEVERITIES } from '../../../src-shared/domain/incident.ts';
import { DEFAULT_ALERT_POLICY, type AlertPolicy, type AlertRoute } from '../../../src-shared/contract/topics/alerts.ts';
import type { IncidentState } from '../../../src-shared/domain/live.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { HeldAlert, HeldWhy, NewDelivery, Store } from '../store/types.ts';
import type { Sender } from './attempt.ts';
import { Dispatcher, type DispatcherOptions, type Trouble } from './dispatcher.ts';
import { alertKey, alertText, digestAlert, digestItem, incidentAlert, type DigestItem } from './make.ts';
import { Ceiling, isCollected, isDigestDue, StormControl, type IncidentReason } from './policy.ts';
import { makeRoutes, type Routes } from './routes.ts';
import type { Alert } from './types.ts';

/** How often digests are looked after, and what the store did not take is tried again, ms. */
const TICK_MS = 5000;
/** Alerts that wait in memory while the store takes none. */
const UNKEPT_MAX = 1000;
/** How often it is looked whether the queue is empty, ms. */
const DRAIN_LOOK_MS = 50;

export type AlertStore = Pick<
  Store,
  | 'addDeliveries'
  | 'takeDelivery'
  | 'settleDelivery'
  | 'holdAlerts'
  | 'heldChannels'
  | 'heldAlerts'
  | 'releaseHeld'
  | 'forgetHeld'
>;

export interface AlertTrouble extends Omit<Trouble, 'what'> {
  /** full: the queue of a channel takes no more. */
  what: Trouble['what'] | 'full';
}

export interface ServiceOptions extends Omit<DispatcherOptions, 'store' | 'onTrouble'> {
  store: AlertStore;
  onTrouble(trouble: AlertTrouble): void;
  tickMs?: number;
}

export interface AlertConfiguration {
  /** Those that are switched on. */
  channels: readonly Sender[];
  routes: readonly AlertRoute[];
  policy: AlertPolicy;
}

export interface IncidentNews {
  incident: Incident;
  state: IncidentState;
  withdrawn: boolean;
  /** Of the capture: the same incident in another one is another message. */
  scope: string;
}

export class AlertService {
  private readonly options: ServiceOptions;
  private readonly dispatcher: Dispatcher;
  private readonly storm = new StormControl();
  private readonly ceiling = new Ceiling();
  private readonly timer: NodeJS.Timeout;
  private routes: Routes = makeRoutes([], []);
  private policy: AlertPolicy = DEFAULT_ALERT_POLICY;
  private names = new Map<string, string>();
  private unkept: { deliveries: NewDelivery[]; held: HeldAlert[] } = { deliveries: [], held: [] };
  private working: Promise<void> = Promise.resolve();
  private ticking = false;
  /** Uids that a digest may hold. */
  private readonly held = new Set<string>();

  constructor(options: ServiceOptions) {
    this.options = options;
    this.dispatcher = new Dispatcher(options);
    this.timer = setInterval(() => void this.tick(), options.tickMs ?? TICK_MS).unref();
  }

  /** From now on so. */
  configure({ channels, routes, policy }: AlertConfiguration): void {
    this.policy = policy;
    this.names = new Map(channels.map(({ id, name }) => [id, name]));
    this.routes = makeRoutes(
      routes,
      channels.map(({ id }) => id),
    );
    this.dispatcher.setSenders(channels);
  }

  get sensor(): string {
    return this.policy.sensor;
  }

  /** Resolves when what is to be sent is in the queue. Never rejects: what cannot be kept is told as trouble. */
  incident(news: IncidentNews): Promise<void> {
    const { incident, withdrawn } = news;
    if (withdrawn) return this.forget(incident.uid);
    const at = this.options.now();
    const deliveries: NewDelivery[] = [];
    const held: HeldAlert[] = [];
    for (const channel of this.routes.channelsFor(incident, at)) {
      const reason = this.storm.decide(channel, incident, news.state, at, this.policy.quietMinutes);
      if (reason === null) continue;
      const why = this.heldBack(channel, incident, at);
      if (why === null) deliveries.push(this.delivery(channel, news, reason, at));
      else held.push(this.holding(channel, incident, reason, why, at));
    }
    return deliveries.length + held.length === 0 ? Promise.resolve() : this.keep(deliveries, held);
  }

  /** A message that is no incident's (a report) for these channels, past storm control. */
  send(alert: Alert, channels: readonly string[]): Promise<void> {
    const at = this.options.now();
    return this.keep(
      channels.map((channel) => deliveryOf(channel, alert, at)),
      [],
    );
  }

  /** Somebody else put something into the queue, or made it due. */
  wake(): void {
    this.dispatcher.wake();
  }

  /** Sends what is collected for digests now. */
  async flushDigests(): Promise<void> {
    await this.working;
    await this.releaseDue(() => true);
  }

  /** Resolves when nothing waits any more, or after `ms`. Whether nothing does. */
  async drain(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    await this.working;
    while (!this.dispatcher.isIdle && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
    return this.dispatcher.isIdle;
  }

  /** What waits stays in the queue. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
    if (this.unkept.deliveries.length + this.unkept.held.length > 0) await this.keep([], []);
    await this.dispatcher.close();
  }

  private heldBack(channel: string, { severity }: Incident, at: number): HeldWhy | null {
    if (isCollected(this.policy, severity)) return 'digest';
    return this.ceiling.take(channel, severity, at, this.policy.hourlyCeiling) ? null : 'ceiling';
  }

  private delivery(
    channel: string,
    { incident, scope }: IncidentNews,
    reason: IncidentReason,
    at: number,
  ): NewDelivery {
    // What goes on is told of more than once, what opens or worsens is not.
    const when = reason === 'goes-on' ? String(at) : '';
    const key = alertKey(scope, incident.uid, reason, incident.severity, when);
    return deliveryOf(channel, incidentAlert(incident, reason, key, { at, sensor: this.policy.sensor }), at);
  }

  private holding(channel: string, incident: Incident, reason: IncidentReason, why: HeldWhy, at: number): HeldAlert {
    this.held.add(incident.uid);
    return { channel, uid: incident.uid, why, item: JSON.stringify(digestItem(incident, reason, at)), at };
  }

  private forget(uid: string): Promise<void> {
    // What was held before this program started is not known by name.
    if (!this.held.delete(uid) && this.policy.digest === 'off') return Promise.resolve();
    return this.options.store.forgetHeld(uid).catch((error: unknown) => this.storeTrouble(error));
  }

  /** One after the other, so that a channel's order is that of the incidents. */
  private keep(deliveries: readonly NewDelivery[], held: readonly HeldAlert[]): Promise<void> {
    this.working = this.working.then(() => this.write(deliveries, held));
    return this.working;
  }

  private async write(deliveries: readonly NewDelivery[], held: readonly HeldAlert[]): Promise<void> {
    const { store } = this.options;
    const all = [...this.unkept.deliveries, ...deliveries];
    const allHeld = [...this.unkept.held, ...held];
    this.unkept = { deliveries: all.slice(0, UNKEPT_MAX), held: allHeld.slice(0, UNKEPT_MAX) };
    try {
      const refused = all.length === 0 ? 0 : await store.addDeliveries(all);
      this.unkept.deliveries = [];
      const unheld = allHeld.length === 0 ? 0 : await store.holdAlerts(allHeld);
      this.unkept.held = [];
      if (refused + unheld > 0) this.full(refused + unheld, [...all, ...allHeld]);
    } catch (error) {
      this.storeTrouble(error);
    }
    for (const channel of new Set(all.map((each) => each.channel))) this.dispatcher.wake(channel);
  }

  private full(refused: number, of: readonly { channel: string }[]): void {
    const [channel = ''] = new Set(of.map((each) => each.channel));
    const words = `${refused} could not be taken: too many wait already`;
    this.options.onTrouble({ channel, name: this.names.get(channel) ?? channel, what: 'full', words });
  }

  private storeTrouble(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.options.onTrouble({ channel: '', name: '', what: 'store', words });
  }

  private async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      if (this.unkept.deliveries.length + this.unkept.held.length > 0) await this.keep([], []);
      const at = this.options.now();
      await this.releaseDue(({ channel, why, oldest }) =>
        why === 'digest' ? isDigestDue(this.policy, oldest, at) : this.ceiling.dueAt(channel, oldest) <= at,
      );
    } finally {
      this.ticking = false;
    }
  }

  private async releaseDue(isDue: (held: { channel: string; why: HeldWhy; oldest: number }) => boolean): Promise<void> {
    const { store } = this.options;
    try {
      const held = (await store.heldChannels()).filter(({ channel }) => this.names.has(channel));
      for (const { channel, why } of held.filter(isDue)) await this.release(channel, why);
    } catch (error) {
      this.storeTrouble(error);
    }
  }

  private async release(channel: string, why: HeldWhy): Promise<void> {
    const { store, now } = this.options;
    const rows = (await store.heldAlerts(channel)).filter((row) => row.why === why);
    if (rows.length === 0) return;
    const items = rows.map(({ item }) => JSON.parse(item) as DigestItem);
    const at = now();
    const ids = rows.map(({ id }) => id);
    const key = alertKey('digest', channel, String(at), String(ids[0]), String(ids.at(-1)));
    const digest = digestAlert(items, why === 'ceiling', key, { at, sensor: this.policy.sensor });
    const refused = await store.releaseHeld(ids, deliveryOf(channel, digest, at));
    for (const { incident } of items) this.held.delete(incident.uid);
    if (refused > 0) this.full(refused, [{ channel }]);
    this.dispatcher.wake(channel);
  }
}

function deliveryOf(channel: string, alert: Alert, madeAt: number): NewDelivery {
  const { key, reason, title } = alert;
  const severity = SEVERITIES.find((each) => each === alert.severity) ?? 'info';
  return { channel, key, reason, severity, title, body: alertText(alert), madeAt };
}
