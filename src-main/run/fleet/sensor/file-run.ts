/** Captures as a sensor reads them: slices one after the other, the same however often they are read. */
import { setTimeout as wait } from 'node:timers/promises';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import { openSource, type FileSource } from '../../pipeline/source.ts';
import { Slicer, type OnSlice } from './slicer.ts';

const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface FileRunOptions {
  files: readonly string[];
  /** Seconds of packets a second; 'max': as fast as they can be metered. */
  speed: number | 'max';
  signal?: AbortSignal;
}

/** Packets of files wait for nobody: whoever takes slices may make them wait. */
export class FileRun {
  readonly source: FileSource;
  readonly slicer: Slicer;
  packets = 0;
  private readonly signal: AbortSignal | undefined;

  private constructor(source: FileSource, slicer: Slicer, signal: AbortSignal | undefined) {
    this.source = source;
    this.slicer = slicer;
    this.signal = signal;
  }

  /** @throws InputError when none can be read. */
  static async open(
    { files, speed, signal }: FileRunOptions,
    onSlice: OnSlice,
    onPackets: (packets: PacketBatch) => void = () => undefined,
  ): Promise<FileRun> {
    const until = pacer(speed, signal);
    let begun: Slicer | undefined;
    const source = await openSource(files, 2, {
      sliced: true,
      before: async (packets) => {
        begun?.before(packets);
        await until(packets);
      },
    });
    const slicer = (begun = new Slicer(source.meter, onSlice));
    source.tap((packets) => {
      slicer.metered();
      onPackets(packets);
    });
    return new FileRun(source, slicer, signal);
  }

  /** Reads one cell on; false at the end. */
  async next(): Promise<boolean> {
    if (this.signal?.aborted) return false;
    const seen = await this.source.next();
    if (!seen) return false;
    this.packets += seen.packets;
    this.slicer.pushed(seen.observations, seen.packets);
    return true;
  }

  /** Ends what is open; false where reading was stopped: then nothing ended, and another process may go on there. */
  finish(): boolean {
    if (this.signal?.aborted) return false;
    this.slicer.finish();
    return true;
  }

  /** ms since 1970 of the first packet: a run of the same file has the same name whenever it is read. */
  firstMs(): number {
    const [summary] = this.source.summaries();
    return summary ? summary.firstSec * 1000 + Math.floor(summary.firstNano / 1e6) : 0;
  }
}

/** Waits until the last of some packets has passed on its own clock. */
function pacer(speed: number | 'max', signal: AbortSignal | undefined): (packets: PacketBatch) => Promise<void> {
  if (speed === 'max') return () => Promise.resolve();
  let began = NaN;
  let from: [sec: number, nano: number] = [0, 0];
  return async ({ count, columns: { sec, nano } }) => {
    if (Number.isNaN(began)) [began, from] = [performance.now(), [sec[0]!, nano[0]!]];
    const passed = (sec[count - 1]! - from[0]) * 1000 + (nano[count - 1]! - from[1]) / 1e6;
    const ms = passed / speed - (performance.now() - began);
    if (ms < 1) return;
    await wait(Math.min(ms, LONGEST_WAIT_MS), undefined, signal ? { signal } : {}).catch(() => undefined);
  };
}
