import { describe, expect, test } from 'vitest';
import { FLOW_EVENT } from '../../../src-main/meter/flows/types.ts';
import { PROTO, SEGMENT } from '../../../src-main/meter/packets/types.ts';
import type { DnsMessage } from '../../../src-main/meter/protocols/types.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../../src-main/meter/windows/types.ts';
import { Bench, type Event, type Packet } from './support.ts';

const SYN = 2;
const RST = 4;
const ACK = 16;
const T = 1_700_000_040;
const MINUTE = T - (T % 60);

function packets(count: number, of: (i: number) => Packet): Packet[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

describe('host windows', () => {
  test('count packets and bytes both ways, aligned to multiples of 60 s and 600 s', () => {
    const bench = new Bench();
    bench.feed([
      { sec: T, from: 1, to: 2, bytes: 100 },
      { sec: T + 1, from: 1, to: 2, bytes: 50 },
      { sec: T + 1, from: 2, to: 1, bytes: 1500 },
    ]);
    bench.finish();
    const row = bench.window(1, 60, MINUTE);
    const c = bench.windows.columns;
    expect([c.packetsOut[row], c.bytesOut[row], c.packetsIn[row], c.bytesIn[row]]).toEqual([2, 150, 1, 1500]);
    const long = bench.window(2, 600, T - (T % 600));
    expect([c.packetsOut[long], c.packetsIn[long]]).toEqual([1, 2]);
    expect(bench.windows.count).toBe(4);
  });

  test('count SYN, SYN+ACK, RST, ICMP, UDP and ARP by direction', () => {
    const bench = new Bench();
    bench.feed([
      { sec: T, from: 1, to: 2, tcpFlags: SYN },
      { sec: T, from: 2, to: 1, tcpFlags: SYN | ACK },
      { sec: T, from: 2, to: 1, tcpFlags: RST | ACK },
      { sec: T, from: 1, to: 2, proto: PROTO.UDP },
      { sec: T, from: 1, to: 2, proto: PROTO.ICMP, srcPort: 8, dstPort: 0 },
      { sec: T, from: 1, to: 3, proto: PROTO.ARP },
    ]);
    bench.finish();
    const c = bench.windows.columns;
    const one = bench.window(1, 60, MINUTE);
    expect([c.synOut[one], c.synAckIn[one], c.rstIn[one], c.udpOut[one], c.icmpOut[one], c.arpOut[one]]).toEqual([
      1, 1, 1, 1, 1, 1,
    ]);
    const two = bench.window(2, 60, MINUTE);
    expect([c.synIn[two], c.synAckOut[two], c.rstOut[two], c.icmpIn[two]]).toEqual([1, 1, 1, 1]);
    // Nobody sent host 3 a packet: it was only asked for.
    expect(bench.window(3, 60, MINUTE)).toBe(-1);
  });

  test('tell fan-out in hosts, services and ports, failures and new peers from flow events', () => {
    const bench = new Bench();
    const open = (to: number, port: number): Event => ({ kind: FLOW_EVENT.OPEN, sec: T, from: 1, to, port });
    bench.feed(
      [{ sec: T, from: 1, to: 2 }],
      [
        open(2, 80),
        open(2, 443),
        open(3, 80),
        open(3, 80),
        { kind: FLOW_EVENT.ANSWERED, sec: T, from: 1, to: 2, port: 80 },
        { kind: FLOW_EVENT.REFUSED, sec: T, from: 1, to: 3, port: 80 },
      ],
    );
    bench.feed(
      [{ sec: T + 60, from: 1, to: 2 }],
      [
        { ...open(2, 80), sec: T + 60 },
        { ...open(4, 80), sec: T + 60 },
      ],
    );
    bench.finish();
    const c = bench.windows.columns;
    const row = bench.window(1, 60, MINUTE);
    expect([
      c.flowsOut[row],
      c.failedOut[row],
      c.peersOut[row],
      c.servicesOut[row],
      c.portsOut[row],
      c.newPeers[row],
    ]).toEqual([4, 3, 2, 3, 2, 2]);
    expect(c.portEntropy[row]).toBeCloseTo(0.8113, 4);
    expect(c.peerEntropy[row]).toBeCloseTo(1, 6);
    const next = bench.window(1, 60, MINUTE + 60);
    expect([c.flowsOut[next], c.newPeers[next]]).toEqual([2, 1]);
    const target = bench.window(3, 60, MINUTE);
    expect([c.flowsIn[target], c.failedIn[target], c.peersIn[target], c.portsIn[target]]).toEqual([2, 2, 1, 1]);
  });

  test('estimate distinct peers beyond 256 within 15 percent', () => {
    const bench = new Bench();
    const events = Array.from({ length: 20_000 }, (_, i): Event => ({
      kind: FLOW_EVENT.OPEN,
      sec: T,
      from: 1,
      to: 10 + i,
    }));
    bench.feed([{ sec: T, from: 1, to: 10 }], events);
    bench.finish();
    const row = bench.window(1, 60, MINUTE);
    expect(bench.windows.columns.peersOut[row]!).toBeGreaterThan(17_000);
    expect(bench.windows.columns.peersOut[row]!).toBeLessThan(23_000);
    expect(bench.windows.columns.portsOut[row]).toBe(1);
  });

  test('count DNS questions, failures and different names of the asking host', () => {
    const bench = new Bench();
    const dns = (over: Partial<DnsMessage>): DnsMessage => ({
      kind: 'dns',
      variant: 'dns',
      sec: T,
      nano: 0,
      flow: 1,
      orig: bench.id(1),
      resp: bench.id(2),
      respPort: 53,
      fromOrig: true,
      response: false,
      id: 1,
      rcode: 0,
      qname: 'a.example',
      qtype: 1,
      addresses: [],
      names: [],
      answers: 0,
      size: 40,
      answerBytes: 0,
      authoritative: false,
      ttl: 0,
      ...over,
    });
    bench.feed(
      [{ sec: T, from: 1, to: 2 }],
      [],
      [dns({}), dns({ qname: 'b.example' }), dns({}), dns({ response: true, rcode: 3, fromOrig: false })],
    );
    bench.finish();
    const c = bench.windows.columns;
    const row = bench.window(1, 60, MINUTE);
    expect([c.dnsQueries[row], c.dnsFailures[row], c.dnsNames[row]]).toEqual([3, 1, 2]);
  });
});

describe('the clock', () => {
  test('closes a window as soon as packet time has passed its end', () => {
    const bench = new Bench();
    bench.feed([{ sec: T, from: 1, to: 2 }]);
    expect(bench.windows.count).toBe(0);
    bench.feed([{ sec: T + 61, from: 1, to: 2 }]);
    expect(bench.window(1, 60, MINUTE)).toBeGreaterThanOrEqual(0);
    expect(bench.window(1, 600, T - (T % 600))).toBe(-1);
  });

  test('takes packets up to two seconds late into the current second', () => {
    const bench = new Bench();
    bench.feed([
      { sec: MINUTE + 60, from: 1, to: 2 },
      { sec: MINUTE + 59, from: 1, to: 2 },
      { sec: MINUTE + 60, from: 1, to: 2 },
    ]);
    bench.finish();
    const row = bench.window(1, 60, MINUTE + 60);
    expect(bench.windows.columns.packetsOut[row]).toBe(3);
    expect(bench.window(1, 60, MINUTE)).toBe(-1);
  });

  test('survives one packet from the far future and goes on where it was', () => {
    const bench = new Bench();
    bench.feed([
      { sec: T, from: 1, to: 2 },
      { sec: T + 1e9, from: 1, to: 2 },
      { sec: T + 1, from: 1, to: 2 },
      { sec: T + 2, from: 1, to: 2 },
    ]);
    bench.finish();
    const c = bench.windows.columns;
    let total = 0;
    let now = 0;
    for (let i = 0; i < bench.windows.count; i++) {
      if (c.length[i] !== 60 || c.host[i] !== bench.id(1)) continue;
      total += c.packetsOut[i]!;
      if (c.start[i] === MINUTE) now += c.packetsOut[i]!;
    }
    expect(total).toBe(4);
    expect(now).toBe(3);
  });

  test('knows times before 1970', () => {
    const bench = new Bench();
    bench.feed([{ sec: -1, from: 1, to: 2 }]);
    bench.finish();
    expect(bench.window(1, 60, -60)).toBeGreaterThanOrEqual(0);
  });
});

describe('pulses', () => {
  test('are written for hosts at or above the floor only', () => {
    const bench = new Bench({ pulseFloor: 5 });
    bench.feed([...packets(5, () => ({ sec: T, from: 1, to: 2 })), ...packets(4, () => ({ sec: T, from: 3, to: 4 }))]);
    bench.finish();
    expect(bench.pulses.count).toBe(2);
    expect(bench.pulse(2, T)).toBeGreaterThanOrEqual(0);
    expect(bench.pulse(4, T)).toBe(-1);
  });

  test('tell senders, ports, the top sender and what kinds of packets came', () => {
    const bench = new Bench();
    bench.feed([
      ...packets(60, (i) => ({
        sec: T,
        from: 1,
        to: 9,
        proto: PROTO.UDP,
        srcPort: 53,
        dstPort: 1000 + i,
        bytes: 1000,
      })),
      ...packets(20, (i) => ({ sec: T, from: 10 + i, to: 9, tcpFlags: SYN })),
      ...packets(3, () => ({
        sec: T,
        from: 1,
        to: 9,
        proto: PROTO.UDP,
        srcPort: 53,
        flags: SEGMENT.FRAGMENT_LATER,
        bytes: 500,
      })),
    ]);
    bench.finish();
    const row = bench.pulse(9, T);
    const p = bench.pulses.columns;
    expect([p.packetsIn[row], p.synIn[row], p.udpIn[row], p.fragmentsIn[row], p.fragmentBytesIn[row]]).toEqual([
      83, 20, 63, 3, 1500,
    ]);
    expect(p.udpBytesIn[row]).toBe(61_500);
    expect([p.topSender[row], p.topSourcePort[row]]).toEqual([bench.id(1), 53]);
    expect(p.topSenderPackets[row]!).toBeGreaterThan(40);
    expect(Math.abs(p.sendersIn[row]! - 21)).toBeLessThanOrEqual(2);
    expect(Math.abs(p.targetPortsIn[row]! - 61)).toBeLessThanOrEqual(6);
  });

  test('count a few senders exactly', () => {
    const bench = new Bench({ pulseFloor: 1 });
    bench.feed(packets(6, (i) => ({ sec: T, from: 1 + (i % 3), to: 9, srcPort: 7 + (i % 2) })));
    bench.finish();
    const row = bench.pulse(9, T);
    expect([bench.pulses.columns.sendersIn[row], bench.pulses.columns.sourcePortsIn[row]]).toEqual([3, 2]);
  });
});

describe('floods', () => {
  test('turn hosts away beyond the ceiling, say so, and keep the victim', () => {
    const bench = new Bench({ ceiling: 1000 });
    for (let batch = 0; batch < 5; batch++) {
      bench.feed(packets(1000, (i) => ({ sec: T, from: 100 + batch * 1000 + i, to: 1, tcpFlags: SYN })));
    }
    bench.finish();
    const row = bench.pulse(1, T);
    expect(bench.pulses.columns.packetsIn[row]).toBe(5000);
    const senders = bench.pulses.columns.sendersIn[row]!;
    expect(senders).toBeGreaterThan(4000);
    expect(senders).toBeLessThan(6000);
    expect(bench.windows.count).toBeLessThanOrEqual(2000);
    expect(bench.stage.statistics.unwindowed).toBeGreaterThan(0);
  });

  test('append to what the batches already hold', () => {
    const bench = new Bench({ pulseFloor: 1 });
    bench.feed([{ sec: T, from: 1, to: 2 }]);
    bench.finish();
    const windows = bench.windows.count;
    bench.feed([{ sec: T + 1000, from: 1, to: 2 }]);
    bench.finish();
    expect(bench.windows.count).toBe(2 * windows);
    const empty = makeHostWindowBatch(1);
    bench.stage.drain(empty, makePulseBatch(1));
    expect(empty.count).toBe(0);
  });
});
