/** Where observations come from: captures read and metered here, or with reading and decoding on a second thread. */
import type { Observations } from '../../detect/types.ts';
import { openCaptures } from '../../meter/packets/open.ts';
import type { InputSummary, InputWarning, PacketBatch, PacketReader } from '../../meter/packets/types.ts';
import { isPartial } from '../../../src-shared/domain/warnings.ts';
import { makeMeter, type Meter, type MeterOptions } from './meter.ts';

export interface Source {
  readonly meter: Meter;
  /** What the next batch of packets shows; null at the end. Valid until the next call. */
  next(): Promise<{ observations: Observations; packets: number } | null>;
  /** Ends the flows that are still open. */
  finish(): Observations;
  progress(): { bytes: number; total: number };
  /** Facts and warnings of each input, of reading and decoding together. */
  summaries(): InputSummary[];
  /** Whether something was not read or not decoded. */
  partial(inputs: readonly InputSummary[]): boolean;
  close(): Promise<void>;
}

class LocalSource implements Source {
  readonly meter: Meter;
  private readonly reader: PacketReader;
  private readonly onPackets: ((packets: PacketBatch) => void) | undefined;

  constructor(reader: PacketReader, onPackets?: (packets: PacketBatch) => void, options: MeterOptions = {}) {
    this.meter = makeMeter(options);
    this.reader = reader;
    this.onPackets = onPackets;
  }

  async next(): Promise<{ observations: Observations; packets: number } | null> {
    const batch = await this.reader.read();
    if (!batch) return null;
    const observations = this.meter.push(batch);
    const packets = batch.count;
    this.onPackets?.(batch);
    this.reader.release(batch);
    return { observations, packets };
  }

  finish(): Observations {
    return this.meter.finish();
  }

  progress(): { bytes: number; total: number } {
    return this.reader.progress();
  }

  summaries(): InputSummary[] {
    return this.reader
      .summaries()
      .map((summary, input) => ({ ...summary, warnings: [...summary.warnings, ...this.meter.warnings(input)] }));
  }

  partial(inputs: readonly InputSummary[]): boolean {
    return inputs.some((input) => input.warnings.some((w: InputWarning) => isPartial(w.code)));
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

/**
 * Opens captures for metering. `threads` above 1 hashes and reads ahead on others; what is observed does not depend
 * on it. `onPackets` sees every batch, valid during the call.
 *
 * @throws InputError when none can be read.
 */
export async function openSource(
  files: readonly string[],
  threads: number,
  onPackets?: (packets: PacketBatch) => void,
  options: MeterOptions = {},
): Promise<Source> {
  const reader = await openCaptures(files, { hash: threads > 1 ? 'auto' : 'inline' });
  return new LocalSource(reader, onPackets, options);
}
