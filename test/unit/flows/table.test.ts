import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOW_END, FLOW_EVENT } from '../../../src-main/meter/flows/types.ts';
import { makePacketBatch, makeSegmentBatch, PROTO, SEGMENT, TUNNEL } from '../../../src-main/meter/packets/types.ts';
import { Bench, client, flowsOf, HANDSHAKE, segmentsOf, server, SERVER, type Packet } from './script.ts';

function udp(at: number, host: number, more: Partial<Packet> = {}): Packet {
  return {
    at,
    src: `10.1.${host >> 8}.${host & 255}`,
    dst: SERVER,
    sport: 5000,
    dport: 6000,
    proto: PROTO.UDP,
    length: 1,
    ...more,
  };
}

describe('the ceiling', () => {
  it('cuts short the oldest flow that nobody answered, and says so', () => {
    const bench = new Bench({ ceiling: 4 });
    bench.feed(udp(0, 1), udp(0.1, 2), udp(0.2, 3), udp(0.3, 4));
    bench.feed({ ...udp(0.4, 1), src: SERVER, dst: '10.1.0.1', sport: 6000, dport: 5000 });
    bench.feed(udp(0.5, 5), udp(0.6, 6));
    expect(bench.table.statistics).toEqual({ active: 4, peak: 4, flows: 6, cutShort: 2 });
    const rows = bench.rows();
    expect(rows.map((r) => r.end)).toEqual([
      FLOW_END.END_OF_CAPTURE,
      FLOW_END.CUT_SHORT,
      FLOW_END.CUT_SHORT,
      FLOW_END.END_OF_CAPTURE,
      FLOW_END.END_OF_CAPTURE,
      FLOW_END.END_OF_CAPTURE,
    ]);
  });

  it('takes the flow that would end soonest when all were answered', () => {
    const bench = new Bench({ ceiling: 2 });
    for (const host of [1, 2, 3]) {
      bench.feed(udp(host, host), {
        ...udp(host + 0.5, host),
        src: SERVER,
        dst: `10.1.0.${host}`,
        sport: 6000,
        dport: 5000,
      });
    }
    expect(bench.table.statistics.cutShort).toBe(1);
    expect(bench.rows()[0]!.end).toBe(FLOW_END.CUT_SHORT);
  });

  it('a flood of single packets in one batch stays within it', () => {
    const bench = new Bench({ ceiling: 100 });
    const packets = Array.from({ length: 5000 }, (_, i) => udp(i / 1000, i));
    bench.table.process(bench.nothing, segmentsOf(packets));
    expect(bench.table.statistics).toEqual({ active: 100, peak: 100, flows: 5000, cutShort: 4900 });
    bench.table.drain(bench.flows, () => undefined);
    expect(bench.flows.count).toBe(4900);
    expect(bench.rows()).toHaveLength(5000);
  });
});

describe('keys', () => {
  it('equal ends in two VLANs are two flows', () => {
    expect(flowsOf([udp(0, 1, { vlan: 10 }), udp(1, 1, { vlan: 20 })])).toHaveLength(2);
  });

  it('a VLAN tag on one direction only does not split a flow', () => {
    const packets = [
      client(0, 'S', 0, 0, 0, { vlan: 10 }),
      server(0.1, 'SA', 0, 1),
      client(0.2, 'A', 1, 1, 0, { vlan: 10 }),
    ];
    expect(flowsOf([...packets, server(1, 'A', 1, 1)])).toEqual([
      expect.objectContaining({ origPkts: 2, respPkts: 2 }),
    ]);
  });

  it('inner and outer flows are both kept and linked', () => {
    const bench = new Bench();
    const outer: Packet = {
      at: 0,
      src: '1.1.1.1',
      dst: '2.2.2.2',
      proto: PROTO.GRE,
      bits: SEGMENT.HAS_INNER,
      ipLength: 84,
    };
    const inner: Packet = { ...udp(0, 1), tunnel: TUNNEL.GRE, outer: 0 };
    bench.table.process(bench.nothing, segmentsOf([outer, inner]));
    expect(bench.rows().map((r) => r.orig)).toEqual(['1.1.1.1:0', '10.1.0.1:5000']);
    const c = bench.flows.columns;
    expect([...c.parent.subarray(0, 2)]).toEqual([-1, 0]);
    expect(c.parentUid[3]).not.toBe(0);
  });

  it('a tunnelled packet and the same packet outside are two flows', () => {
    expect(flowsOf([udp(0, 1), udp(0.1, 1, { tunnel: TUNNEL.VXLAN })])).toHaveLength(2);
  });
});

describe('events', () => {
  function events(packets: Packet[]): number[] {
    const bench = new Bench();
    bench.table.process(bench.nothing, segmentsOf(packets));
    return [...bench.table.events.columns.kind.subarray(0, bench.table.events.count)];
  }

  it('a flow opens, is answered once, or refused', () => {
    expect(events([...HANDSHAKE, server(1, 'A', 1, 1)])).toEqual([FLOW_EVENT.OPEN, FLOW_EVENT.ANSWERED]);
    expect(events([client(0, 'S'), server(0.1, 'RA', 0, 1)])).toEqual([FLOW_EVENT.OPEN, FLOW_EVENT.REFUSED]);
  });

  it('an ICMP error refuses the flow it quotes', () => {
    const data = new Uint8Array(64);
    const quoted = 28;
    data[quoted] = 0x45;
    data[quoted + 9] = PROTO.UDP;
    data.set([10, 1, 0, 1, 10, 0, 0, 2], quoted + 12);
    data.set([5000 >> 8, 5000 & 255, 6000 >> 8, 6000 & 255], quoted + 20);
    const packets = makePacketBatch(data, 1);
    packets.columns.captured[0] = 64;
    const bench = new Bench();
    const error: Packet = { at: 1, src: SERVER, dst: '10.1.0.1', sport: 3, dport: 3, proto: PROTO.ICMP, length: 28 };
    bench.table.process(packets, segmentsOf([udp(0, 1), error]));
    const { kind, flow } = bench.table.events.columns;
    expect([...kind.subarray(0, 3)]).toEqual([FLOW_EVENT.OPEN, FLOW_EVENT.OPEN, FLOW_EVENT.REFUSED]);
    expect(flow[2]).toBe(0);
  });
});

describe('what features are made of', () => {
  it('counts, sizes, gaps, flags, windows and the time to the answer', () => {
    const bench = new Bench();
    bench.feed(
      client(0, 'S', 0, 0, 0, { window: 8000, ttl: 60 }),
      server(0.25, 'SA', 0, 1, 0, { window: 9000, ttl: 50 }),
      client(0.5, 'A', 1, 1),
      client(1, 'PA', 1, 1, 100),
      server(1.5, 'PA', 1, 101, 300),
      server(2, 'PA', 301, 101, 200),
    );
    bench.rows();
    const c = bench.flows.columns;
    expect(c.responseTime[0]).toBeCloseTo(0.25, 9);
    expect([...c.firstSizes.subarray(0, 4)]).toEqual([100, -300, -200, 0]);
    expect([c.origWindow[0], c.respWindow[0], c.origTtl[0], c.respTtl[0]]).toEqual([8000, 9000, 60, 50]);
    expect([c.respPayload[0], c.respPayloadSq[0], c.respPayloadMax[0], c.respDataPkts[0]]).toEqual([
      500, 130000, 300, 2,
    ]);
    expect([c.origIatMin[0], c.origIatMax[0]]).toEqual([0.5, 0.5]);
    expect(c.respIatSum[0]).toBeCloseTo(1.75, 9);
    expect([c.synCount[0], c.pshCount[0], c.origFlags[0]]).toEqual([2, 3, 0x1a]);
    expect(c.origHost[0]).toBe(bench.hosts.find(c.orig, 0));
  });

  it('a slot that is used again begins at zero', () => {
    const bench = new Bench();
    bench.feed(...HANDSHAKE, client(1, 'PA', 1, 1, 100), client(1.1, 'PA', 1, 1, 100), client(2, 'R', 101));
    bench.feed({ ...client(100, 'S'), sport: 40001 });
    expect(bench.flows.count).toBe(1);
    bench.feed({ ...client(101, 'S'), sport: 40002 });
    const rows = bench.rows();
    expect(rows.slice(1)).toEqual([
      expect.objectContaining({ state: 'S0', history: 'S', origPkts: 1 }),
      expect.objectContaining({ state: 'S0', history: 'S', origPkts: 1 }),
    ]);
    const c = bench.flows.columns;
    expect([c.origRetransmits[1], c.origPayload[1], c.rstCount[1], c.responseTime[1]]).toEqual([0, 0, 0, -1]);
  });
});

describe('whatever comes', () => {
  const address = fc.integer({ min: 1, max: 3 }).map((n) => `10.0.0.${n}`);
  const packet = fc.record({
    at: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    src: address,
    dst: address,
    sport: fc.constantFrom(0, 3, 8, 53, 80, 443, 6000),
    dport: fc.constantFrom(0, 3, 8, 53, 80, 443, 6000),
    proto: fc.constantFrom(1, 6, 6, 6, 6, 17, 58, 59, 89, 132, 256),
    flags: fc.constantFrom('', 'S', 'SA', 'A', 'PA', 'F', 'FA', 'R', 'SF', 'FR', 'SFRPAU'),
    seq: fc.nat(0xffffffff),
    ack: fc.nat(0xffffffff),
    length: fc.nat(2000),
    captured: fc.nat(2000),
    window: fc.constantFrom(0, 1, 65535),
    ipLength: fc.nat(70000),
    vlan: fc.constantFrom(0, 0, 7),
    tunnel: fc.constantFrom(0, 0, 2),
    bits: fc.nat(511),
  });

  it('never throws, and every packet is counted in one flow', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (packets, ceiling) => {
        const bench = new Bench({ ceiling });
        let accepted = 0;
        for (let i = 0; i < packets.length; i += 50) {
          const segments = segmentsOf(packets.slice(i, i + 50));
          bench.table.process(bench.nothing, segments);
          for (let row = 0; row < segments.count; row++) {
            const uncounted = SEGMENT.FRAGMENT_LATER | SEGMENT.BAD_CHECKSUM;
            if (segments.columns.slot[row]! >= 0 && (segments.columns.flags[row]! & uncounted) === 0) accepted++;
          }
          bench.table.drain(bench.flows, () => undefined);
        }
        const rows = bench.rows();
        const counted = rows.reduce((sum, r) => sum + r.origPkts + r.respPkts, 0);
        expect(counted).toBe(accepted);
        expect(rows).toHaveLength(bench.table.statistics.flows);
        expect(bench.table.statistics.active).toBe(0);
        for (const row of rows) {
          expect(row.missed).toBeGreaterThanOrEqual(0);
          expect(row.origBytes ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('one long connection of arbitrary segments neither throws nor loses count', () => {
    const segment = fc.record({
      side: fc.boolean(),
      flags: fc.constantFrom('A', 'PA', 'PA', 'PA', 'S', 'SA', 'F', 'R'),
      seq: fc.nat(3000),
      ack: fc.nat(3000),
      length: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 300 }), (list) => {
        const packets = list.map((s, i) => (s.side ? client : server)(i / 1000, s.flags, s.seq, s.ack, s.length));
        const rows = flowsOf([...HANDSHAKE, ...packets]);
        expect(rows.reduce((sum, r) => sum + r.origPkts + r.respPkts, 0)).toBe(list.length + 3);
      }),
      { numRuns: 100 },
    );
  });

  it('an empty batch is nothing', () => {
    const bench = new Bench();
    bench.table.process(bench.nothing, makeSegmentBatch(1));
    expect(bench.rows()).toEqual([]);
  });
});
