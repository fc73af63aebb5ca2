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
import { sendDirectly, type Unkept } from './direct.ts';
import { digestOf, soundItems } from './held.ts';
import { alertKey, alertText, digestItem, incidentAlert } from './make.ts';
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
  /** full: the queue of a channel takes no more. damaged: what was kept cannot be read. */
  what: Trouble['what'] | 'full' | 'damaged';
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
  private senders: readonly Sender[] = [];
  private unkept: Unkept = { deliveries: [], held: [] };
  /** Alerts for which there was no room in memory either. */
  private lost = 0;
  private sentPast = 0;
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
    this.senders = channels;
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

  /** Somebody else put something into the queue, or made it due. */
  wake(): void {
    this.dispatcher.wake();
  }

  /** Sends what is collected for digests now. */
  async flushDigests(): Promise<void> {
    await this.keepAgain();
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
    await this.keepAgain();
    await this.dispatcher.close();
  }

  /**
   * For a program that ends: what the queue does not take even now is sent past it, within `ms`. How many alerts are lost.
   */
  async rescue(ms: number): Promise<number> {
    await this.keepAgain();
    const { unkept, lost } = this;
    this.unkept = { deliveries: [], held: [] };
    this.lost = 0;
    const { now } = this.options;
    const unsent = await sendDirectly(this.senders, unkept, ms, { at: now(), sensor: this.sensor }, now);
    this.sentPast += unkept.deliveries.length + unkept.held.length - unsent;
    return lost + unsent;
  }

  /** Alerts that `rescue` could send. */
  get rescued(): number {
    return this.sentPast;
  }

  private async keepAgain(): Promise<void> {
    await this.working;
    if (this.unkept.deliveries.length + this.unkept.held.length > 0) await this.keep([], []);
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
    let all = [...this.unkept.deliveries, ...deliveries];
    let allHeld = [...this.unkept.held, ...held];
    const channels = new Set([...all, ...allHeld].map(({ channel }) => channel));
    try {
      // Each channel by itself: it is told which of them takes no more.
      for (const channel of channels) {
        const own = all.filter((each) => each.channel === channel);
        const refused = own.length === 0 ? 0 : await store.addDeliveries(own);
        all = all.filter((each) => each.channel !== channel);
        const ownHeld = allHeld.filter((each) => each.channel === channel);
        const unheld = ownHeld.length === 0 ? 0 : await store.holdAlerts(ownHeld);
        allHeld = allHeld.filter((each) => each.channel !== channel);
        if (refused + unheld > 0) this.full(refused + unheld, channel);
      }
    } catch (error) {
      this.storeTrouble(error);
    }
    this.unkept = { deliveries: all.slice(0, UNKEPT_MAX), held: allHeld.slice(0, UNKEPT_MAX) };
    this.lost += Math.max(0, all.length - UNKEPT_MAX) + Math.max(0, allHeld.length - UNKEPT_MAX);
    for (const channel of channels) this.dispatcher.wake(channel);
  }

  private full(refused: number, channel: string): void {
    this.tell('full', channel, `${refused} could not be taken: too many wait already`);
  }

  private tell(what: AlertTrouble['what'], channel: string, words: string): void {
    this.options.onTrouble({ channel, name: this.names.get(channel) ?? channel, what, words });
  }

  private storeTrouble(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.options.onTrouble({ channel: '', name: '', what: 'store', words });
  }

  private async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      await this.keepAgain();
      const at = this.options.now();
      await this.releaseDue(
        ({ channel, why, oldest }) =>
          // Held since a time to come: the clock was set back.
          oldest > at ||
          (why === 'digest' ? isDigestDue(this.policy, oldest, at) : this.ceiling.dueAt(channel, oldest) <= at),
      );
    } finally {
      this.ticking = false;
    }
  }

  private async releaseDue(isDue: (held: { channel: string; why: HeldWhy; oldest: number }) => boolean): Promise<void> {
    const { store } = this.options;
    try {
      const held = (await store.heldChannels()).filter(({ channel }) => this.names.has(channel));
      for (const { channel, why } of held.filter(isDue)) {
        // What is wrong with one channel's does not hold up the others'.
        await this.release(channel, why).catch((error: unknown) => this.storeTrouble(error));
      }
    } catch (error) {
      this.storeTrouble(error);
    }
  }

  private async release(channel: string, why: HeldWhy): Promise<void> {
    const { store, now } = this.options;
    const rows = (await store.heldAlerts(channel)).filter((row) => row.why === why);
    if (rows.length === 0) return;
    const { items, damaged } = soundItems(rows);
    const at = now();
    const ids = rows.map(({ id }) => id);
    const digest = items.length === 0 ? null : digestOf(channel, items, why, ids, { at, sensor: this.sensor });
    const refused = await store.releaseHeld(ids, digest && deliveryOf(channel, digest, at));
    for (const { incident } of items) this.held.delete(incident.uid);
    if (refused > 0) this.full(refused, channel);
    else if (damaged > 0) this.tell('damaged', channel, `${damaged} held for a digest cannot be read and are left out`);
    this.dispatcher.wake(channel);
  }
}

/** As the queue takes it. */
export function deliveryOf(channel: string, alert: Alert, madeAt: number): NewDelivery {
  const { key, reason, title } = alert;
  const severity = SEVERITIES.find((each) => each === alert.severity) ?? 'info';
  return { channel, key, reason, severity, title, body: alertText(alert), madeAt };
}
