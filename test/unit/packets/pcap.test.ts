import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, u16, u32 } from '../../generator/bytes.ts';
import { ethernet, frame, ipv4, udp } from '../../generator/frames.ts';
import { pcapFile, pcapHeader, type PcapOptions } from '../../generator/write.ts';
import { codes, readBytes } from './helpers.ts';

const DATA = frame(ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), udp({ sport: 1, dport: 2 }), 'hello');
const TIMES = [1_700_000_000_123_456_789n, 1_700_000_001_000_000_000n, 4_000_000_000_999_999_999n];

function file(options: PcapOptions): Uint8Array {
  return pcapFile(
    TIMES.map((ts) => ({ ts, data: DATA })),
    options,
  );
}

describe('pcap', () => {
  it.each([
    ['little-endian microseconds', { endian: 'little', precision: 'us' }, 123_456_000, 999_999_000],
    ['big-endian microseconds', { endian: 'big', precision: 'us' }, 123_456_000, 999_999_000],
    ['little-endian nanoseconds', { endian: 'little', precision: 'ns' }, 123_456_789, 999_999_999],
    ['big-endian nanoseconds', { endian: 'big', precision: 'ns' }, 123_456_789, 999_999_999],
    ['modified, little-endian', { endian: 'little', modified: true }, 123_456_000, 999_999_000],
    ['modified, big-endian', { endian: 'big', modified: true }, 123_456_000, 999_999_000],
  ] as const)('reads %s', async (_, options, firstNano, lastNano) => {
    const bytes = file(options);
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets.map((p) => [p.sec, p.nano])).toEqual([
      [1_700_000_000, firstNano],
      [1_700_000_001, 0],
      [4_000_000_000, lastNano],
    ]);
    for (const packet of packets) expect(packet.data).toEqual(DATA);
    expect(summaries).toMatchObject([
      {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        format: 'pcap',
        linkTypes: ['ETHERNET'],
        packets: 3,
        bytes: 3 * DATA.length,
        firstSec: 1_700_000_000,
        lastSec: 4_000_000_000,
        warnings: [],
      },
    ]);
  });

  it('reads the modified records of old patches behind the standard magic number', async () => {
    const record = (sec: number): Uint8Array =>
      concat(u32(sec), u32(5), u32(DATA.length), u32(DATA.length), u32(2), u16(0x800), [0, 0], DATA);
    const bytes = concat(
      pcapHeader({ endian: 'big' }),
      record(1_000_000_000),
      record(1_000_000_001),
      record(1_000_000_002),
    );
    const { packets } = await readBytes([bytes]);
    expect(packets.map((p) => p.sec)).toEqual([1_000_000_000, 1_000_000_001, 1_000_000_002]);
    expect(packets[2]?.data).toEqual(DATA);
  });

  it('has no packets and no warning when nothing follows the header', async () => {
    const { packets, summaries } = await readBytes([pcapHeader()]);
    expect(packets).toEqual([]);
    expect(summaries[0]).toMatchObject({ packets: 0, warnings: [], linkTypes: ['ETHERNET'] });
  });

  it('keeps the link type when the field also tells of frame check sequences', async () => {
    const { packets } = await readBytes([file({ fcsLength: 4 })]);
    expect(packets.map((p) => p.link)).toEqual([1, 1, 1]);
  });

  it('reads a packet of no bytes', async () => {
    const { packets, rows } = await readBytes([pcapFile([{ ts: 5n, data: new Uint8Array(0) }])]);
    expect(packets).toHaveLength(1);
    expect(rows).toEqual([]);
  });

  it('gives the same packets however small the chunks are', async () => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      ts: BigInt(i) * 1_000_000n,
      data: new Uint8Array(i * 7).fill(i & 255),
    }));
    const bytes = pcapFile(records);
    const whole = await readBytes([bytes]);
    for (const chunkBytes of [65_536, 10_007, 4096]) {
      const pieces = await readBytes([bytes], { chunkBytes });
      expect(pieces.packets).toEqual(whole.packets);
      expect(pieces.batches).toBeGreaterThan(whole.batches);
    }
    expect(whole.packets.map((p) => p.data.length)).toEqual(records.map((r) => r.data.length));
  });

  it('fills no batch beyond the number of packets asked for', async () => {
    const bytes = pcapFile(Array.from({ length: 25 }, (_, i) => ({ ts: BigInt(i), data: DATA })));
    const { batches, packets } = await readBytes([bytes], { batchPackets: 10 });
    expect([batches, packets.length]).toEqual([3, 25]);
  });

  it('takes the smaller of the lengths as present in files older than version 2.4', async () => {
    const header = pcapHeader({ endian: 'big', version: [2, 3] });
    const swapped = concat(u32(10), u32(0), u32(1500), u32(DATA.length), DATA);
    const { packets, summaries } = await readBytes([concat(header, swapped)]);
    expect(packets).toMatchObject([{ wire: 1500, data: DATA }]);
    expect(codes(summaries[0]!.warnings)).toEqual([]);
  });

  it('names an unknown link type by its number', async () => {
    const { summaries } = await readBytes([file({ linkType: 12_345 })]);
    expect(summaries[0]?.linkTypes).toEqual(['UNKNOWN_12345']);
  });
});
