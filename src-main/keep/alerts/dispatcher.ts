/**
 * Sends what waits in the queue: each channel by itself, in order, at least once. What is kept of an attempt is only how
 * it ended, so a program that is killed sends the message again, with the same key.
 */
import type { AlertOutcome, Store } from '../store/types.ts';
import { attempt, saidBy, type Attempt, type Sender } from './attempt.ts';
import { BACK_OFF, outcomeOf, type BackOff } from './backoff.ts';
import { alertFromText } from './make.ts';
import { DeliveryError, type Alert } from './types.ts';

/** What a delivery may take, ms; and what is allowed for on top before another program may try it. */
const ATTEMPT_MS = 15_000;
const LEASE_EXTRA_MS = 5000;
/** How often it is looked for what another program put into the queue, and after the store had failed, ms. */
const LOOK_MS = 30_000;
const STORE_WAIT_MS = 5000;

export interface Trouble {
  channel: string;
  /** The channel's. */
  name: string;
  /** failing: after it had worked. recovered: it works again. dead: a message was given up. store: the queue cannot be used. */
  what: 'failing' | 'recovered' | 'dead' | 'store';
  words: string;
}

export interface DispatcherOptions {
  store: Pick<Store, 'takeDelivery' | 'settleDelivery'>;
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 ≤ random < 1: seeded in tests. */
  random(): number;
  onTrouble(trouble: Trouble): void;
  /** Something became of a delivery. */
  onChange?: (channel: string, state: AlertOutcome['state']) => void;
  backOff?: BackOff;
  attemptMs?: number;
}

/** One channel's loop. */
class Line {
  private readonly sender: Sender;
  private readonly options: DispatcherOptions;
  private readonly ends = new AbortController();
  private wakeUp: (() => void) | undefined;
  private isWoken = false;
  private failing = false;
  /** Nothing waited when it looked last. */
  isIdle = false;
  readonly ended: Promise<void>;

  constructor(sender: Sender, options: DispatcherOptions, failing: boolean) {
    this.sender = sender;
    this.options = options;
    this.failing = failing;
    this.ended = this.run();
  }

  get isFailing(): boolean {
    return this.failing;
  }

  get version(): string {
    return this.sender.version;
  }

  wake(): void {
    this.isWoken = true;
    this.isIdle = false;
    this.wakeUp?.();
  }

  /** Attempts under way are given up; they are made again by whoever opens the queue next. */
  end(): Promise<void> {
    this.ends.abort();
    this.wakeUp?.();
    return this.ended;
  }

  private async run(): Promise<void> {
    while (!this.ends.signal.aborted) {
      try {
        const wait = await this.next();
        if (wait > 0) await this.sleep(wait);
      } catch (error) {
        this.tell('store', saidBy(error));
        await this.sleep(STORE_WAIT_MS);
      }
    }
  }

  /** Sends the first that waits. How long to wait before the next look, ms. */
  private async next(): Promise<number> {
    const { store, now, attemptMs = ATTEMPT_MS } = this.options;
    const { id } = this.sender;
    this.isWoken = false;
    const taken = await store.takeDelivery(id, now(), now() + attemptMs + LEASE_EXTRA_MS);
    if (!taken.delivery) {
      this.isIdle = taken.nextAt === null && !this.isWoken;
      return taken.nextAt === null ? LOOK_MS : Math.max(1, Math.min(LOOK_MS, taken.nextAt - now()));
    }
    const { delivery } = taken;
    const alert = alertOf(delivery);
    const result = alert ? await attempt(this.sender, alert, attemptMs, this.ends.signal, now) : DAMAGED;
    await this.settle(delivery, result);
    return 0;
  }

  private async settle({ id, attempts }: { id: number; attempts: number }, result: Attempt): Promise<void> {
    const { store, now, random, backOff = BACK_OFF, onChange } = this.options;
    const { words, error } = result;
    const at = now();
    // Given up because the program ends: it counts, and is due at once for whoever comes next.
    const isEnding = !result.ok && this.ends.signal.aborted;
    const failed = (): ReturnType<typeof outcomeOf> =>
      isEnding
        ? { state: 'waiting', words, at, nextAt: at }
        : outcomeOf({ error, words, attempts: attempts + 1, at, random: random() }, backOff);
    const outcome = result.ok ? { state: 'delivered' as const, words, at } : failed();
    await store.settleDelivery(id, outcome);
    if (outcome.state === 'dead') this.tell('dead', words);
    if (!isEnding && this.failing !== !result.ok) {
      this.failing = !result.ok;
      if (outcome.state !== 'dead') this.tell(result.ok ? 'recovered' : 'failing', words);
    }
    onChange?.(this.sender.id, outcome.state);
  }

  private tell(what: Trouble['what'], words: string): void {
    const { id, name } = this.sender;
    this.options.onTrouble({ channel: id, name, what, words });
  }

  private async sleep(ms: number): Promise<void> {
    if (this.isWoken || this.ends.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      timer = setTimeout(resolve, ms);
    });
    this.wakeUp = undefined;
    clearTimeout(timer);
  }
}

/** Null: another program wrote into the queue. */
function alertOf({ key, body }: { key: string; body: string }): Alert | null {
  try {
    return { ...alertFromText(body), key };
  } catch {
    return null;
  }
}

const BROKEN = 'the message in the queue is damaged';
const DAMAGED: Attempt = { ok: false, words: BROKEN, error: new DeliveryError(BROKEN, false) };

export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly lines = new Map<string, Line>();
  private readonly ending = new Set<Promise<void>>();
  private closed = false;

  constructor(options: DispatcherOptions) {
    this.options = options;
  }

  /** From now on these, and no others. What one that changed was sending is sent again. */
  setSenders(senders: readonly Sender[]): void {
    if (this.closed) return;
    const before = new Map(this.lines);
    this.lines.clear();
    for (const sender of senders) {
      const old = before.get(sender.id);
      if (old?.version === sender.version) {
        this.lines.set(sender.id, old);
        before.delete(sender.id);
      } else this.lines.set(sender.id, new Line(sender, this.options, old?.isFailing ?? false));
    }
    for (const [id, line] of before) this.leave(id, line);
  }

  /** There is something new for this channel, or for any. */
  wake(channel?: string): void {
    for (const [id, line] of this.lines) if (channel === undefined || id === channel) line.wake();
  }

  /** Whether nothing waits in any channel. */
  get isIdle(): boolean {
    return [...this.lines.values()].every((line) => line.isIdle);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const [id, line] of this.lines) this.leave(id, line);
    this.lines.clear();
    await Promise.all(this.ending);
  }

  private leave(id: string, line: Line): void {
    const ended = line.end().finally(() => {
      this.ending.delete(ended);
      // What it was sending is free again.
      this.wake(id);
    });
    this.ending.add(ended);
  }
}
