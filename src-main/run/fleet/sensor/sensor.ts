/**
 * A sensor: captures and meters, and publishes what the meter saw. Reading never waits for the server on a network card; a file
 * waits for it.
 */
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { VERSION } from '../../../../src-shared/version.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { LiveSource } from '../../pipeline/live/source.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import { names } from '../names.ts';
import { Spool, type SpoolOptions } from '../spool/spool.ts';
import type { SensorHealth, Transport } from '../types.ts';
import { sealHealth } from '../wire/health.ts';
import type { SensorEvent } from './events.ts';
import { FileRun } from './file-run.ts';
import { HandOut, type HandOutOptions } from './hand-out.ts';
import { LiveRun } from './live-run.ts';
import { Output } from './output.ts';
import { Publisher } from './publisher.ts';
import { sentBefore, type Sent } from './resume.ts';

/** Whether something is to be sent is looked at this often; a few rows of a quiet link wait for others so long at most, ms. */
const LOOK_MS = 500;
const WAIT_MS = 3000;
const HEALTH_MS = 2000;
const HEALTH_KEPT_MS = 60_000;
/** Others have their turn this often while a file is read, ms. */
const TURN_MS = 20;
/** A file is read on when no more than this waits, bytes. */
const AHEAD = 8 << 20;
/** At the end the server is waited for so long, ms; then the rest stays on disk. */
const END_MS = 10_000;

export interface SensorOptions {
  name: string;
  key: KeyObject;
  transport: Transport;
  shards: number;
  /** Entries that a stream keeps. */
  retention: number;
  withPayload: boolean;
  spool: SpoolOptions;
  /** What it reads: a card that was opened, or files. */
  source: LiveSource | { files: readonly string[]; speed: number | 'max' };
  /** In place of the time of the first packet (files) or of the start (a card). */
  run?: number | undefined;
  /** A few rows wait so long at most for others to be sent with, ms (default 3,000). */
  flushMs?: number;
  /** Packets are handed out to these desks; absent: to nobody. */
  packets?: HandOutOptions | undefined;
  onEvent: (event: SensorEvent) => void;
  signal: AbortSignal;
}

/** What came of it: whether everything there was is with the server. */
export interface SensorEnd {
  isAllSent: boolean;
}

/** Runs until the source ends or the signal is given. @throws SondeError, InputError */
export function runSensor(options: SensorOptions): Promise<SensorEnd> {
  return new Sensor(options).run();
}

class Sensor {
  private readonly options: SensorOptions;
  private readonly spool: Spool;
  private readonly publisher: Publisher;
  private readonly handOut: HandOut | undefined;
  private output: Output | undefined;
  private reading: FileRun | LiveRun | undefined;
  private bytes = 0;
  private before = { packets: 0, bytes: 0, at: performance.now() };
  private lossTold = 0;
  private runId = 0;
  /** Read to its end: a file that was not is to be gone on with. */
  private isFinished = false;

  constructor(options: SensorOptions) {
    this.options = options;
    this.spool = new Spool(options.spool);
    const { transport, retention: most } = options;
    this.publisher = new Publisher({ transport, spool: this.spool, most, onState: (up, why) => this.told(up, why) });
    const { packets } = options;
    if (packets) this.handOut = new HandOut(packets, { ...options, onNotice: (code, text) => this.notice(code, text) });
  }

  async run(): Promise<SensorEnd> {
    const { options } = this;
    const { source } = options;
    const counting = (packets: PacketBatch): void => this.count(packets);
    try {
      if ('files' in source) await this.openFiles(source, counting);
      else this.openCard(source, counting);
      const waitMs = options.flushMs ?? WAIT_MS;
      const flushing = setInterval(() => this.output?.flushOld(waitMs), Math.min(LOOK_MS, waitMs));
      const telling = setInterval(() => void this.tell(), HEALTH_MS);
      try {
        await this.read();
        this.isFinished = this.reading?.finish() ?? false;
        this.output?.flush(this.isFinished);
        if (this.handOut && 'files' in source) await this.stay();
      } finally {
        clearInterval(flushing);
        clearInterval(telling);
      }
      return await this.end();
    } finally {
      if ('files' in source) await (this.reading as FileRun | undefined)?.source.close();
      await this.handOut?.close();
      await this.publisher.close();
      this.spool.close();
    }
  }

  /** A capture goes on where an earlier process of the same run ended. */
  private async openFiles(
    { files, speed }: { files: readonly string[]; speed: number | 'max' },
    counting: (packets: PacketBatch) => void,
  ): Promise<void> {
    const { name: sensor, shards, transport, key, signal } = this.options;
    const run = await FileRun.open({ files, speed, signal }, (...slice) => this.output?.take(...slice), counting);
    this.reading = run;
    await run.source.begin();
    this.runId = this.options.run ?? run.firstMs();
    this.started(files.join(', '), 'replay');
    // What is left on disk comes first: the streams say only then how far we were.
    if (!(await this.publisher.drained(Infinity, signal)) || signal.aborted) return;
    const asked = (): Promise<(Sent | undefined)[]> => sentBefore(transport, { sensor, run: this.runId, shards }, key);
    const sent = await repeated(signal, asked, (isUp, why) => this.told(isUp, why));
    if (sent?.every((known) => known?.end)) {
      this.notice('sent-before', 'All of this capture was sent before, as this run: nothing is left to do.');
      return;
    }
    this.output = this.makeOutput(run);
    if (sent?.some((known) => known !== undefined)) {
      this.output.resume(sent);
      this.notice('resumed', 'An earlier process has sent a part of this capture: it goes on there.');
    }
  }

  private openCard(source: LiveSource, counting: (packets: PacketBatch) => void): void {
    this.runId = this.options.run ?? Date.now();
    const run = new LiveRun(
      source,
      (...slice) => this.output?.take(...slice),
      (packets) => {
        counting(packets);
        this.handOut?.keep(packets, source.meter.segments);
      },
    );
    this.reading = run;
    this.output = this.makeOutput(run);
    source.listen(
      (code, message) => this.notice(code, message),
      (code, message) => this.options.onEvent({ event: 'error', code, message }),
    );
    this.started(source.started.interface, source.started.engine);
    const stop = (): void => void source.close();
    this.options.signal.addEventListener('abort', stop, { once: true });
  }

  private makeOutput(run: FileRun | LiveRun): Output {
    const { name: sensor, shards, key, withPayload } = this.options;
    const { publisher, spool } = this;
    const cell = (): number => run.slicer.cell;
    return new Output(
      { sensor, run: this.runId, shards, key, withPayload, publisher, spool, cell },
      run.source.meter.hosts,
    );
  }

  private async read(): Promise<void> {
    const { output, reading, publisher } = this;
    const { signal } = this.options;
    const isFile = reading instanceof FileRun;
    let turned = performance.now();
    while (output && reading && (await reading.next())) {
      if (output.isWorth()) {
        output.flush();
        if (isFile) await publisher.below(AHEAD, signal);
      }
      this.noteLoss();
      if (!isFile || performance.now() - turned < TURN_MS) continue;
      await turn();
      turned = performance.now();
    }
  }

  /** The capture is sent; what is asked of it is answered until somebody ends the sensor. */
  private async stay(): Promise<void> {
    const { signal } = this.options;
    if (signal.aborted) return;
    this.notice('packets-stay', 'All was read. Packets are handed out on request until this is ended.');
    await once(signal, 'abort');
  }

  private async end(): Promise<SensorEnd> {
    const isAllSent = await this.publisher.drained(END_MS);
    await this.tell();
    this.noteLoss();
    const reason = this.options.signal.aborted
      ? 'signal'
      : 'files' in this.options.source
        ? 'end-of-file'
        : 'interface-gone';
    this.options.onEvent({ event: 'ended', reason, stats: this.health() });
    return { isAllSent: isAllSent && this.isFinished && (this.output?.lost.batches ?? 0) === 0 };
  }

  private count({ count, columns: { wire } }: PacketBatch): void {
    for (let i = 0; i < count; i++) this.bytes += wire[i]!;
  }

  private health(): SensorHealth {
    const { options, reading, before } = this;
    const now = performance.now();
    const seconds = Math.max(1e-3, (now - before.at) / 1000);
    const packets = reading?.packets ?? 0;
    const drops = reading instanceof LiveRun ? reading.source.drops() : { kernel: 0, interface: 0 };
    const dropped = drops.kernel === null ? null : drops.kernel + (drops.interface ?? 0);
    const rate = (count: number): number => Math.max(0, Math.round(count / seconds));
    return {
      schema: 'sonde.sensor/1',
      sensor: options.name,
      run: this.runId,
      version: VERSION,
      at: Date.now(),
      interface:
        'files' in options.source ? options.source.files.join(', ').slice(0, 1024) : options.source.started.interface,
      until: this.output?.until ?? 0,
      packets,
      packetsPerSecond: rate(packets - before.packets),
      bitsPerSecond: rate((this.bytes - before.bytes) * 8),
      flows: reading?.source.meter.table.statistics.flows ?? 0,
      dropped,
      published: { ...this.publisher.published },
      spool: {
        ...this.spool.size,
        ceiling: this.spool.ceiling,
        lostBatches: this.output?.lost.batches ?? 0,
        lostFlows: this.output?.lost.flows ?? 0,
      },
      connected: this.publisher.connected,
      packetsAllowed: this.handOut !== undefined,
      ...(this.handOut ? { packetRequests: this.handOut.counts() } : {}),
      shards: options.shards,
    };
  }

  /** Tells the shell, and the fleet where it can be reached. */
  private async tell(): Promise<void> {
    const health = this.health();
    this.before = { packets: health.packets, bytes: this.bytes, at: performance.now() };
    this.options.onEvent({ event: 'stats', ...health });
    const { transport, key, name } = this.options;
    try {
      await transport.put(names.health(name), sealHealth(health, key), HEALTH_KEPT_MS);
    } catch (error) {
      if (!(error instanceof SondeError)) throw error;
      // Said by the publisher.
      this.publisher.lost();
    }
  }

  private started(link: string, engine: string): void {
    const { name: sensor, shards, transport } = this.options;
    this.options.onEvent({
      event: 'started',
      sensor,
      run: this.runId,
      interface: link,
      engine,
      shards,
      server: transport.name,
    });
  }

  private told(isUp: boolean, why: string): void {
    if (isUp) this.notice('server-back', 'The server is back: what waited is sent.');
    else this.notice('server-away', `${why}. What is seen waits here.`);
  }

  /** Once for each time that it grows. */
  private noteLoss(): void {
    const { lost } = this.output ?? { lost: { flows: 0, batches: 0 } };
    if (lost.batches === this.lossTold) return;
    if (this.lossTold === 0) {
      const cure = 'Give --spool a folder, or more room with --spool-size.';
      this.notice('spool-full', `The server is away and nothing more fits here: flows are lost, and counted. ${cure}`);
    }
    this.lossTold = lost.batches;
  }

  private notice(code: string, message: string): void {
    this.options.onEvent({ event: 'notice', code, message });
  }
}

/** Asks until the server is there, and says once that it is not; undefined when it was stopped before. */
async function repeated<T>(
  signal: AbortSignal,
  act: () => Promise<T>,
  onState: (isUp: boolean, why: string) => void,
): Promise<T | undefined> {
  let isTold = false;
  while (!signal.aborted) {
    try {
      const found = await act();
      if (isTold) onState(true, '');
      return found;
    } catch (error) {
      if (!(error instanceof SondeError) || error.code !== 'connection-lost') throw error;
      if (!isTold) onState(false, error.message);
      isTold = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  return undefined;
}
