import { beforeAll, describe, expect, it } from 'vitest';
import { Criteria, MANY_SHORT, MOST_WEIGHT, WINDOW } from '../../../src-main/detect/detectors/packet-12/criteria.ts';
import { LEAST_PACKETS, Packet12 } from '../../../src-main/detect/detectors/packet-12/detector.ts';
import { FEATURES, fillFeatures, SHORTCUTS } from '../../../src-main/detect/detectors/packet-12/features.ts';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { batchesOf, inPortions, ordinaryPackets, type MadePacket } from './packet-batches.ts';

function featuresOf(made: MadePacket, interval = 0): Record<string, number> {
  const { packets, segments } = batchesOf([made]);
  const out = new Float32Array(12);
  fillFeatures(FEATURES, packets, segments, 0, 0, interval, out, 0);
  return Object.fromEntries(FEATURES.map((name, j) => [name, out[j]!]));
}

describe('the twelve features', () => {
  it('describe a TCP packet', () => {
    const {
      src_hash: from,
      dst_hash: to,
      ...rest
    } = featuresOf({ at: 5, from: 1, to: 2, srcPort: 1234, dstPort: 80, tcpFlags: 18, payload: 46, wire: 100 }, 7e-6);
    expect(rest).toEqual({
      size: 100,
      protocol: 6,
      src_port: 1234,
      dst_port: 80,
      interval: 3,
      tcp_flags: 18,
      udp_length: 0,
      payload: 46,
      header_share: Math.fround(0.54),
      transport: 1,
    });
    for (const hash of [from!, to!]) expect(hash >= 0 && hash < 1).toBe(true);
    expect(from).not.toBe(to);
  });

  it('give the UDP length with its header, and no ports where there are none', () => {
    const udp = featuresOf({ at: 5, from: 1, to: 2, proto: PROTO.UDP, payload: 30, wire: 72 });
    expect([udp['udp_length'], udp['tcp_flags'], udp['transport']]).toEqual([38, 0, 2]);
    const icmp = featuresOf({ at: 5, from: 1, to: 2, proto: PROTO.ICMP, srcPort: 8, dstPort: 0, payload: 30 });
    expect([icmp['src_port'], icmp['dst_port'], icmp['transport']]).toEqual([0, 0, 3]);
  });

  it('hash an address alike wherever it stands', () => {
    expect(featuresOf({ at: 1, from: 7, to: 9 })['src_hash']).toBe(featuresOf({ at: 2, from: 3, to: 7 })['dst_hash']);
  });
});

describe('the criteria', () => {
  const quiet = (criteria: Criteria, n: number): number => {
    let last = 0;
    for (let i = 0; i < n; i++) last = criteria.next(0.1 + (i % 2) * 0.1, -1, 6, 0, 1, 0, 1);
    return last;
  };

  it('give nothing for ordinary packets', () => {
    expect(quiet(new Criteria(), 300)).toBe(0);
  });

  it('count a score beyond its threshold 1.5 and beyond 1.2 times that 2, not both', () => {
    const next = (forest: number, error: number): number => new Criteria().next(0.1, -1, 6, forest, 0.5, error, 2);
    expect(next(0.5, 2)).toBe(0);
    expect(next(0.55, 0)).toBe(1.5);
    expect(next(0.61, 0)).toBe(2);
    expect(next(0, 2.3)).toBe(1.5);
    expect(next(0.61, 2.5)).toBe(4);
  });

  it('count many intervals under a millisecond among the last hundred', () => {
    const criteria = new Criteria();
    quiet(criteria, WINDOW);
    const weights = Array.from({ length: WINDOW }, () => criteria.next(0.0005, -1, 6, 0, 1, 0, 1));
    expect(weights[MANY_SHORT]).toBe(2);
    expect(weights[MANY_SHORT - 1]).toBe(0);
    // The window forgets them again.
    quiet(criteria, WINDOW);
    expect(quiet(criteria, 1)).toBe(0);
  });

  it('count more than 15 distinct ports with a SYN among the last hundred, whatever comes between', () => {
    const criteria = new Criteria();
    quiet(criteria, WINDOW);
    const weights: number[] = [];
    for (let port = 1; port <= 17; port++) {
      weights.push(criteria.next(0.1, port, 6, 0, 1, 0, 1));
      criteria.next(0.2, -1, 6, 0, 1, 0, 1);
    }
    expect(weights.slice(13)).toEqual([0, 0, 1.5, 1.5]);
    const same = new Criteria();
    for (let i = 0; i < 200; i++) expect(same.next(0.1 + (i % 2) * 0.1, 443, 6, 0, 1, 0, 1)).toBe(0);
  });

  it('count an interval far from the last hundred, and a protocol that is new after thirty packets', () => {
    const criteria = new Criteria();
    quiet(criteria, WINDOW);
    expect(criteria.next(5, -1, 6, 0, 1, 0, 1)).toBe(1);
    const other = new Criteria();
    quiet(other, 29);
    expect(other.next(0.1, -1, 17, 0, 1, 0, 1)).toBe(0);
    expect(other.next(0.1, -1, 1, 0, 1, 0, 1)).toBe(1);
    expect(other.next(0.1, -1, 1, 0, 1, 0, 1)).toBe(0);
  });

  it('give at most what all of them together give', () => {
    expect(MOST_WEIGHT).toBe(9.5);
  });
});

describe('the preset', () => {
  const traffic = ordinaryPackets(LEAST_PACKETS + 4000, randomSource(1));
  const learning = traffic.slice(0, LEAST_PACKETS);
  const later = traffic.slice(LEAST_PACKETS);
  const detector = new Packet12({ seed: 3, epochs: 2 });
  const feed = (to: Packet12, packets: readonly MadePacket[]): { surprise: number[]; weight: number[] } => {
    const surprise: number[] = [];
    const weight: number[] = [];
    inPortions(packets, 4096, (batch, segments) => {
      to.observe(batch, segments);
      surprise.push(...to.surprise.subarray(0, batch.count));
      weight.push(...to.weight.subarray(0, batch.count));
    });
    return { surprise, weight };
  };

  beforeAll(async () => {
    feed(detector, learning.slice(0, -1));
    await detector.learn();
    expect(detector.report()).toMatchObject({ status: 'learning', seen: 19_999, needed: 20_000, scored: 0 });
    feed(detector, learning.slice(-1));
    await detector.learn();
  }, 60_000);

  it('scores what comes after 20,000 packets, calibrated on every fifth of them', () => {
    const { surprise, weight } = feed(detector, later);
    expect(surprise.every((s) => s >= 0)).toBe(true);
    expect(weight.filter((w) => w >= 3).length / weight.length).toBeLessThan(0.1);
    expect(surprise.filter((s) => s >= 2).length / surprise.length).toBeLessThan(0.03);
    expect(detector.report()).toMatchObject({ id: 'packet-12', status: 'scored', seen: 24_000, scored: 4000 });
  });

  it('finds a flood of SYNs to many ports unusual, and leaves out what the decoder does not know', () => {
    const from = later.at(-1)!.at;
    const scan = Array.from({ length: 400 }, (_, i) => ({
      at: from + (i + 1) * 1e-4,
      from: 200,
      to: 50,
      srcPort: 60000,
      dstPort: 1 + i,
      tcpFlags: 2,
    }));
    const { surprise } = feed(detector, [...scan, { at: from + 1, from: 1, to: 2, unknown: true }]);
    expect(surprise.slice(150, 400).filter((s) => s >= 3).length).toBeGreaterThan(240);
    expect(surprise[400]).toBeNaN();
  });

  it('scores the packets of the batch in which it has seen enough too, as soon as it has learned', async () => {
    const whole = new Packet12({ seed: 3, epochs: 1, shortcuts: false });
    const split = new Packet12({ seed: 3, epochs: 1, shortcuts: false });
    const { packets, segments } = batchesOf(traffic.slice(0, LEAST_PACKETS + 50));
    whole.observe(packets, segments);
    expect(whole.surprise.subarray(LEAST_PACKETS, LEAST_PACKETS + 50).every(Number.isNaN)).toBe(true);
    await whole.learn();
    feed(split, learning);
    await split.learn();
    const { surprise } = feed(split, later.slice(0, 50));
    expect([...whole.surprise.subarray(LEAST_PACKETS, LEAST_PACKETS + 50)]).toEqual(surprise);
    expect(whole.report().scored).toBe(50);
  }, 60_000);

  it('goes without address and port where it is told to', async () => {
    const plain = new Packet12({ seed: 3, epochs: 1, shortcuts: false });
    feed(plain, learning);
    await plain.learn();
    const a = feed(plain, later.slice(0, 100));
    expect(plain.report()).toMatchObject({ id: 'packet-12-plain', status: 'scored', scored: 100 });
    const again = new Packet12({ seed: 3, epochs: 1, shortcuts: false });
    const renamed = (packets: readonly MadePacket[]): MadePacket[] =>
      packets.map((p) => ({ ...p, from: p.from + 30, to: p.to + 30, srcPort: 1, dstPort: 2 }));
    feed(again, renamed(learning));
    await again.learn();
    expect(feed(again, renamed(later.slice(0, 100)))).toEqual(a);
    expect(SHORTCUTS.length).toBe(4);
  }, 60_000);

  it('is insufficient where fewer packets came', async () => {
    const few = new Packet12({ seed: 1 });
    feed(few, learning.slice(0, 500));
    await few.learn();
    few.finish();
    expect(few.report()).toEqual({
      id: 'packet-12',
      status: 'insufficient',
      backend: 'wasm',
      seen: 500,
      needed: 20_000,
      scored: 0,
      unusual: 0,
    });
  });
});
