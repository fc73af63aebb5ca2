import { describe, expect, it } from 'vitest';
import type { PacketBatch, PacketReader } from '../../../src-main/meter/packets/types.ts';
import { FileSource } from '../../../src-main/run/pipeline/source.ts';
import { batchOf, Talk } from '../signatures/talk.ts';

/** A reader of which each batch is there when the test says so. */
function slowReader(): { reader: PacketReader; give(batch: PacketBatch | null): void } {
  const asked: ((batch: PacketBatch | null) => void)[] = [];
  const reader: PacketReader = {
    read: () => new Promise((resolve) => asked.push(resolve)),
    release: () => {},
    progress: () => ({ bytes: 0, total: 0 }),
    summaries: () => [],
    close: () => Promise.resolve(),
  };
  return { reader, give: (batch) => asked.shift()!(batch) };
}

/** Connections, each packet an hour after the one before. */
function hourly(from: number): PacketBatch {
  const frames = [new Talk(80, 40_001), new Talk(80, 40_002)].flatMap((talk) => talk.open().up('GET /').close().frames);
  return batchOf(frames, from, 3600);
}

describe('a run that is stopped while the reader is asked', () => {
  it('takes nothing of what comes then', async () => {
    const { reader, give } = slowReader();
    const source = new FileSource(reader);
    const first = source.next();
    give(hourly(0));
    expect((await first)?.packets).toBeGreaterThan(0);
    const late = source.next();
    source.finish();
    const { flows } = source.meter.table.statistics;
    source.seen();
    give(hourly(100));
    expect(await late).toBeNull();
    expect(source.meter.table.statistics.flows).toBe(flows);
  });

  it('takes nothing either where it waited before the packets', async () => {
    const { reader, give } = slowReader();
    let go = (): void => {};
    const source = new FileSource(reader, { before: () => new Promise((resolve) => (go = resolve)) });
    const late = source.next();
    give(hourly(0));
    await new Promise((done) => setImmediate(done));
    source.finish();
    source.seen();
    go();
    expect(await late).toBeNull();
    expect(source.meter.table.statistics.flows).toBe(0);
  });
});
