/**
 * Messages on their way to a log server: a bounded queue that whoever adds to never waits for. The connection is opened
 * again when it ends; what was being written then is sent once more, so a message may arrive twice but in order.
 */
import type { SyslogTarget } from './target.ts';
import { openWay, type OpenWay, type Way } from './ways.ts';

/** Waits between tries, ms: doubled up to the last. */
const WAIT = { first: 500, most: 30_000 } as const;
/** A try may take so long, ms. */
const OPENING_MS = 10_000;
/** The receiver may take so long over what is written, ms. */
const SENDING_MS = 30_000;
/** Bytes and messages that are written at once. */
const BLOCK = { bytes: 65_536, messages: 256 } as const;
/** Bytes that wait at most, whatever their number. */
const BYTES_MOST = 64 * 1024 * 1024;

/** Told when it begins to fail, and, with null and the number of messages lost, when all is well again. */
export type OnTrouble = (error: Error | null, lost: number) => void;

export class SyslogSender {
  /** Messages that were handed to the system. */
  sent = 0;
  /** Messages lost in all: the queue was full, they were too long, or they still waited at the end. */
  dropped = 0;
  private readonly target: SyslogTarget;
  private readonly onTrouble: OnTrouble;
  private readonly open: OpenWay;
  /** Those from `head` on wait. */
  private queue: Buffer[] = [];
  private head = 0;
  private bytes = 0;
  private way: Way | undefined;
  private busy = false;
  private wait: number = WAIT.first;
  private timer: NodeJS.Timeout | undefined;
  /** Lost since it was last said that all is well. */
  private lost = 0;
  private failing = false;
  private over = false;
  /** Ends a try to connect; only until it succeeds, for the connection would end with it. */
  private opening: AbortController | undefined;
  private idle: (() => void) | undefined;

  constructor(target: SyslogTarget, onTrouble: OnTrouble, open: OpenWay = openWay) {
    this.target = target;
    this.onTrouble = onTrouble;
    this.open = open;
    void this.pump();
  }

  get waiting(): number {
    return this.queue.length - this.head;
  }

  /** Never waits. Null: a message that could not be made short enough. */
  add(message: Buffer | null): void {
    if (this.over) return;
    if (message === null) return this.drop('a message is longer than max-bytes allows');
    if (this.waiting >= this.target.queue || this.bytes + message.length > BYTES_MOST)
      return this.drop('the receiver does not keep up');
    this.queue.push(message);
    this.bytes += message.length;
    void this.pump();
  }

  private drop(why: string): void {
    this.dropped++;
    this.lost++;
    this.fail(new Error(why));
  }

  private fail(error: Error): void {
    if (this.failing) return;
    this.failing = true;
    this.onTrouble(error, 0);
  }

  /** Writes what waits, one block after the other, until there is nothing left or the connection fails. */
  private async pump(): Promise<void> {
    if (this.busy || this.timer) return;
    this.busy = true;
    try {
      this.way ??= await this.opened();
      while (this.waiting > 0 && !this.over) {
        const block = this.block();
        await inTime(this.way.send(block), SENDING_MS);
        // It was counted as lost by then.
        if (this.isOver()) break;
        this.done(block);
      }
      if (!this.isOver()) this.well();
    } catch (error) {
      this.lose(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.busy = false;
    }
    if (this.over) this.way?.close();
    else if (this.waiting > 0) void this.pump();
    else this.idle?.();
  }

  private async opened(): Promise<Way> {
    const opening = new AbortController();
    this.opening = opening;
    const timer = setTimeout(() => opening.abort(), OPENING_MS);
    const way = await this.open(this.target, opening.signal).finally(() => {
      clearTimeout(timer);
      this.opening = undefined;
    });
    way.onEnd = (error) => {
      if (this.way === way) this.lose(error);
    };
    return way;
  }

  private block(): Buffer[] {
    let [end, bytes] = [this.head, 0];
    while (end < this.queue.length && end - this.head < BLOCK.messages && bytes < BLOCK.bytes)
      bytes += this.queue[end++]!.length;
    return this.queue.slice(this.head, end);
  }

  /** Asked after waiting: it may have ended meanwhile. */
  private isOver(): boolean {
    return this.over;
  }

  private done(block: readonly Buffer[]): void {
    this.wait = WAIT.first;
    this.sent += block.length;
    this.head += block.length;
    for (const message of block) this.bytes -= message.length;
    if (this.head < 4096 && this.head < this.queue.length) return;
    this.queue = this.queue.slice(this.head);
    this.head = 0;
  }

  private well(): void {
    if (!this.failing) return;
    this.failing = false;
    this.onTrouble(null, this.lost);
    this.lost = 0;
  }

  /** The connection is gone: another one in a while. */
  private lose(error: Error): void {
    this.way?.close();
    this.way = undefined;
    if (this.over || this.timer) return;
    this.fail(error);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.pump();
    }, this.wait);
    this.wait = Math.min(WAIT.most, this.wait * 2);
  }

  /** Ends it, once what waits is written or `ms` are over. How many messages were not sent, of all. */
  async close(ms: number): Promise<number> {
    if (this.waiting > 0) {
      const written = new Promise<void>((resolve) => (this.idle = resolve));
      await inTime(written, ms).catch(() => undefined);
    }
    this.over = true;
    this.opening?.abort();
    clearTimeout(this.timer);
    this.way?.close();
    this.dropped += this.waiting;
    [this.queue, this.head, this.bytes] = [[], 0, 0];
    return this.dropped;
  }
}

/** @throws Error where it takes longer than `ms` */
async function inTime<T>(what: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the receiver does not answer')), ms);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
}
