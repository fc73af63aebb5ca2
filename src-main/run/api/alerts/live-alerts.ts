/**
 * Incidents of the desk's live sessions to alerts. An incident is stored within moments, and judged by the suppressions
 * then: that is waited for, so that what somebody declared to be expected raises no alert.
 */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { SuppressionRow } from '../../../../src-shared/contract/topics/suppressions.ts';
import { makeMatchers, NO_MARKS } from '../../../detect/incidents/suppressions/engine.ts';
import type { IncidentNews } from '../../../keep/alerts/service.ts';
import { plainIncident } from '../live/incident-writer.ts';

/** How long the store is waited for, ms; and how often that is looked at. */
const PATIENCE_MS = 2500;
const LOOK_MS = 500;
const PENDING_MAX = 10_000;

export interface LiveAlertsOptions {
  incident(news: IncidentNews): Promise<void>;
  /** Uids of a capture that are silenced, or that somebody said are expected. */
  expected(capture: number): Promise<readonly string[]>;
  suppressions(): Promise<readonly SuppressionRow[]>;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Pending {
  event: LiveIncident;
  capture: number;
  scope: string;
  since: number;
}

const keyOf = (capture: number, uid: string): string => `${capture} ${uid}`;

export class LiveAlerts {
  private readonly options: LiveAlertsOptions;
  private readonly pending = new Map<string, Pending>();
  private readonly timer: NodeJS.Timeout;

  constructor(options: LiveAlertsOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** `startedAt`: of the session. */
  take(event: LiveIncident, capture: number, startedAt: number): void {
    const key = keyOf(capture, event.uid);
    const scope = `capture ${capture} ${startedAt}`;
    if (event.withdrawn) {
      this.pending.delete(key);
      void this.pass({ event, capture, scope, since: 0 });
      return;
    }
    const since = this.pending.get(key)?.since ?? performance.now();
    this.pending.set(key, { event, capture, scope, since });
    // The store has not answered for ages: what is known is sent.
    if (this.pending.size > PENDING_MAX) void this.look();
  }

  /** These are in the store, judged. */
  async stored(capture: number, uids: readonly string[]): Promise<void> {
    const stored = this.takeOut(uids.map((uid) => keyOf(capture, uid)));
    if (stored.length === 0) return;
    try {
      const expected = new Set(await this.options.expected(capture));
      await this.passAll(stored.filter(({ event }) => !expected.has(event.uid)));
    } catch {
      await this.passHeard(stored);
    }
  }

  /** What was not stored yet is sent now. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.passHeard(this.takeOut([...this.pending.keys()]));
  }

  private async look(): Promise<void> {
    const now = performance.now();
    const all = this.pending.size > PENDING_MAX;
    const late = [...this.pending].filter(([, { since }]) => all || now - since >= PATIENCE_MS);
    await this.passHeard(this.takeOut(late.map(([key]) => key)));
  }

  private takeOut(keys: readonly string[]): Pending[] {
    return keys.flatMap((key) => {
      const found = this.pending.get(key);
      this.pending.delete(key);
      return found ?? [];
    });
  }

  /** By the suppressions themselves; those that look at its flows cannot be judged without the store. */
  private async passHeard(some: readonly Pending[]): Promise<void> {
    if (some.length === 0) return;
    const list = await this.options.suppressions().catch(() => []);
    const matchers = makeMatchers(list, this.options.now());
    await this.passAll(some.filter(({ event }) => !matchers.some((each) => each.matches(event, NO_MARKS))));
  }

  private async passAll(some: readonly Pending[]): Promise<void> {
    await Promise.all(some.map((each) => this.pass(each)));
  }

  private pass({ event, scope }: Pending): Promise<void> {
    const { state, withdrawn = false } = event;
    return this.options.incident({ incident: plainIncident(event), state, withdrawn, scope });
  }
}
