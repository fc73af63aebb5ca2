import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat } from '../../generator/bytes.ts';
import { compress, pcapFile, PcapngBuilder } from '../../generator/write.ts';
import { codes, readBytes } from './helpers.ts';

const NOISE = (n: number, seed: number): Uint8Array => {
  const out = new Uint8Array(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    out[i] = state >>> 16;
  }
  return out;
};
const RECORDS = Array.from({ length: 1500 }, (_, i) => ({ ts: BigInt(i) * 1_000_000n, data: NOISE(1000, i) }));
const PLAIN = pcapFile(RECORDS);

describe('compressed captures', () => {
  it.each(['gzip', 'zstd'] as const)('are read through %s, and hashed as they are on disk', async (kind) => {
    const bytes = compress(PLAIN, kind);
    const { packets, summaries } = await readBytes([bytes]);
    expect(packets).toHaveLength(1500);
    expect(packets[1499]?.data).toEqual(RECORDS[1499]?.data);
    expect(summaries[0]).toMatchObject({
      format: `pcap+${kind}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      warnings: [],
    });
  });

  it('may hold pcapng', async () => {
    const inner = new PcapngBuilder()
      .section()
      .interface()
      .packet({ ts: 1_000n, data: NOISE(60, 1) })
      .bytes();
    const { summaries } = await readBytes([compress(inner, 'zstd')]);
    expect(summaries[0]).toMatchObject({ format: 'pcapng+zstd', packets: 1 });
  });

  it.each([
    ['gzip members', gzipSync],
    ['zstd frames', zstdCompressSync],
  ] as const)('may consist of several %s, cut anywhere', async (_, pack) => {
    const cuts = [0, 100_001, 700_003, PLAIN.length];
    const parts = cuts.slice(1).map((end, i) => pack(PLAIN.subarray(cuts[i], end)));
    const { packets, summaries } = await readBytes([concat(...parts)]);
    expect(packets).toHaveLength(1500);
    expect(summaries[0]?.warnings).toEqual([]);
  });

  it.each(['gzip', 'zstd'] as const)('give what stands before a cut in %s', async (kind) => {
    const bytes = compress(PLAIN, kind);
    const { packets, summaries } = await readBytes([bytes.subarray(0, bytes.length >> 1)]);
    expect(packets.length).toBeGreaterThan(500);
    expect(packets.length).toBeLessThan(1000);
    expect(codes(summaries[0]!.warnings)).toContain('compressed-damaged');
  });

  it.each([
    ['gzip', gzipSync(PLAIN)],
    ['zstd', zstdCompressSync(PLAIN, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
  ] as const)('give what stands before damage in %s, the same every time', async (_, whole) => {
    const bytes = Uint8Array.from(whole);
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 200);
    const first = await readBytes([bytes]);
    const second = await readBytes([bytes]);
    expect(first.packets.length).toBeGreaterThan(500);
    expect(codes(first.summaries[0]!.warnings)).toContain('compressed-damaged');
    expect(second.packets).toEqual(first.packets);
    expect(second.summaries[0]?.warnings).toEqual(first.summaries[0]?.warnings);
  });

  it('may be followed by bytes that are nothing', async () => {
    const { packets } = await readBytes([concat(compress(PLAIN, 'gzip'), 'some trailer')]);
    expect(packets).toHaveLength(1500);
  });

  it('do not blow up memory when little unpacks to much', async () => {
    const bomb = gzipSync(concat(PLAIN, new Uint8Array(100 * 1024 * 1024).fill(0xee)));
    const before = process.memoryUsage().rss;
    const { packets, summaries } = await readBytes([bomb]);
    expect(packets).toHaveLength(1500);
    expect(codes(summaries[0]!.warnings)).toEqual(['corrupt-record']);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('standard input', () => {
  it.each([
    ['plain', PLAIN],
    ['compressed', compress(PLAIN, 'gzip')],
  ] as const)('is read like a file when %s', async (_, bytes) => {
    const script = `
      import { openCaptures } from './src-main/meter/packets/open.ts';
      const reader = await openCaptures(['-']);
      for (let b = await reader.read(); b; b = await reader.read()) reader.release(b);
      const [{ path, packets, sha256, warnings }] = reader.summaries();
      await reader.close();
      console.log(JSON.stringify({ path, packets, sha256, warnings }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stdin.end(bytes);
    await once(child, 'close');
    expect(JSON.parse(output)).toEqual({
      path: '-',
      packets: 1500,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      warnings: [],
    });
  });
});
