/**
 * Brings batches to the server in the order of each stream, and keeps them while it is away. What was published in the last
 * seconds is kept too: a server that was killed may have forgotten it (AOF `everysec`), and is told again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Waiting } from '../spool/segment.ts';
import type { Spool } from '../spool/spool.ts';
import type { Transport } from '../types.ts';
import { peekHead, type BatchHead } from '../wire/seal.ts';

/** Batches that are sent at once. */
const AT_ONCE = 64;
const RETRY_MS = 200;
const IDLE_MS = 20;
/** What a server may have forgotten: more than the second of AOF `everysec`, ms; and bytes of it that are kept. */
const RECENT_MS = 5000;
const RECENT_BYTES = 64 << 20;

interface Recent extends Waiting {
  at: number;
}

export interface PublisherOptions {
  transport: Transport;
  spool: Spool;
  /** Entries that a stream keeps. */
  most: number;
  /** Told when the server is lost, and when it is back. */
  onState?: (isUp: boolean, why: string) => void;
}

export class Publisher {
  readonly published = { batches: 0, bytes: 0, flows: 0 };
  connected = false;
  private readonly options: PublisherOptions;
  private recent: Recent[] = [];
  private recentBytes = 0;
  /** The server was away since something was published. */
  private wasAway = false;
  private told: boolean | undefined;
  private fatal: SondeError | undefined;
  private readonly stop = new AbortController();
  private readonly running: Promise<void>;

  constructor(options: PublisherOptions) {
    this.options = options;
    this.running = this.run();
  }

  /** Adds batches; whoever adds has asked the spool for room. */
  add(items: readonly Waiting[]): void {
    for (const item of items) this.options.spool.add(item);
  }

  /** The connection broke, whether or not anything was being sent. */
  lost(): void {
    this.wasAway = true;
  }

  /** Waits until at most so many bytes wait. @throws SondeError where the server refuses us. */
  async below(bytes: number, signal?: AbortSignal): Promise<void> {
    while (this.options.spool.size.bytes > bytes && !signal?.aborted) {
      if (this.fatal) throw this.fatal;
      await wait(IDLE_MS);
    }
  }

  /** Waits until everything is published, so long at most; whether it is. @throws SondeError where the server refuses us. */
  async drained(ms: number, signal?: AbortSignal): Promise<boolean> {
    const until = performance.now() + ms;
    while (!this.options.spool.isEmpty && performance.now() < until && !signal?.aborted) {
      if (this.fatal) throw this.fatal;
      await wait(IDLE_MS);
    }
    return this.options.spool.isEmpty;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { spool } = this.options;
    while (!this.stop.signal.aborted) {
      try {
        if (this.wasAway) await this.tellAgain();
        const items = spool.peek(AT_ONCE);
        if (items.length === 0) {
          await this.pause(IDLE_MS);
          continue;
        }
        const count = sameStream(items);
        await this.publish(items.slice(0, count));
        spool.drop(count);
        this.state(true, '');
      } catch (error) {
        if (!(error instanceof SondeError)) throw error;
        this.wasAway = true;
        this.state(false, error.message);
        // A user without rights gets none by asking again; the rest passes.
        if (error.code === 'not-permitted' || error.code === 'internal') this.fatal = error;
        await this.pause(RETRY_MS);
      }
    }
  }

  private async publish(items: readonly Waiting[]): Promise<void> {
    const [first] = items;
    if (!first) return;
    const { transport, most } = this.options;
    await transport.publish(
      first.stream,
      items.map(({ body }) => body),
      most,
    );
    this.fatal = undefined;
    for (const item of items) this.keep(item);
    this.published.batches += items.length;
    this.published.bytes += items.reduce((sum, { body }) => sum + body.length, 0);
    this.published.flows += items.reduce((sum, { flows }) => sum + flows, 0);
  }

  private keep(item: Waiting): void {
    const now = performance.now();
    this.recent.push({ ...item, at: now });
    this.recentBytes += item.body.length;
    let gone = 0;
    while (gone < this.recent.length - 1) {
      const oldest = this.recent[gone]!;
      if (now - oldest.at <= RECENT_MS && this.recentBytes <= RECENT_BYTES) break;
      this.recentBytes -= oldest.body.length;
      gone++;
    }
    if (gone > 0) this.recent.splice(0, gone);
  }

  /** What the server does not have any more of what was published last. */
  private async tellAgain(): Promise<void> {
    const { transport, most } = this.options;
    const streams = new Map<string, Recent[]>();
    for (const item of this.recent) streams.set(item.stream, [...(streams.get(item.stream) ?? []), item]);
    for (const [stream, items] of streams) {
      const last = await transport.last(stream);
      const reached = last && headOf(last.body);
      const missing = items.filter(({ body }) => isAfter(headOf(body), reached));
      if (missing.length > 0)
        await transport.publish(
          stream,
          missing.map(({ body }) => body),
          most,
        );
    }
    this.wasAway = false;
  }

  private state(isUp: boolean, why: string): void {
    this.connected = isUp;
    if (this.told === isUp) return;
    const isFirst = this.told === undefined && isUp;
    this.told = isUp;
    if (!isFirst) this.options.onState?.(isUp, why);
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}

/** How many of the first go into one stream. */
function sameStream(items: readonly Waiting[]): number {
  const other = items.findIndex(({ stream }) => stream !== items[0]?.stream);
  return other < 0 ? items.length : other;
}

function headOf(body: Uint8Array): BatchHead | undefined {
  try {
    return peekHead(body);
  } catch {
    return undefined;
  }
}

/** Not so of what an earlier version left in the spool. */
function isAfter(head: BatchHead | undefined, last: BatchHead | undefined): boolean {
  if (!head) return false;
  if (!last || last.run < head.run) return true;
  return last.run === head.run && last.sequence < head.sequence;
}
