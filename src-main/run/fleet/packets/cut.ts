/** Cuts what was asked for out of captures, into a pcapng file that is bounded. */
import { crc32 } from 'node:zlib';
import { openCaptures } from '../../../meter/packets/open.ts';
import { makeDecoder } from '../../../meter/packets/decoder.ts';
import { makeSegmentBatch, type PacketBatch } from '../../../meter/packets/types.ts';
import { PcapngWriter } from '../../../keep/exports/pcapng.ts';
import type { AnswerEnd } from './answer.ts';
import type { Wanted } from './ask.ts';
import { HostMatch } from './match.ts';

/** What a packet takes beside its bytes (the first of a link type more), and the head of a file, at most. */
const BLOCK = 80;
const FILE_HEAD = 8192;

export interface CutData {
  paths: readonly string[];
  /** Null: all of them. */
  wanted: Wanted | null;
  /** Each packet once, where several files have it. */
  distinct?: boolean;
  /** Packets, and bytes of the file, at most. */
  packets: number;
  bytes: number;
  comment: string;
  out: string;
  program: string;
}

/** @throws InputError when no capture can be read; SondeError when the file cannot be written. */
export async function cutPackets(data: CutData): Promise<AnswerEnd> {
  const match = data.wanted === null ? null : new HostMatch(data.wanted);
  const reader = await openCaptures(data.paths, { hash: 'none' });
  try {
    const writer = new PcapngWriter(data.out, data.program, data.comment);
    let more = false;
    const options = { ...data, seen: data.distinct ? new Set<string>() : undefined };
    try {
      const decoder = makeDecoder();
      const segments = makeSegmentBatch();
      for (let batch = await reader.read(); batch && !more; batch = await reader.read()) {
        if (match === null) more = write(batch, null, writer, options);
        else if (match.mayHold(batch)) {
          decoder.decode(batch, segments);
          const wanted = new Uint8Array(batch.count);
          match.mark(batch, segments, wanted);
          more = write(batch, wanted, writer, options);
        }
        reader.release(batch);
      }
    } finally {
      writer.close();
    }
    return { packets: writer.packets, bytes: writer.bytes, more };
  } finally {
    await reader.close();
  }
}

/** True where there was more than may be. The first packet bears the comment, too: where files are merged, that of a file is lost. */
function write(
  { count, columns: c, data }: PacketBatch,
  wanted: Uint8Array | null,
  writer: PcapngWriter,
  { packets, bytes, comment, seen }: CutData & { seen: Set<string> | undefined },
): boolean {
  for (let i = 0; i < count; i++) {
    if (wanted !== null && wanted[i] !== 1) continue;
    const captured = c.captured[i]!;
    const own = data.subarray(c.offset[i]!, c.offset[i]! + captured);
    if (seen && isKnown(seen, `${c.sec[i]} ${c.nano[i]} ${c.wire[i]} ${captured} ${crc32(own)}`)) continue;
    const room = captured + BLOCK + (writer.packets === 0 ? FILE_HEAD : 0);
    if (writer.packets >= packets || writer.bytes + room > bytes) return true;
    const said = writer.packets === 0 ? comment : '';
    writer.add({ link: c.link[i]!, sec: c.sec[i]!, nano: c.nano[i]!, wire: c.wire[i]!, data: own, comment: said });
  }
  return false;
}

function isKnown(seen: Set<string>, name: string): boolean {
  const isSame = seen.has(name);
  if (!isSame) seen.add(name);
  return isSame;
}
