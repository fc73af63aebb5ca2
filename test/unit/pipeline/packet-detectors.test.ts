import { describe, expect, it } from 'vitest';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { PacketDetectors } from '../../../src-main/run/pipeline/packet-detectors.ts';
import {
  PACKETS_SHED_AT,
  packetShedWords,
  SHED_AT,
  Shedding,
  STEP_MS,
} from '../../../src-main/run/pipeline/live/shedding.ts';
import { batchesOf, ordinaryPackets, type MadePacket } from '../detectors/packet-batches.ts';

describe('detectors of packets beside the meter', () => {
  const traffic = ordinaryPackets(21_000, randomSource(1), 0.5);
  const hosts = new HostTable();
  const feed = async (to: PacketDetectors, packets: readonly MadePacket[]): Promise<void> => {
    for (let from = 0; from < packets.length; from += 4096) {
      const { packets: batch, segments } = batchesOf(packets.slice(from, from + 4096));
      for (let row = 0; row < segments.count; row++) hosts.intern(segments.columns.src, row * 4);
      to.observe(batch, segments);
      await to.learn();
    }
  };

  it('count unusual packets by source, most first', async () => {
    const both = new PacketDetectors(['kitnet'], { seed: 1, learnFrom: 20_000 }, hosts);
    await feed(both, traffic);
    const from = traffic.at(-1)!.at;
    const flood = Array.from({ length: 2000 }, (_, i) => ({
      at: from + i * 1e-5,
      from: 90,
      to: 50,
      srcPort: 1024 + i,
      tcpFlags: 2,
    }));
    await feed(both, flood);
    both.finish();
    const [kitnet] = both.report();
    expect(kitnet!.packets!.sources[0]!.address).toBe('10.0.0.90');
    expect(kitnet!.packets!.sources[0]!.packets).toBeGreaterThan(1500);
    expect(kitnet!.packets).toMatchObject({ seen: 23_000, needed: 20_000, scored: 3000, leftOut: 0 });
  });

  it('are left out when told to, and say of how many packets', async () => {
    const both = new PacketDetectors(['kitnet', 'packet-12'], { seed: 1, learnFrom: 20_000 }, hosts);
    await feed(both, traffic.slice(0, 100));
    both.on = false;
    await feed(both, traffic.slice(100, 150));
    both.on = true;
    await feed(both, traffic.slice(150, 160));
    expect(
      both.report().map(({ id, status, packets }) => ({ id, status, seen: packets!.seen, out: packets!.leftOut })),
    ).toEqual([
      { id: 'kitnet', status: 'learning', seen: 110, out: 50 },
      { id: 'packet-12', status: 'learning', seen: 110, out: 50 },
    ]);
  });

  it('that there are not are refused', () => {
    expect(() => new PacketDetectors(['kitsune'], { seed: 1 }, hosts)).toThrow(RangeError);
  });

  it('take an empty batch', async () => {
    const one = new PacketDetectors(['kitnet'], { seed: 1, learnFrom: 20_000 }, hosts);
    const { packets, segments } = batchesOf([]);
    one.observe(packets, segments);
    await one.learn();
    one.finish();
    expect(one.report()[0]).toMatchObject({ status: 'insufficient', packets: { seen: 0, scored: 0 } });
  });
});

describe('shedding of detectors of packets', () => {
  it('comes before any other detail goes, in one step', () => {
    expect(PACKETS_SHED_AT[0]).toBeLessThan(SHED_AT[0]);
    const [packets, rest] = [new Shedding(PACKETS_SHED_AT), new Shedding()];
    expect(packets.note(PACKETS_SHED_AT[0], STEP_MS)).toBe(true);
    expect(rest.note(PACKETS_SHED_AT[0], STEP_MS)).toBe(false);
    for (let at = 2; at < 60; at++) expect(packets.note(60_000, at * STEP_MS)).toBe(false);
    expect(packets.level).toBe(1);
    expect(packetShedWords(1)).not.toBe(packetShedWords(0));
  });
});
