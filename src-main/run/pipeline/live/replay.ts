/** A capture file played on its own clock through the live path. */
import { setTimeout as wait } from 'node:timers/promises';
import type { LiveEnd, LiveStarted } from '../../../../src-shared/domain/live.ts';
import type { Observations } from '../../../detect/types.ts';
import { linkTypeName } from '../../../meter/packets/link/names.ts';
import type { InputSummary, PacketBatch } from '../../../meter/packets/types.ts';
import { openSource, type FileSource } from '../source.ts';
import type { Meter } from '../meter.ts';
import type { Drops, LiveSource } from './source.ts';

export interface ReplayOptions {
  files: readonly string[];
  /** How many seconds of packets pass in a second; 'max': as fast as they can be analysed. */
  speed: number | 'max';
  signal?: AbortSignal;
}

/** A pause of the file longer than this is not waited for, ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** At full speed others get their turn this often, ms. */
const TURN_MS = 50;

/** The clock of a replay: packet time that has passed, by the clock on the wall. */
class Pace {
  private readonly speed: number | 'max';
  private readonly signal: AbortSignal | undefined;
  private started = NaN;
  private from: [sec: number, nano: number] = [0, 0];
  private turned = performance.now();
  /** How long ago the packets at hand should have been looked at, ms; null at full speed. */
  behind: number | null = null;

  constructor(speed: number | 'max', signal: AbortSignal | undefined) {
    this.speed = speed;
    this.signal = signal;
  }

  /** Waits until the last of these packets has passed. */
  async until({ count, columns: { sec, nano } }: PacketBatch): Promise<void> {
    if (this.speed === 'max') return this.turn();
    if (Number.isNaN(this.started)) {
      this.started = performance.now();
      this.from = [sec[0]!, nano[0]!];
    }
    const ms = -(this.since(sec[count - 1]!, nano[count - 1]!) ?? 0);
    this.behind = Math.max(0, -ms);
    if (ms < 1) return this.turn();
    const options = this.signal ? { signal: this.signal } : {};
    await wait(Math.min(ms, LONGEST_WAIT_MS), undefined, options).catch(() => undefined);
  }

  /** Milliseconds by the clock on the wall since this moment of packet time was played; null at full speed. */
  since(sec: number, nano: number): number | null {
    if (this.speed === 'max' || Number.isNaN(this.started)) return null;
    const played = (sec - this.from[0]) * 1000 + (nano - this.from[1]) / 1e6;
    return performance.now() - this.started - played / this.speed;
  }

  private async turn(): Promise<void> {
    if (performance.now() - this.turned < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.turned = performance.now();
  }
}

class ReplaySource implements LiveSource {
  readonly meter: Meter;
  readonly insistent = false;
  readonly started: Omit<LiveStarted, 'event'>;
  private readonly file: FileSource;
  private readonly pace: Pace;
  private ended = false;

  constructor(file: FileSource, pace: Pace, started: Omit<LiveStarted, 'event'>) {
    this.file = file;
    this.meter = file.meter;
    this.pace = pace;
    this.started = started;
  }

  tap(onPackets: (packets: PacketBatch) => void, settled?: () => Promise<void>): void {
    this.file.tap(onPackets, settled);
  }

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    const seen = await this.file.next();
    this.ended ||= seen === null;
    return seen;
  }

  finish(): Observations {
    return this.file.finish();
  }

  progress(): { bytes: number; total: number } {
    return this.file.progress();
  }

  summaries(): InputSummary[] {
    return this.file.summaries();
  }

  partial(inputs: readonly InputSummary[]): boolean {
    return this.file.partial(inputs);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Nothing is lost between a file and us. */
  drops(): Drops {
    return { kernel: 0, interface: 0 };
  }

  queued(): number {
    return 0;
  }

  behindMs(): number | null {
    return this.pace.behind;
  }

  linkUp(): boolean {
    return true;
  }

  /** A file says nothing before its end. */
  listen(): void {}

  since(sec: number, nano: number): number | null {
    return this.pace.since(sec, nano);
  }

  ending(): LiveEnd {
    return this.ended ? 'end-of-file' : 'signal';
  }
}

/**
 * Opens captures to be played.
 *
 * @throws InputError when none can be read.
 */
export async function replay({ files, speed, signal }: ReplayOptions): Promise<LiveSource> {
  const pace = new Pace(speed, signal);
  const file = await openSource(files, 2, { sliced: true, before: (packets) => pace.until(packets) });
  const link = await file.begin();
  const linkType = link === null ? '' : linkTypeName(link);
  const started = { interface: files.join(', '), linkType, engine: 'replay', kernelTimestamps: true } as const;
  return new ReplaySource(file, pace, started);
}
