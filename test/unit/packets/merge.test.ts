import { describe, expect, it } from 'vitest';
import { pcapFile, pcapngFile } from '../../generator/write.ts';
import { codes, readBytes, readPaths, withFiles } from './helpers.ts';

const at = (...milliseconds: number[]): { ts: bigint; data: Uint8Array }[] =>
  milliseconds.map((ms) => ({ ts: BigInt(ms) * 1_000_000n, data: Uint8Array.of(ms & 255, ms >> 8) }));
const times = (packets: readonly { sec: number; nano: number }[]): number[] =>
  packets.map((p) => p.sec * 1000 + p.nano / 1e6);

describe('several captures', () => {
  it('follow each other in the order of their times, whatever the order of their names', async () => {
    const { packets, summaries } = await readBytes([pcapFile(at(50, 60)), pcapFile(at(10, 20)), pcapngFile(at(30))]);
    expect(times(packets)).toEqual([10, 20, 30, 50, 60]);
    expect(packets.map((p) => p.input)).toEqual([1, 1, 2, 0, 0]);
    expect(summaries.map((s) => s.packets)).toEqual([2, 2, 1]);
  });

  it('are merged packet by packet where their times overlap', async () => {
    const a = Array.from({ length: 9000 }, (_, i) => i * 2);
    const b = Array.from({ length: 3000 }, (_, i) => 4001 + i * 2);
    const { packets } = await readBytes([pcapFile(at(...a)), pcapFile(at(...b))]);
    expect(times(packets)).toEqual([...a, ...b].sort((x, y) => x - y));
    for (const packet of packets) {
      const ms = Math.round(packet.sec * 1000 + packet.nano / 1e6);
      expect(packet.data).toEqual(Uint8Array.of(ms & 255, (ms >> 8) & 255));
    }
  });

  it('keep the order of each file when its own times run backwards', async () => {
    const { packets } = await readBytes([pcapFile(at(10, 5, 30)), pcapFile(at(20, 40))]);
    expect(times(packets)).toEqual([10, 5, 20, 30, 40]);
  });

  it('prefer the file named first when times are equal', async () => {
    const { packets } = await readBytes([pcapFile(at(1, 2)), pcapFile(at(1, 2))]);
    expect(packets.map((p) => p.input)).toEqual([0, 1, 0, 1]);
  });

  it('may be many', async () => {
    const files = Array.from({ length: 60 }, (_, i) => pcapFile(at(i * 10, i * 10 + 15)));
    const { packets } = await readBytes(files);
    expect(packets).toHaveLength(120);
    expect(times(packets)).toEqual(times(packets).sort((x, y) => x - y));
  });

  it('are read without those that cannot be, which are listed', async () => {
    const { packets, summaries } = await readBytes([new Uint8Array(0), pcapFile(at(1))]);
    expect(packets).toHaveLength(1);
    expect(summaries.map((s) => codes(s.warnings))).toEqual([['unreadable-input'], []]);
  });

  it('are an error when none can be read', async () => {
    await expect(readBytes([new Uint8Array(0), new Uint8Array(0)])).rejects.toMatchObject({ code: 'empty-file' });
  });

  it('number their interfaces together', async () => {
    const { packets } = await readBytes([pcapngFile(at(2)), pcapngFile(at(1))]);
    expect(packets.map((p) => p.iface)).toEqual([0, 1]);
  });

  it('give the same packets with any hashing, and the same hash', async () => {
    await withFiles([pcapFile(at(1, 2, 3))], async (paths) => {
      const inline = await readPaths(paths, { hash: 'inline' });
      const thread = await readPaths(paths, { hash: 'thread' });
      const none = await readPaths(paths, { hash: 'none' });
      expect(thread).toEqual(inline);
      expect(none.packets).toEqual(inline.packets);
      expect(none.summaries[0]?.sha256).toBe('');
      expect(inline.summaries[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    });
  });
});
