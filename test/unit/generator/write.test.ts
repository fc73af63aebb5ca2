import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compress, pcapFile, PcapngBuilder, pcapngFile } from '../../generator/write.ts';

const TS = 1_700_000_000_123_456_789n;
const DATA = Uint8Array.of(1, 2, 3, 4, 5);
const hexOf = (b: Uint8Array): string => Buffer.from(b).toString('hex');

describe('pcap writer', () => {
  it('writes microseconds, little endian', () => {
    const file = pcapFile([{ ts: TS, data: DATA }]);
    expect(hexOf(file)).toBe(
      'd4c3b2a1020004000000000000000000000004000100000000f1536540e2010005000000050000000102030405',
    );
  });

  it('writes nanoseconds, big endian, another link type', () => {
    const file = pcapFile([{ ts: TS, data: DATA }], { endian: 'big', precision: 'ns', linkType: 101 });
    expect(hexOf(file)).toBe(
      'a1b23c4d00020004000000000000000000040000000000656553f100075bcd1500000005000000050102030405',
    );
  });

  it("writes Kuznetzov's 24-byte records", () => {
    const file = pcapFile([{ ts: TS, data: DATA }], { modified: true });
    expect(hexOf(file.subarray(0, 4))).toBe('34cdb2a1');
    expect(file.length).toBe(24 + 24 + 5);
  });

  it('states lengths that lie', () => {
    const file = pcapFile([{ ts: TS, data: DATA, capturedLength: 0xffffffff, originalLength: 3 }]);
    expect(hexOf(file.subarray(32, 40))).toBe('ffffffff03000000');
  });
});

describe('pcapng writer', () => {
  it('writes section, interface and packet with options', () => {
    const file = pcapngFile([{ ts: TS, data: DATA, comment: 'c' }], { tsresol: 9 });
    const expected = [
      '0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000',
      '01000000 20000000 0100 0000 00000400 0900 0100 09000000 00000000 20000000',
      '06000000 34000000 00000000 fe9c9717 15cd853d 05000000 05000000 0102030405000000',
      '0100 0100 63000000 00000000 34000000',
    ];
    expect(hexOf(file)).toBe(expected.join('').replaceAll(' ', ''));
  });

  it('applies resolution (decimal and binary) and offset to time stamps', () => {
    const ticks = (o: { tsresol?: number; tsoffset?: bigint }): bigint => {
      const file = new PcapngBuilder().section({ endian: 'big' }).interface(o).packet({ ts: TS, data: DATA }).bytes();
      const view = new DataView(file.buffer);
      const at = file.length - (32 + 8);
      return (BigInt(view.getUint32(at + 12)) << 32n) | BigInt(view.getUint32(at + 16));
    };
    expect(ticks({})).toBe(TS / 1000n);
    expect(ticks({ tsresol: 9 })).toBe(TS);
    expect(ticks({ tsresol: 9, tsoffset: 100n })).toBe(TS - 100_000_000_000n);
    expect(ticks({ tsresol: 0x80 | 10 })).toBe((TS * 1024n) / 1_000_000_000n);
  });

  it('starts sections of their own byte order and interfaces', () => {
    const file = new PcapngBuilder()
      .interface({ linkType: 1 })
      .packet({ ts: TS, data: DATA })
      .section({ endian: 'big' })
      .interface({ linkType: 101 })
      .simplePacket(DATA)
      .bytes();
    const big = hexOf(file).indexOf('0a0d0d0a0000001c1a2b3c4d');
    expect(big).toBeGreaterThan(0);
    expect(hexOf(file).slice(big + 56, big + 56 + 24)).toBe('000000010000001400650000');
  });

  it('closes every block with its own length', () => {
    const file = new PcapngBuilder()
      .interface({ name: 'eth0', tsresol: 6, filter: 'tcp', tsoffset: -1n })
      .nameResolution({ '10.0.0.1': ['a'], '2001:db8::1': ['bb', 'c'] })
      .statistics({ ts: TS, received: 3n, dropped: 1n })
      .custom(32473, 'data')
      .secrets('x')
      .block(0x999, 'unknown')
      .obsoletePacket({ ts: TS, data: DATA })
      .bytes();
    const view = new DataView(file.buffer);
    const types: number[] = [];
    for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
      types.push(view.getUint32(at, true));
      const length = view.getUint32(at + 4, true);
      expect(length % 4).toBe(0);
      expect(view.getUint32(at + length - 4, true)).toBe(length);
    }
    expect(types).toEqual([0x0a0d0d0a, 1, 4, 5, 0xbad, 10, 0x999, 2]);
  });
});

describe('compression', () => {
  it('packs in gzip without time or system, and in zstd', () => {
    const data = new Uint8Array(10_000).fill(65);
    const gzip = compress(data, 'gzip');
    expect(hexOf(gzip.subarray(0, 10))).toBe('1f8b08000000000002ff');
    expect(new Uint8Array(gunzipSync(gzip))).toEqual(data);
    expect(new Uint8Array(zstdDecompressSync(compress(data, 'zstd')))).toEqual(data);
  });
});
