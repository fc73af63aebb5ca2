/** Frames as the helper writes them, for tests of who reads them. */
import { crc32 } from 'node:zlib';
import { FRAME, FRAME_HEADER, type FrameHandler } from '../../../src-main/meter/capture/client/protocol.ts';

export interface TestPacket {
  sec: number;
  nano: number;
  wire: number;
  data: Uint8Array;
}

export function frame(
  type: number,
  payload: Uint8Array,
  change: Partial<{ magic: string; version: number }> = {},
): Buffer {
  const head = Buffer.alloc(FRAME_HEADER);
  head.write(change.magic ?? 'SNDC', 'latin1');
  head.writeUInt8(change.version ?? 1, 4);
  head.writeUInt8(type, 5);
  head.writeUInt32LE(payload.length, 8);
  head.writeUInt32LE(crc32(payload, crc32(head.subarray(4, 12))), 12);
  return Buffer.concat([head, payload]);
}

export function started(link = 1, name = 'eth0'): Buffer {
  const payload = Buffer.alloc(32);
  payload.writeUInt32LE(link, 0);
  payload.writeUInt32LE(262_144, 4);
  payload.writeUInt32LE(64, 8);
  payload.writeUInt32LE(7, 12);
  payload.write(name, 16);
  return frame(FRAME.STARTED, payload);
}

export function packetPayload(packets: readonly TestPacket[], link = 1, count = packets.length): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(count, 0);
  head.writeUInt32LE(link, 4);
  const records = packets.map(({ sec, nano, wire, data }) => {
    const record = Buffer.alloc(16 + ((data.length + 3) & ~3));
    record.writeUInt32LE(sec, 0);
    record.writeUInt32LE(nano, 4);
    record.writeUInt32LE(data.length, 8);
    record.writeUInt32LE(wire, 12);
    record.set(data, 16);
    return record;
  });
  return Buffer.concat([head, ...records]);
}

export function statistics(values: readonly bigint[]): Buffer {
  const payload = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => payload.writeBigUInt64LE(value, i * 8));
  return frame(FRAME.STATISTICS, payload);
}

export function end(reason: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(reason);
  return frame(FRAME.END, payload);
}

/** What the parser told, in order; of packets their rows. */
export function recorder(): { told: unknown[]; handler: FrameHandler } {
  const told: unknown[] = [];
  const handler: FrameHandler = {
    started: (value) => told.push(value),
    packets: ({ count, first, data, columns: c }) => {
      const rows = Array.from({ length: count }, (_, i) => ({
        sec: c.sec[i],
        nano: c.nano[i],
        wire: c.wire[i],
        link: c.link[i],
        data: Buffer.from(data.subarray(c.offset[i], c.offset[i]! + c.captured[i]!)).toString('hex'),
      }));
      told.push({ first, rows });
    },
    statistics: (value) => told.push(value),
    error: (code, text) => told.push({ code, text }),
    end: (reason) => told.push({ reason }),
  };
  return { told, handler };
}
