/** Packets from a network card through the stages, as they come. */
import type { LiveEnd, LiveStarted } from '../../../../src-shared/domain/live.ts';
import type { Observations } from '../../../detect/types.ts';
import { captureAccess } from '../../../meter/capture/access/state.ts';
import { helperPlaces } from '../../../meter/capture/access/places.ts';
import { openCapture } from '../../../meter/capture/open.ts';
import {
  LATENCY_NANOS,
  type CaptureEvent,
  type CaptureOptions,
  type CaptureSource,
} from '../../../meter/capture/types.ts';
import { linkTypeName } from '../../../meter/packets/link/names.ts';
import type { InputSummary, PacketBatch } from '../../../meter/packets/types.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { makeMeter, type Meter } from '../meter.ts';
import { part, sliceEnd } from '../slices.ts';
import type { Drops, LiveSource } from './source.ts';

export interface CaptureOptionsLive extends CaptureOptions {
  /** Whether to note which hardware address is whose. */
  cards?: boolean;
  /** Told of what does not end the capture: the link is down, the computer slept. */
  onNotice?: (code: string, message: string) => void;
}

const wallMs = (): number => performance.timeOrigin + performance.now();

class CardSource implements LiveSource {
  readonly meter: Meter;
  readonly started: Omit<LiveStarted, 'event'>;
  private readonly source: CaptureSource;
  private readonly onNotice: NonNullable<CaptureOptionsLive['onNotice']>;
  private onPackets: ((packets: PacketBatch) => void) | undefined;
  private batch: PacketBatch | null = null;
  private row = 0;
  private bytes = 0;
  private packets = 0;
  private first: [sec: number, nano: number] = [0, 0];
  private last: [sec: number, nano: number] = [0, 0];
  private end: LiveEnd = 'signal';

  constructor(source: CaptureSource, options: CaptureOptionsLive) {
    this.source = source;
    this.meter = makeMeter({ cards: options.cards ?? false });
    this.onNotice = options.onNotice ?? (() => undefined);
    const { link, engine, kernelTimestamps } = source.started;
    const linkType = link === null ? '' : linkTypeName(link);
    this.started = { interface: source.started.interface, linkType, engine, kernelTimestamps };
  }

  tap(onPackets: (packets: PacketBatch) => void): void {
    this.onPackets = onPackets;
  }

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    for (;;) {
      if (this.batch) return this.slice(this.batch);
      const event = await this.source.next();
      if (!event) return null;
      const observations = this.take(event);
      if (observations === null) return null;
      if (observations) return { observations, packets: 0 };
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
      warnings: this.meter.warnings(0),
    };
    return [summary];
  }

  partial(): boolean {
    return false;
  }

  close(): Promise<void> {
    return this.source.close();
  }

  drops(): Drops {
    const { droppedKernel, droppedInterface } = this.source.statistics;
    return { kernel: droppedKernel, interface: droppedInterface };
  }

  queued(): number {
    return this.source.queued();
  }

  /** The packets' clock is the wall's. */
  since(sec: number, nano: number): number {
    return wallMs() - (sec * 1000 + nano / 1e6);
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
        const { sec, nano } = event.statistics;
        // Packets up to here have been given: flows time out and windows close although nothing comes.
        return this.meter.advance(Math.floor(sec + (nano - LATENCY_NANOS) / 1e9));
      }
      case 'notice':
        this.onNotice(event.code, event.message);
        return undefined;
      case 'end':
        if (event.error) this.onNotice(event.error.code, `${event.error.message}. ${event.error.cure}`);
        this.end =
          event.reason === 'interface-gone' ? 'interface-gone' : event.reason === 'failed' ? 'failed' : 'signal';
        return null;
    }
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
    this.packets += count;
    for (let i = 0; i < count; i++) this.bytes += captured[i]!;
  }
}

/**
 * Starts to capture from a network card, by the best engine that this user may use.
 *
 * @throws CaptureError with its cure
 */
export async function capture(options: CaptureOptionsLive): Promise<LiveSource> {
  const { cards: _cards, onNotice: _onNotice, ...rest } = options;
  const access = await captureAccess(helperPlaces(appRoot(), resourcePath()));
  return new CardSource(await openCapture(access, { ...rest, now: wallMs }), options);
}
