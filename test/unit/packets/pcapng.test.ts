import { describe, expect, it } from 'vitest';
import { concat, u32, zeros } from '../../generator/bytes.ts';
import { ethernet, frame, ipv4, tcp } from '../../generator/frames.ts';
import { PcapngBuilder } from '../../generator/write.ts';
import { codes, readBytes } from './helpers.ts';

const DATA = frame(ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), tcp({ sport: 1, dport: 2, flags: 'S' }));
const TS = 1_700_000_000_123_456_789n;

describe('pcapng', () => {
  it.each(['little', 'big'] as const)('reads enhanced packet blocks of %s-endian sections', async (endian) => {
    const bytes = new PcapngBuilder()
      .section({ endian })
      .interface({ linkType: 1, tsresol: 9, name: 'eth0' })
      .packet({ ts: TS, data: DATA, comment: 'odd length!' })
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toMatchObject([{ sec: 1_700_000_000, nano: 123_456_789, data: DATA, link: 1, iface: 0 }]);
    expect(summaries[0]).toMatchObject({ format: 'pcapng', linkTypes: ['ETHERNET'], warnings: [] });
  });

  it('keeps time units, offsets and link types of each interface and section apart', async () => {
    const bytes = new PcapngBuilder()
      .section({ endian: 'little' })
      .interface({ linkType: 1 })
      .interface({ linkType: 101, tsresol: 9, tsoffset: 3600n })
      .packet({ ts: TS, data: DATA, interface: 0 })
      .packet({ ts: TS, data: DATA.subarray(14), interface: 1 })
      .section({ endian: 'big' })
      .interface({ linkType: 101, tsresol: 3 })
      .packet({ ts: TS, data: DATA.subarray(14), interface: 0 })
      .bytes();
    const { packets, rows, summaries } = await readBytes([bytes]);
    expect(packets.map((p) => [p.link, p.iface, p.sec, p.nano])).toEqual([
      [1, 0, 1_700_000_000, 123_456_000],
      [101, 1, 1_700_000_000, 123_456_789],
      [101, 2, 1_700_000_000, 123_000_000],
    ]);
    expect(rows.map((row) => row.dstPort)).toEqual([2, 2, 2]);
    expect(summaries[0]?.linkTypes).toEqual(['ETHERNET', 'RAW']);
  });

  it('reads obsolete packet blocks', async () => {
    const bytes = new PcapngBuilder().section().interface().obsoletePacket({ ts: TS, data: DATA, drops: 3 }).bytes();
    const { packets } = await readBytes([bytes]);
    expect(packets).toMatchObject([{ sec: 1_700_000_000, nano: 123_456_000, data: DATA }]);
  });

  it('gives simple packet blocks, which have no time, the time of the packet before', async () => {
    const bytes = new PcapngBuilder()
      .section()
      .interface({ snaplen: 40 })
      .packet({ ts: TS, data: DATA.subarray(0, 40), originalLength: DATA.length })
      .simplePacket(DATA.subarray(0, 40), DATA.length)
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets.map((p) => [p.data.length, p.wire, p.sec])).toEqual([
      [40, DATA.length, 1_700_000_000],
      [40, DATA.length, 1_700_000_000],
    ]);
    expect(codes(summaries[0]!.warnings)).toEqual(['no-timestamps']);
  });

  it('passes over name resolution, statistics, secrets, custom and unknown blocks', async () => {
    const bytes = new PcapngBuilder()
      .section()
      .interface()
      .nameResolution({ '10.0.0.1': ['a.example'] })
      .packet({ ts: TS, data: DATA })
      .statistics({ ts: TS, received: 5n })
      .custom(32473, 'x')
      .secrets('CLIENT_RANDOM 00 00')
      .block(0x999, 'unknown')
      .block(0x998, zeros(3_000_000))
      .packet({ ts: TS, data: DATA })
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(2);
    expect(summaries[0]?.warnings).toEqual([]);
  });

  it('passes over packets of an interface that was not described, and says so', async () => {
    const bytes = new PcapngBuilder().section().interface().packet({ ts: TS, data: DATA, interface: 7 }).bytes();
    const good = new PcapngBuilder().section().interface().packet({ ts: TS, data: DATA }).bytes();
    const { packets, summaries } = await readBytes([concat(bytes, good)]);
    expect(packets).toHaveLength(1);
    expect(codes(summaries[0]!.warnings)).toEqual(['unknown-interface']);
  });

  it('passes over a section of an unknown version and reads the next one', async () => {
    const section = (version: readonly [number, number]): Uint8Array =>
      new PcapngBuilder().section({ version }).interface().packet({ ts: TS, data: DATA }).bytes();
    const { packets, summaries } = await readBytes([concat(section([1, 0]), section([2, 0]), section([1, 2]))]);
    expect(packets).toHaveLength(2);
    expect(codes(summaries[0]!.warnings)).toEqual(['unsupported-section']);
  });

  it('uses the first length of a block when the next block stands where it says', async () => {
    const bytes = new PcapngBuilder()
      .section()
      .interface()
      .block(4, zeros(8), [20, 24])
      .packet({ ts: TS, data: DATA })
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(1);
    expect(codes(summaries[0]!.warnings)).toEqual(['block-length-mismatch']);
  });

  it('stops reading options at one that runs over the block', async () => {
    const lying = concat([1, 0, 0, 0], u32(0), [9, 0, 255, 255], zeros(4));
    const bytes = new PcapngBuilder().section().block(1, lying).packet({ ts: TS, data: DATA }).bytes();
    const { packets } = await readBytes([bytes]);
    expect(packets).toMatchObject([{ sec: 1_700_000_000, nano: 123_456_000 }]);
  });
});
