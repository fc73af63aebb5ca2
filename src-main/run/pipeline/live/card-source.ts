/** Packets from a network card for the pipeline. A card that goes away, or a helper that ends, is waited for. */
import type { LiveEnd, LiveStarted } from '../../../../src-shared/domain/live.ts';
import { sentenceOf } from '../../../../src-shared/domain/sentence.ts';
import type { Observations } from '../../../detect/types.ts';
import {
  CaptureError,
  LATENCY_NANOS,
  type CaptureErrorCode,
  type CaptureEvent,
  type CaptureSource,
} from '../../../meter/capture/types.ts';
import { linkTypeName } from '../../../meter/packets/link/names.ts';
import type { InputSummary, PacketBatch } from '../../../meter/packets/types.ts';
import { makeMeter, type Meter } from '../meter.ts';
import { part, sliceEnd } from '../slices.ts';
import { ClockGap } from './clock-gap.ts';
import type { Drops, LiveSource, OnError, OnNotice } from './source.ts';

export interface CardOptions {
  /** Opens the card: at first, and again after it was lost. Rejects with a CaptureError. */
  open: () => Promise<CaptureSource>;
  /** For so long a card that went away is waited for, seconds (default 600). */
  reopenSeconds?: number;
  /** Milliseconds since 1970 UTC, with fractions. */
  now: () => number;
}

const RETRY_MS = 500;
const REOPEN_S = 600;
/** More restarts than this within a minute are no accident. */
const RESTARTS_MAX = 5;
const MINUTE_MS = 60_000;
/** Engines give statistics every second; without any for longer, what is shown is that old. */
const SILENT_MS = 1250;
/** Losses are spoken of this often at most, ms. */
const LOSS_MS = 10_000;

/** Reasons that pass, or that a card coming back cures. */
const PASSING: ReadonlySet<CaptureErrorCode> = new Set([
  'interface-gone',
  'interface-down',
  'no-interface',
  'helper-lost',
  'capture-failed',
]);
/** Reasons that lie with the card, not with who reads it. */
const OF_CARD: ReadonlySet<CaptureErrorCode> = new Set(['interface-gone', 'interface-down', 'no-interface']);

interface Outage {
  error: CaptureError;
  since: number;
  tried: number;
}

export class CardSource implements LiveSource {
  readonly meter: Meter;
  readonly insistent = true;
  readonly endless = true;
  readonly started: Omit<LiveStarted, 'event'>;
  private readonly options: CardOptions;
  private source: CaptureSource;
  private onPackets: ((packets: PacketBatch) => void) | undefined;
  private onNotice: OnNotice = () => undefined;
  private onError: OnError = () => undefined;
  private readonly gap = new ClockGap();
  private batch: PacketBatch | null = null;
  private row = 0;
  private bytes = 0;
  private packets = 0;
  /** At the statistics before. */
  private packetsThen = 0;
  private first: [sec: number, nano: number] = [0, 0];
  private last: [sec: number, nano: number] = [0, 0];
  private end: LiveEnd = 'signal';
  private up = true;
  private outage: Outage | undefined;
  private restarts: number[] = [];
  private closed = false;
  private wake: (() => void) | undefined;
  /** Lost with sources that ended before this one. */
  private before: Drops = { kernel: 0, interface: 0 };
  private lossTold = { count: 0, at: -Infinity };
  private lag = 0;
  private taken: number;

  private constructor(source: CaptureSource, options: CardOptions) {
    this.source = source;
    this.options = options;
    this.taken = options.now();
    this.meter = makeMeter();
    const { link, engine, kernelTimestamps } = source.started;
    const linkType = link === null ? '' : linkTypeName(link);
    this.started = { interface: source.started.interface, linkType, engine, kernelTimestamps };
  }

  /** @throws CaptureError with its cure */
  static async open(options: CardOptions): Promise<CardSource> {
    return new CardSource(await options.open(), options);
  }

  listen(onNotice: OnNotice, onError: OnError): void {
    this.onNotice = onNotice;
    this.onError = onError;
  }

  tap(onPackets: (packets: PacketBatch) => void): void {
    this.onPackets = onPackets;
  }

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    for (;;) {
      if (this.closed) return null;
      if (this.batch) return this.slice(this.batch);
      const event = this.outage ? await this.retry(this.outage) : await this.source.next();
      if (!event) return null;
      const observations = this.take(event);
      if (observations === null) return null;
      if (observations) return { observations, packets: 0 };
      // Others have their turn between batches too: the engine's output is read while packets are looked at.
      if (this.batch) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  finish(): Observations {
    return this.meter.finish();
  }

  progress(): { bytes: number; total: number } {
    return { bytes: this.bytes, total: NaN };
  }

  /** One input: the card, with what came from it. */
  summaries(): InputSummary[] {
    const [firstSec, firstNano] = this.first;
    const [lastSec, lastNano] = this.last;
    const { interface: path, linkType, engine } = this.started;
    const { kernel, interface: device } = this.drops();
    const summary: InputSummary = {
      path,
      sha256: '',
      format: engine,
      linkTypes: linkType === '' ? [] : [linkType],
      packets: this.packets,
      bytes: this.bytes,
      firstSec,
      firstNano,
      lastSec,
      lastNano,
      ...(kernel === null && device === null ? {} : { dropped: (kernel ?? 0) + (device ?? 0) }),
      warnings: this.meter.warnings(0),
    };
    return [summary];
  }

  /** Whether it ended before it was asked to. */
  partial(): boolean {
    return this.end !== 'signal';
  }

  close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    return this.source.close();
  }

  drops(): Drops {
    const { droppedKernel, droppedInterface } = this.source.statistics;
    const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
    return { kernel: sum(this.before.kernel, droppedKernel), interface: sum(this.before.interface, droppedInterface) };
  }

  queued(): number {
    return this.source.queued() + (this.batch ? this.batch.count - this.row : 0);
  }

  behindMs(): number {
    const quiet = this.options.now() - this.taken;
    return Math.max(this.lag, quiet > SILENT_MS && !this.outage ? quiet : 0);
  }

  linkUp(): boolean {
    return this.up && !this.outage;
  }

  /** The packets' clock is the wall's. */
  since(sec: number, nano: number): number {
    return this.options.now() - (sec * 1000 + nano / 1e6);
  }

  ending(): LiveEnd {
    return this.end;
  }

  /** What an event shows; undefined: nothing; null: the end. */
  private take(event: CaptureEvent): Observations | undefined | null {
    switch (event.kind) {
      case 'packets':
        this.batch = event.batch;
        this.row = 0;
        return undefined;
      case 'statistics': {
        const { sec, nano, up } = event.statistics;
        this.up = up;
        this.slept();
        this.losses();
        const isIdle = this.packets === this.packetsThen;
        this.packetsThen = this.packets;
        // While packets come, theirs is the clock: the kernel may still hold some that are older than this.
        if (!isIdle) return undefined;
        this.timed(sec, nano);
        // Packets up to here have been given: flows time out and windows close although nothing comes.
        return this.meter.advance(Math.floor(sec + (nano - LATENCY_NANOS) / 1e9));
      }
      case 'notice':
        if (event.code === 'interface-down') this.up = false;
        this.onNotice(event.code, event.message);
        return undefined;
      case 'end':
        return this.lost(event);
    }
  }

  /** How late an event of this time is looked at. */
  private timed(sec: number, nano: number): void {
    this.taken = this.options.now();
    this.lag = Math.max(0, this.since(sec, nano));
  }

  /** The helper compares clocks itself: it ticks also while we are busy. */
  private slept(): void {
    const gap = this.gap.note(this.options.now(), performance.now());
    if (gap === null || this.started.engine === 'helper') return;
    const way = gap > 0 ? 'went on' : 'went back';
    const message = `The clock ${way} by ${Math.abs(gap)} seconds at once: the computer slept, or its clock was set.`;
    this.onNotice('slept', message);
  }

  private losses(): void {
    const { kernel, interface: device } = this.drops();
    const lost = (kernel ?? 0) + (device ?? 0);
    const now = performance.now();
    if (lost <= this.lossTold.count || now - this.lossTold.at < LOSS_MS) return;
    const more = (lost - this.lossTold.count).toLocaleString('en');
    this.lossTold = { count: lost, at: now };
    this.onNotice('packets-lost', `${more} packets were lost before Sonde saw them: the kernel had no room for them.`);
  }

  /** The end of a source: of the capture too, or an outage. */
  private lost({ reason, error }: CaptureEvent & { kind: 'end' }): undefined | null {
    if (!error) {
      this.end = 'signal';
      return null;
    }
    const now = performance.now();
    this.restarts = this.restarts.filter((at) => now - at < MINUTE_MS);
    if (!PASSING.has(error.code) || this.restarts.length >= RESTARTS_MAX) return this.over(error, reason);
    const isCard = OF_CARD.has(error.code);
    this.outage = { error, since: now, tried: isCard ? now : -Infinity };
    const going = isCard ? 'The capture goes on when it is back.' : 'The capture is started again.';
    this.onNotice(isCard ? 'interface-gone' : 'helper-lost', `${sentenceOf(error)} ${going}`);
    return undefined;
  }

  private over(error: CaptureError, reason: string): null {
    this.onError(error.code, `${sentenceOf(error)} ${error.cure}`);
    this.end = reason === 'interface-gone' || OF_CARD.has(error.code) ? 'interface-gone' : 'failed';
    return null;
  }

  /** Waits for the next try, and tries. Time goes on meanwhile. */
  private async retry(outage: Outage): Promise<CaptureEvent | null> {
    await this.pause(RETRY_MS - (performance.now() - outage.tried));
    if (this.closed) return null;
    outage.tried = performance.now();
    try {
      const source = await this.options.open();
      if (this.closed) {
        await source.close();
        return null;
      }
      const ended = this.source;
      this.before = this.drops();
      this.source = source;
      await ended.close();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      const waited = (performance.now() - outage.since) / 1000;
      if (PASSING.has(error.code) && waited < (this.options.reopenSeconds ?? REOPEN_S)) return this.clock();
      return { kind: 'end', reason: 'failed', error: this.final(error, outage) };
    }
    const isCard = OF_CARD.has(outage.error.code);
    this.outage = undefined;
    this.up = true;
    if (!isCard) this.restarts.push(performance.now());
    const name = this.started.interface;
    const seconds = ((performance.now() - outage.since) / 1000).toFixed(1);
    if (isCard)
      this.onNotice('interface-back', `Interface ${name} is back after ${seconds} seconds; the capture goes on.`);
    else this.onNotice('capture-resumed', `The capture on ${name} goes on after ${seconds} seconds.`);
    return this.clock();
  }

  /** Beyond waiting: not waited for again. */
  private final(error: CaptureError, outage: Outage): CaptureError {
    this.outage = undefined;
    this.restarts = Array.from({ length: RESTARTS_MAX }, () => performance.now());
    return PASSING.has(error.code) ? outage.error : error;
  }

  /** Our own clock, while nobody else gives one. */
  private clock(): CaptureEvent {
    const ms = this.options.now();
    const sec = Math.floor(ms / 1000);
    const nano = Math.floor((ms - sec * 1000) * 1e6);
    return { kind: 'statistics', statistics: { ...this.source.statistics, sec, nano, up: this.outage === undefined } };
  }

  private pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private slice(batch: PacketBatch): { observations: Observations; packets: number } {
    const from = this.row;
    this.row = sliceEnd(batch, from);
    const packets = part(batch, from, this.row);
    const observations = this.meter.push(packets);
    this.count(packets);
    this.onPackets?.(packets);
    if (this.row >= batch.count) {
      this.source.release(batch);
      this.batch = null;
    }
    return { observations, packets: packets.count };
  }

  private count({ count, columns: { sec, nano, captured } }: PacketBatch): void {
    if (this.packets === 0) this.first = [sec[0]!, nano[0]!];
    this.last = [sec[count - 1]!, nano[count - 1]!];
    this.timed(...this.last);
    this.packets += count;
    for (let i = 0; i < count; i++) this.bytes += captured[i]!;
  }
}
