import { describe, expect, it } from 'vitest';
import { concat, u16le, u32le, zeros } from '../../generator/bytes.ts';
import { ethernet, frame, ipv4, tcp } from '../../generator/frames.ts';
import { pcapFile, pcapHeader, pcapRecord, PcapngBuilder } from '../../generator/write.ts';
import { codes, readBytes } from './helpers.ts';

const T0 = 1_700_000_000_000_000_000n;
const data = (i: number): Uint8Array =>
  frame(
    ethernet(),
    ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
    tcp({ sport: 1000 + i, dport: 80, flags: 'A' }),
    'x'.repeat(i),
  );
const record = (i: number): Uint8Array => pcapRecord({ ts: T0 + BigInt(i) * 1_000_000_000n, data: data(i) });
const records = (from: number, to: number): Uint8Array =>
  concat(...Array.from({ length: to - from }, (_, i) => record(from + i)));
const section = (from: number, to: number): PcapngBuilder => {
  const builder = new PcapngBuilder().section().interface();
  for (let i = from; i < to; i++) builder.packet({ ts: T0 + BigInt(i) * 1_000_000_000n, data: data(i) });
  return builder;
};

describe('damaged pcap files', () => {
  it('are read up to where they are cut', async () => {
    const whole = concat(pcapHeader(), records(0, 10));
    for (const cut of [1, 10, data(9).length + 3]) {
      const { packets, summaries } = await readBytes([whole.subarray(0, whole.length - cut)]);
      expect(packets).toHaveLength(9);
      const offset = whole.length - record(9).length;
      expect(summaries[0]?.warnings).toMatchObject([{ code: 'cut-file', offset, count: 1 }]);
    }
  });

  it('are read on after garbage in the middle', async () => {
    const garbage = new Uint8Array(5000).fill(0xee);
    const before = concat(pcapHeader(), records(0, 10));
    const { rows, summaries } = await readBytes([concat(before, garbage, records(10, 20))]);
    expect(rows.map((row) => row.srcPort)).toEqual(Array.from({ length: 20 }, (_, i) => 1000 + i));
    expect(summaries[0]?.warnings).toMatchObject([{ code: 'corrupt-record', offset: before.length, count: 1 }]);
  });

  it('are read on after garbage that is longer than a chunk', async () => {
    const garbage = new Uint8Array(7_000_000).fill(0xee);
    const bytes = concat(pcapHeader(), records(0, 10), garbage, records(10, 20), garbage);
    const { packets, summaries } = await readBytes([bytes], { chunkBytes: 1_048_576 });
    expect(packets).toHaveLength(20);
    expect(codes(summaries[0]!.warnings)).toContain('corrupt-record');
  });

  it('are read on after a record whose length lies, and end only once', async () => {
    const lying = pcapRecord({ ts: T0, data: data(1), capturedLength: 100_000, originalLength: 100_000 });
    const { rows, summaries } = await readBytes([concat(pcapHeader(), records(0, 5), lying, records(5, 12))]);
    const ports = rows.map((row) => row.srcPort);
    expect(ports.slice(0, 5)).toEqual([1000, 1001, 1002, 1003, 1004]);
    expect(ports.slice(-7)).toEqual([1005, 1006, 1007, 1008, 1009, 1010, 1011]);
    expect(codes(summaries[0]!.warnings)).toEqual(['corrupt-record']);
  });

  it('may have packets longer than their snap length', async () => {
    const bytes = pcapFile([{ ts: T0, data: data(100) }], { snaplen: 68 });
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets[0]?.data).toEqual(data(100));
    expect(codes(summaries[0]!.warnings)).toEqual(['caplen-over-snaplen']);
  });

  it('may claim more captured than was on the wire', async () => {
    const bytes = pcapFile([{ ts: T0, data: data(100), originalLength: 20 }]);
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets[0]).toMatchObject({ wire: data(100).length });
    expect(codes(summaries[0]!.warnings)).toEqual(['caplen-over-wire']);
  });

  it('may have microseconds beyond a second', async () => {
    const odd = concat(u32le(100), u32le(2_500_000), u32le(4), u32le(4), zeros(4));
    const { packets, summaries } = await readBytes([concat(pcapHeader(), odd)]);
    expect(packets[0]).toMatchObject({ sec: 102, nano: 500_000_000 });
    expect(codes(summaries[0]!.warnings)).toEqual(['bad-timestamp']);
  });

  it('cannot be read when not one record is valid', async () => {
    const bytes = concat(pcapHeader(), new Uint8Array(1000).fill(0xff));
    await expect(readBytes([bytes])).rejects.toMatchObject({ name: 'InputError', code: 'unreadable' });
  });
});

describe('damaged pcapng files', () => {
  it('are read up to where they are cut', async () => {
    const whole = section(0, 10).bytes();
    const { packets, summaries } = await readBytes([whole.subarray(0, whole.length - 5)]);
    expect(packets).toHaveLength(9);
    expect(codes(summaries[0]!.warnings)).toEqual(['cut-file']);
  });

  it.each([1, 5000, 5_000_000])('are read on after %i bytes of garbage', async (length) => {
    const first = section(0, 10);
    const offset = first.bytes().length;
    first.raw(new Uint8Array(length).fill(0xee));
    for (let i = 10; i < 20; i++) first.packet({ ts: T0, data: data(i) });
    const { rows, summaries } = await readBytes([first.bytes()]);
    expect(rows.map((row) => row.srcPort)).toEqual(Array.from({ length: 20 }, (_, i) => 1000 + i));
    expect(summaries[0]?.warnings).toMatchObject([{ code: 'corrupt-record', offset, count: 1 }]);
  });

  it('are read on after a block whose length runs over the end of the file', async () => {
    const bytes = section(0, 5)
      .block(5, zeros(8), [800_000, 20])
      .packet({ ts: T0, data: data(5) })
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(6);
    expect(codes(summaries[0]!.warnings)).toEqual(['corrupt-record']);
  });

  it('are read on after a packet block that claims more bytes than the block has', async () => {
    const body = concat(u32le(0), u32le(0), u32le(0), u32le(5000), u32le(5000), zeros(8));
    const bytes = section(0, 3)
      .block(6, body)
      .packet({ ts: T0, data: data(3) })
      .bytes();
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(4);
    expect(codes(summaries[0]!.warnings)).toEqual(['corrupt-record']);
  });

  it('are not held in memory when an unknown block claims to have gigabytes', async () => {
    const bytes = concat(section(0, 3).bytes(), u32le(0x777), u32le(0xfffffff0), u16le(0));
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(3);
    expect(codes(summaries[0]!.warnings)).toEqual(['cut-file']);
  });
});
