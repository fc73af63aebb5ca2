/**
 * Incidents of a session on their way into other systems: each waits until it is in the store and judged by the suppressions,
 * so that what somebody declared to be expected is not told.
 */
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { BoundedMap } from '../../../detect/behaviours/common/bounded.ts';

/** How long the store is waited for, ms; and how often that is looked at. */
const PATIENCE_MS = 2500;
const LOOK_MS = 500;
/** Incidents of which it is known that they were told. */
const REMEMBERED = 100_000;

export interface JudgedOptions {
  /** Uids that are silenced, or that somebody said are expected. */
  expected(): Promise<readonly string[]>;
  pass(event: LiveIncident): void;
}

interface Waiting {
  events: LiveIncident[];
  since: number;
}

export class JudgedIncidents {
  private readonly options: JudgedOptions;
  private readonly waiting = new Map<string, Waiting>();
  /** Uids of which something was passed on. */
  private readonly told = new BoundedMap<string, true>({ ceiling: REMEMBERED });
  private readonly timer: NodeJS.Timeout;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: JudgedOptions) {
    this.options = options;
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  take(event: LiveIncident): void {
    const { uid } = event;
    if (event.withdrawn) {
      // It leaves the store: whoever heard of it hears of that, nobody else of anything.
      this.waiting.delete(uid);
      this.inTurn(() => (this.told.peek(uid) ? this.pass(event) : undefined));
      return;
    }
    const waiting = this.waiting.get(uid);
    if (waiting) waiting.events.push(event);
    else this.waiting.set(uid, { events: [event], since: performance.now() });
  }

  /** These are in the store, judged. */
  stored(uids: readonly string[]): void {
    this.judge(uids);
  }

  /** Passes on what waits, and resolves when that is done. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    this.judge([...this.waiting.keys()]);
    await this.turn;
  }

  private look(): void {
    const now = performance.now();
    this.judge([...this.waiting].filter(([, { since }]) => now - since >= PATIENCE_MS).map(([uid]) => uid));
  }

  private judge(uids: readonly string[]): void {
    const events = uids.flatMap((uid) => {
      const found = this.waiting.get(uid);
      this.waiting.delete(uid);
      return found?.events ?? [];
    });
    if (events.length === 0) return;
    this.inTurn(async () => {
      // A store that does not answer keeps nothing back: better told too much than not at all.
      const expected = new Set(await this.options.expected().catch(() => []));
      for (const event of events) {
        if (expected.has(event.uid)) continue;
        this.told.set(event.uid, true, 0);
        this.pass(event);
      }
    });
  }

  /** One that cannot be passed on does not hit the others. */
  private pass(event: LiveIncident): void {
    try {
      this.options.pass(event);
    } catch {
      // Whoever takes them counts and tells what went wrong.
    }
  }

  private inTurn(work: () => Promise<void> | void): void {
    // One that fails must not keep back all that follow.
    this.turn = this.turn.then(work).catch(() => undefined);
  }
}
