/** The flows that packets of a file belong to, where nobody has metered them: one for each pair of ends, the first packet's sender first. */
import { openCaptures } from '../../../meter/packets/open.ts';
import { makeDecoder } from '../../../meter/packets/decoder.ts';
import { makeSegmentBatch, PROTO, type SegmentBatch } from '../../../meter/packets/types.ts';
import type { PacketKey } from '../../store/queries/packets.ts';

/** Pairs of ends at most; packets of others are not found. */
const MOST = 100_000;
const WORDS = 4;

/** In the order of their first packets, numbered from 1. @throws InputError when no file can be read. */
export async function keysIn(paths: readonly string[], most = MOST): Promise<PacketKey[]> {
  const found = new Map<string, PacketKey>();
  const reader = await openCaptures(paths, { hash: 'none' });
  try {
    const decoder = makeDecoder();
    const segments = makeSegmentBatch();
    for (let batch = await reader.read(); batch; batch = await reader.read()) {
      decoder.decode(batch, segments);
      for (let row = 0; row < segments.count; row++) note(found, segments, row, most);
      reader.release(batch);
    }
  } finally {
    await reader.close();
  }
  return [...found.values()];
}

function note(found: Map<string, PacketKey>, { columns: c }: SegmentBatch, row: number, most: number): void {
  const proto = c.proto[row]!;
  if (proto === PROTO.ARP) return;
  const [orig, resp] = [addressOf(c.src, row), addressOf(c.dst, row)];
  const [origPort, respPort] = [c.srcPort[row]!, c.dstPort[row]!];
  const hasPorts = proto === PROTO.TCP || proto === PROTO.UDP || proto === PROTO.SCTP;
  const ends = [
    `${orig.toString('hex')} ${hasPorts ? origPort : ''}`,
    `${resp.toString('hex')} ${hasPorts ? respPort : ''}`,
  ];
  const name = `${proto} ${ends.sort().join(' ')}`;
  const [sec, nano] = [c.sec[row]!, c.nano[row]!];
  const known = found.get(name);
  if (known) {
    known.packets++;
    stretch(known, sec, nano);
  } else if (found.size < most) {
    const id = found.size + 1;
    found.set(name, { id, orig, resp, origPort, respPort, proto, vlan: 0, sec, nano, duration: 0, packets: 1 });
  }
}

/** Files of several sensors come one after the other: a packet may be earlier than the first. */
function stretch(key: PacketKey, sec: number, nano: number): void {
  const [first, time] = [key.sec + key.nano / 1e9, sec + nano / 1e9];
  const last = Math.max(first + key.duration, time);
  if (time < first) [key.sec, key.nano] = [sec, nano];
  key.duration = last - Math.min(first, time);
}

function addressOf(words: Uint32Array, row: number): Buffer {
  const bytes = Buffer.alloc(16);
  for (let w = 0; w < WORDS; w++) bytes.writeUInt32BE(words[row * WORDS + w]!, w * 4);
  return bytes;
}
