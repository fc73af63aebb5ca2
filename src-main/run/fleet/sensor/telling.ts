/** What a sensor tells of itself: to the shell, and to the fleet where it can be reached. */
import type { PacketBatch } from '../../../meter/packets/types.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { names } from '../names.ts';
import type { Spool } from '../spool/spool.ts';
import type { SensorHealth } from '../types.ts';
import { sealHealth } from '../wire/health.ts';
import type { FileRun } from './file-run.ts';
import type { HandOut } from './hand-out.ts';
import { LiveRun } from './live-run.ts';
import type { SensorOptions } from './options.ts';
import type { Output } from './output.ts';
import type { Publisher } from './publisher.ts';

const KEPT_MS = 60_000;
const LINK_MAX = 1024;

export interface TellingParts {
  options: SensorOptions;
  spool: Spool;
  publisher: Publisher;
  handOut: HandOut | undefined;
}

/** What it does by now. */
export interface Doing {
  run: number;
  reading: FileRun | LiveRun | undefined;
  output: Output | undefined;
}

export class Telling {
  private readonly parts: TellingParts;
  private readonly doing: () => Doing;
  private bytes = 0;
  private before = { packets: 0, bytes: 0, at: performance.now() };
  private lossTold = 0;

  constructor(parts: TellingParts, doing: () => Doing) {
    this.parts = parts;
    this.doing = doing;
  }

  count({ count, columns: { wire } }: PacketBatch): void {
    for (let i = 0; i < count; i++) this.bytes += wire[i]!;
  }

  health(): SensorHealth {
    const { options, publisher, handOut } = this.parts;
    const { run, reading, output } = this.doing();
    const isReplay = 'files' in options.source;
    return {
      schema: 'sonde.sensor/1',
      sensor: options.name,
      run,
      version: VERSION,
      at: Date.now(),
      interface: linkOf(options),
      ...(isReplay ? { replay: true } : {}),
      until: output?.until ?? 0,
      ...this.rates(reading),
      flows: reading?.source.meter.table.statistics.flows ?? 0,
      dropped: droppedBy(reading),
      published: { ...publisher.published },
      spool: this.spooled(output),
      connected: publisher.connected,
      packetsAllowed: handOut !== undefined,
      ...(handOut ? { packetRequests: handOut.counts() } : {}),
      shards: options.shards,
    };
  }

  private rates(reading: Doing['reading']): Pick<SensorHealth, 'packets' | 'packetsPerSecond' | 'bitsPerSecond'> {
    const { before } = this;
    const seconds = Math.max(1e-3, (performance.now() - before.at) / 1000);
    const packets = reading?.packets ?? 0;
    const rate = (count: number): number => Math.max(0, Math.round(count / seconds));
    return {
      packets,
      packetsPerSecond: rate(packets - before.packets),
      bitsPerSecond: rate((this.bytes - before.bytes) * 8),
    };
  }

  private spooled(output: Doing['output']): SensorHealth['spool'] {
    const { spool } = this.parts;
    const { batches, flows } = output?.lost ?? { batches: 0, flows: 0 };
    return { ...spool.size, ceiling: spool.ceiling, lostBatches: batches, lostFlows: flows };
  }

  /** Tells the shell, and the fleet. */
  async tell(): Promise<void> {
    const { options, publisher } = this.parts;
    const { transport, key, name } = options;
    const health = this.health();
    this.before = { packets: health.packets, bytes: this.bytes, at: performance.now() };
    options.onEvent({ event: 'stats', ...health });
    try {
      await transport.put(names.health(name), sealHealth(health, key), KEPT_MS);
    } catch (error) {
      if (!(error instanceof SondeError)) throw error;
      // Said by the publisher.
      publisher.lost();
    }
  }

  started(link: string, engine: string): void {
    const { name: sensor, shards, transport, onEvent } = this.parts.options;
    const { run } = this.doing();
    onEvent({ event: 'started', sensor, run, interface: link, engine, shards, server: transport.name });
  }

  server(isUp: boolean, why: string): void {
    if (isUp) this.notice('server-back', 'The server is back: what waited is sent.');
    else this.notice('server-away', `${why}. What is seen waits here.`);
  }

  /** Once for each time that it grows. */
  loss(): void {
    const { lost } = this.doing().output ?? { lost: { flows: 0, batches: 0 } };
    if (lost.batches === this.lossTold) return;
    if (this.lossTold === 0) {
      const cure = 'Give --spool a folder, or more room with --spool-size.';
      this.notice('spool-full', `The server is away and nothing more fits here: flows are lost, and counted. ${cure}`);
    }
    this.lossTold = lost.batches;
  }

  notice(code: string, message: string): void {
    this.parts.options.onEvent({ event: 'notice', code, message });
  }
}

function linkOf({ source }: SensorOptions): string {
  return 'files' in source ? source.files.join(', ').slice(0, LINK_MAX) : source.started.interface;
}

function droppedBy(reading: Doing['reading']): number | null {
  const drops = reading instanceof LiveRun ? reading.source.drops() : { kernel: 0, interface: 0 };
  return drops.kernel === null ? null : drops.kernel + (drops.interface ?? 0);
}
