/**
 * A sensor: captures and meters, and publishes what the meter saw. Reading never waits for the server on a network card; a file
 * waits for it.
 */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import type { LiveSource } from '../../pipeline/live/source.ts';
import { Spool } from '../spool/spool.ts';
import { FileRun } from './file-run.ts';
import { HandOut } from './hand-out.ts';
import { LiveRun } from './live-run.ts';
import type { SensorEnd, SensorOptions } from './options.ts';
import { Output } from './output.ts';
import { Publisher } from './publisher.ts';
import { repeated } from './repeated.ts';
import { sentBefore, type Sent } from './resume.ts';
import { CLOCK_BEHIND, keepRun, nextRun } from './runs.ts';
import { Telling } from './telling.ts';

export type { SensorEnd, SensorOptions };

/** Whether something is to be sent is looked at this often; a few rows of a quiet link wait for others so long at most, ms. */
const LOOK_MS = 500;
const WAIT_MS = 3000;
const HEALTH_MS = 2000;
/** Others have their turn this often while a file is read, ms. */
const TURN_MS = 20;
/** A file is read on when no more than this waits, bytes. */
const AHEAD = 8 << 20;
/** At the end the server is waited for so long, ms; then the rest stays on disk. */
const END_MS = 10_000;

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
  private readonly telling: Telling;
  private runId = 0;
  /** Read to its end: a file that was not is to be gone on with. */
  private isFinished = false;

  constructor(options: SensorOptions) {
    this.options = options;
    this.spool = new Spool(options.spool);
    const { transport, retention: most } = options;
    const onState = (isUp: boolean, why: string): void => this.telling.server(isUp, why);
    const publisher = (this.publisher = new Publisher({ transport, spool: this.spool, most, onState }));
    const { packets } = options;
    const onNotice = (code: string, text: string): void => this.telling.notice(code, text);
    const handOut = (this.handOut = packets && new HandOut(packets, { ...options, onNotice }));
    this.telling = new Telling({ options, spool: this.spool, publisher, handOut }, () => {
      const { runId: run, reading, output } = this;
      return { run, reading, output };
    });
  }

  async run(): Promise<SensorEnd> {
    const { options } = this;
    const { source } = options;
    const counting = (packets: PacketBatch): void => this.telling.count(packets);
    try {
      if ('files' in source) await this.openFiles(source, counting);
      else await this.openCard(source, counting);
      const waitMs = options.flushMs ?? WAIT_MS;
      const flushing = setInterval(() => this.output?.flushOld(waitMs), Math.min(LOOK_MS, waitMs));
      const telling = setInterval(() => void this.telling.tell(), HEALTH_MS);
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
    keepRun(this.options.spool.folder, this.runId);
    this.telling.started(files.join(', '), 'replay');
    // What is left on disk comes first: the streams say only then how far we were.
    if (!(await this.publisher.drained(Infinity, signal)) || signal.aborted) return;
    const asked = (): Promise<(Sent | undefined)[]> => sentBefore(transport, { sensor, run: this.runId, shards }, key);
    const sent = await repeated(signal, asked, (isUp, why) => this.telling.server(isUp, why));
    if (sent?.every((known) => known?.end)) {
      this.telling.notice('sent-before', 'All of this capture was sent before, as this run: nothing is left to do.');
      return;
    }
    this.output = this.makeOutput(run);
    if (sent?.some((known) => known !== undefined)) {
      this.output.resume(sent);
      this.telling.notice('resumed', 'An earlier process has sent a part of this capture: it goes on there.');
    }
  }

  private async openCard(source: LiveSource, counting: (packets: PacketBatch) => void): Promise<void> {
    const { telling } = this;
    const { name: sensor, shards, key, transport, spool, run: asked, onEvent, signal } = this.options;
    // What comes while the number of its run is looked for is heard.
    const run = new LiveRun(
      source,
      (...slice) => this.output?.take(...slice),
      (packets) => {
        counting(packets);
        this.handOut?.keep(packets, source.meter.segments);
      },
    );
    const stop = (): void => void source.close();
    signal.addEventListener('abort', stop, { once: true });
    source.listen(
      (code, message) => telling.notice(code, message),
      (code, message) => onEvent({ event: 'error', code, message }),
    );
    const next = await nextRun({ sensor, shards, key, transport, folder: spool.folder, asked });
    this.runId = next.run;
    keepRun(spool.folder, next.run);
    this.reading = run;
    this.output = this.makeOutput(run);
    telling.started(source.started.interface, source.started.engine);
    if (next.isClockBehind) telling.notice('clock-behind', CLOCK_BEHIND);
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
      this.telling.loss();
      if (!isFile || performance.now() - turned < TURN_MS) continue;
      await turn();
      turned = performance.now();
    }
  }

  /** The capture is sent; what is asked of it is answered until somebody ends the sensor. */
  private async stay(): Promise<void> {
    const { signal } = this.options;
    if (signal.aborted) return;
    this.telling.notice('packets-stay', 'All was read. Packets are handed out on request until this is ended.');
    await once(signal, 'abort');
  }

  private async end(): Promise<SensorEnd> {
    const isAllSent = await this.publisher.drained(END_MS);
    await this.telling.tell();
    this.telling.loss();
    const reason = this.options.signal.aborted
      ? 'signal'
      : 'files' in this.options.source
        ? 'end-of-file'
        : 'interface-gone';
    this.options.onEvent({ event: 'ended', reason, stats: this.telling.health() });
    return { isAllSent: isAllSent && this.isFinished && (this.output?.lost.batches ?? 0) === 0 };
  }
}
