import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StreamWindow } from '../../../src-main/meter/capture/sources/stream-window.ts';
import { BlockBuffer, sectionBlock } from '../../../src-main/meter/capture/ring/encode.ts';
import { InterfaceNumbers } from '../../../src-main/meter/packets/formats/format.ts';
import { PcapngParser } from '../../../src-main/meter/packets/formats/pcapng.ts';
import { makePacketBatch } from '../../../src-main/meter/packets/types.ts';
import { WarningList } from '../../../src-main/meter/packets/warning-list.ts';

function capture(packets: number): Uint8Array {
  const blocks = new BlockBuffer(1 << 16);
  blocks.put(sectionBlock('test'));
  blocks.putInterface(1);
  const batch = makePacketBatch(Uint8Array.from({ length: 256 }, (_, i) => i));
  for (let i = 0; i < packets; i++) {
    batch.columns.offset[0] = i;
    batch.columns.wire[0] = 100;
    batch.columns.sec[0] = 1_700_000_000 + i;
    batch.columns.nano[0] = 999_999_999 - i;
    blocks.putPacket(batch, 0, i, 0);
  }
  return blocks.bytes.subarray(0, blocks.length);
}

const make = (): StreamWindow => new StreamWindow(new PcapngParser(0, new InterfaceNumbers(), new WarningList()));

it('gives every packet once it is whole, however the stream is cut', () => {
  const bytes = capture(60);
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 400 })), (sizes) => {
      const window = make();
      const seen: number[][] = [];
      for (let at = 0; at < bytes.length;) {
        const step = sizes.next().value;
        for (const batch of window.push(bytes.subarray(at, at + step))) {
          expect(batch.first).toBe(seen.length);
          for (let i = 0; i < batch.count; i++) {
            const { offset, captured, sec, nano } = batch.columns;
            const last = captured[i]! === 0 ? -1 : batch.data[offset[i]! + captured[i]! - 1]!;
            seen.push([captured[i]!, last, sec[i]!, nano[i]!]);
          }
        }
        at += step;
      }
      const wanted = Array.from({ length: 60 }, (_, i) => [
        i,
        i === 0 ? -1 : 2 * i - 1,
        1_700_000_000 + i,
        999_999_999 - i,
      ]);
      expect(seen).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});

it('stops at a stream that never makes a record whole', () => {
  const window = make();
  window.push(capture(1));
  const endless = Buffer.alloc(1 << 20);
  endless.writeUInt32LE(6, 0);
  endless.writeUInt32LE(0xffff_fff0, 4);
  for (let i = 0; i < 8; i++) window.push(i === 0 ? endless : Buffer.alloc(1 << 20, 0xff));
  // Damage is searched through piece by piece; memory stays bounded either way.
  expect(window.push(Buffer.alloc(16))).toEqual([]);
});
