import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { Bench, client, flowsOf, HANDSHAKE, segmentsOf as batchOf, server, type Packet } from './script.ts';

function count(packets: Packet[]): number {
  return flowsOf(packets).length;
}

function udp(at: number, more: Partial<Packet> = {}): Packet {
  return { at, src: '10.0.0.1', dst: '10.0.0.2', sport: 5000, dport: 6000, proto: PROTO.UDP, length: 1, ...more };
}

describe('timeouts', () => {
  it('UDP, ICMP and others: 60 s of silence', () => {
    for (const proto of [PROTO.UDP, PROTO.ICMP, 89]) {
      expect(count([udp(0, { proto }), udp(59.999, { proto })])).toBe(1);
      expect(count([udp(0, { proto }), udp(60, { proto })])).toBe(2);
    }
  });

  it('name lookups: looked at every 10 s, over after 9 s of silence', () => {
    const dns = { dport: 53 };
    expect(count([udp(0, dns), udp(9.5, dns)])).toBe(1);
    expect(count([udp(0, dns), udp(10, dns)])).toBe(2);
    expect(count([udp(0, dns), udp(2, dns), udp(19, dns)])).toBe(1);
    expect(count([udp(0, dns), udp(2, dns), udp(20, dns)])).toBe(2);
  });

  it('TCP: 5 min once established, an hour for services that people sit at', () => {
    const later = (at: number, more: Partial<Packet> = {}): Packet => client(at, 'PA', 1, 1, 1, more);
    expect(count([...HANDSHAKE, later(300.1)])).toBe(1);
    expect(count([...HANDSHAKE, later(300.2)])).toBe(2);
    const ssh = HANDSHAKE.map((p) => (p.sport === 9999 ? { ...p, sport: 22 } : { ...p, dport: 22 }));
    expect(count([...ssh, later(3600.1, { dport: 22 })])).toBe(1);
    expect(count([...ssh, later(3600.2, { dport: 22 })])).toBe(2);
  });

  it('an unanswered SYN is over after 5 s, whatever else the originator sends', () => {
    expect(count([client(0, 'S'), client(1, 'S'), client(4.9, 'S')])).toBe(1);
    expect(count([client(0, 'S'), client(1, 'S'), client(5, 'S')])).toBe(2);
  });

  it('a closed connection takes late packets for 5 s, then they are a new flow', () => {
    const closed = [...HANDSHAKE, client(1, 'FA', 1, 1), server(1.1, 'FA', 1, 2)];
    expect(count([...closed, client(6, 'A', 2, 2)])).toBe(1);
    expect(count([...closed, client(6.2, 'A', 2, 2)])).toBe(2);
  });

  it('a reset connection too', () => {
    expect(count([...HANDSHAKE, server(1, 'R', 1), client(5.9, 'A', 1, 1)])).toBe(1);
    expect(count([...HANDSHAKE, server(1, 'R', 1), client(6, 'A', 1, 1)])).toBe(2);
  });

  it('a half-closed connection waits for its other half', () => {
    expect(count([...HANDSHAKE, client(1, 'FA', 1, 1), server(200, 'PA', 1, 2, 5)])).toBe(1);
  });

  it('can be told otherwise', () => {
    expect(flowsOf([udp(0), udp(3)], { timeouts: { udpInactivity: 2 } })).toHaveLength(2);
  });

  it('idle flows are written while others go on', () => {
    const bench = new Bench();
    bench.feed(udp(0));
    for (let at = 1; at < 70; at++) bench.feed(udp(at, { src: '10.0.0.9' }));
    expect(bench.flows.count).toBe(1);
    expect(bench.table.statistics.active).toBe(1);
  });
});

describe('reuse of the same ports', () => {
  it('a SYN after the close begins a new flow at once', () => {
    const closed = [...HANDSHAKE, client(1, 'FA', 1, 1), server(1.1, 'FA', 1, 2)];
    expect(flowsOf([...closed, client(1.2, 'S', 9000)]).map((r) => r.state)).toEqual(['SF', 'S0']);
  });

  it('a SYN with another number while it lives does so too, a repeated one does not', () => {
    expect(count([...HANDSHAKE, client(1, 'S', 77)])).toBe(2);
    expect(count([...HANDSHAKE, client(1, 'S')])).toBe(1);
  });

  it('both slots stay readable until the drain', () => {
    const bench = new Bench();
    const finished: number[] = [];
    bench.table.process(bench.nothing, batchOf([...HANDSHAKE, client(1, 'R', 1), client(1.1, 'S', 777)]));
    expect(bench.table.statistics.active).toBe(1);
    bench.table.drain(bench.flows, (slot) => {
      finished.push(bench.table.live.origPkts[slot]!);
      return { service: 'x', app: '', facts: {} };
    });
    expect(finished).toEqual([3]);
    expect(bench.flows.meta[0]!.service).toBe('x');
    expect(bench.flows.columns.origPkts[0]).toBe(3);
  });
});

describe('the clock', () => {
  it('one packet from the far future ends nothing', () => {
    const bench = new Bench();
    bench.feed(udp(0), udp(1e9, { src: '10.0.0.8' }), udp(1));
    expect(bench.flows.count).toBe(0);
    expect(bench.rows().map((r) => r.origPkts)).toEqual([2, 1]);
  });

  it('a clock that was set back goes on from there', () => {
    const bench = new Bench();
    bench.feed(udp(10_000));
    for (let at = 0; at < 300; at++) bench.feed(udp(at, { src: `10.0.1.${at % 250}`, sport: 1000 + at }));
    expect(bench.flows.count).toBeGreaterThan(150);
    expect(bench.rows()).toHaveLength(301);
  });

  it('packets out of order belong to their flow', () => {
    expect(flowsOf([udp(10), udp(9), udp(11)])[0]).toMatchObject({ origPkts: 3 });
  });
});
