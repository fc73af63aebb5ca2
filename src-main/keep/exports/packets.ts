/** The packets of flows, out of the captures they came from, as pcapng. */
import { openCaptures } from '../../meter/packets/open.ts';
import { makeDecoder } from '../../meter/packets/decoder.ts';
import { makeSegmentBatch, type InputSummary, type PacketBatch } from '../../meter/packets/types.ts';
import type { ArpNamed, PacketKey } from '../store/queries/packets.ts';
import { FlowMatch } from './flow-match.ts';
import { PcapngWriter } from './pcapng.ts';

export interface PacketExport {
  packets: number;
  /** Of the packets, as far as they were captured; and of the file. */
  captured: number;
  bytes: number;
  /** Of the captures that were read, with their hashes. */
  inputs: InputSummary[];
}

export interface ExportOptions {
  arp?: ArpNamed | null;
  /** What the packets are, for whoever opens the file. */
  comment?: string;
  isStopped?: () => boolean;
}

/** The first packet bears the comment, too: where files are merged, the comment of a file is lost. */
function write(batch: PacketBatch, wanted: Uint8Array, writer: PcapngWriter, comment: string): void {
  const c = batch.columns;
  for (let i = 0; i < batch.count; i++) {
    if (wanted[i] !== 1) continue;
    const data = batch.data.subarray(c.offset[i]!, c.offset[i]! + c.captured[i]!);
    const said = writer.packets === 0 ? comment : '';
    writer.add({ link: c.link[i]!, sec: c.sec[i]!, nano: c.nano[i]!, wire: c.wire[i]!, data, comment: said });
  }
}

/**
 * Reads the captures at `paths` once more and writes the packets of the flows in `keys`, and those of `arp`, to `out`,
 * in their order.
 * Matches exactly where flows with the same ends follow each other, by the times they were alive.
 *
 * @throws InputError when no capture can be read; SondeError when the file cannot be written.
 */
export async function exportPackets(
  paths: readonly string[],
  keys: readonly PacketKey[],
  out: string,
  program: string,
  { arp = null, comment = '', isStopped = () => false }: ExportOptions = {},
): Promise<PacketExport> {
  const reader = await openCaptures(paths, { hash: 'auto' });
  try {
    const writer = new PcapngWriter(out, program, comment);
    try {
      const match = new FlowMatch(keys, arp);
      const decoder = makeDecoder();
      const segments = makeSegmentBatch();
      for (let batch = await reader.read(); batch && !isStopped(); batch = await reader.read()) {
        decoder.decode(batch, segments);
        const wanted = new Uint8Array(batch.count);
        match.mark(batch, segments, wanted);
        write(batch, wanted, writer, comment);
        reader.release(batch);
      }
    } finally {
      writer.close();
    }
    const { packets, captured, bytes } = writer;
    return { packets, captured, bytes, inputs: reader.summaries() };
  } finally {
    await reader.close();
  }
}
