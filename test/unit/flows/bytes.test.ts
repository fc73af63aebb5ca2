import { describe, expect, it } from 'vitest';
import { PROTO, SEGMENT } from '../../../src-main/meter/packets/types.ts';
import { client, flowsOf, HANDSHAKE, server, type Packet } from './script.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';

describe('TCP bytes by sequence numbers', () => {
  it('SYN and FIN are not payload', () => {
    const rows = flowsOf([
      ...HANDSHAKE,
      client(1, 'PA', 1, 1, 100),
      server(1.1, 'PA', 1, 101, 2000),
      client(1.2, 'FA', 101, 2001),
      server(1.3, 'FA', 2001, 102),
    ]);
    expect(rows[0]).toMatchObject({ origBytes: 100, respBytes: 2000, state: 'SF', missed: 0 });
  });

  it('wrap around', () => {
    const near = 0xffffffff - 50;
    const row = flowsOf([
      client(0, 'S', 0, 0, 0, { seq: near }),
      server(0.1, 'SA', 0, 0, 0, { ack: near + 1 }),
      client(0.2, 'PA', 0, 1, 100, { seq: near + 1 }),
      client(0.3, 'PA', 0, 1, 100, { seq: near + 101 }),
      server(0.4, 'A', 1, 0, 0, { ack: near + 201 }),
    ])[0]!;
    expect(row).toMatchObject({ origBytes: 200, missed: 0, history: 'ShDa' });
  });

  it('more than 4 GiB, of which most was not captured', () => {
    const start = 3_914_442_133;
    const at = (seq: number): number => (start + seq) % 2 ** 32;
    const packets: Packet[] = [client(0, 'S'), server(0.1, 'SA', 0, 1, 0, { seq: start })];
    const pieces = [1, 400_000_000, 1_900_000_000, 3_400_000_000, 4_900_000_000];
    pieces.forEach((seq, i) => {
      packets.push(server(1 + i, 'PA', 0, 1, 1000, { seq: at(seq) }));
      packets.push(client(1.5 + i, 'A', 1, 0, 0, { ack: at(seq + 1000) }));
    });
    const row = flowsOf(packets)[0]!;
    expect(row.respBytes).toBe(4_900_000_999);
    expect(row.missed).toBe(row.respBytes! - 5 * 1000);
    expect(row.history).toBe('ShdAg');
  });

  it('a RST with a wild sequence number does not count', () => {
    const row = flowsOf([...HANDSHAKE, client(1, 'PA', 1, 1, 10), client(2, 'R', 500_000_000)])[0]!;
    expect(row).toMatchObject({ origBytes: 10, state: 'RSTO' });
  });

  it('midstream: counted from the first byte seen, nothing is called missed', () => {
    const rows = flowsOf([client(0, 'PA', 700, 900, 30), server(0.1, 'PA', 900, 730, 50), client(0.2, 'A', 730, 950)]);
    expect(rows[0]).toMatchObject({ origBytes: 30, respBytes: 50, missed: 0 });
  });

  it('a flow of one moment has no known bytes', () => {
    expect(flowsOf([client(0, 'S')])[0]).toMatchObject({
      origBytes: null,
      respBytes: null,
      origPkts: 1,
      origIpBytes: 40,
    });
  });

  it('packets are counted also when they repeat', () => {
    const rows = flowsOf([...HANDSHAKE, client(1, 'PA', 1, 1, 10), client(2, 'PA', 1, 1, 10)]);
    expect(rows[0]).toMatchObject({ origPkts: 4, origIpBytes: 180, origBytes: 10 });
  });
});

describe('datagrams', () => {
  it('UDP payload and IP bytes both ways', () => {
    const rows = flowsOf([
      { at: 0, src: A, dst: B, sport: 5000, dport: 6000, proto: PROTO.UDP, length: 10 },
      { at: 1, src: B, dst: A, sport: 6000, dport: 5000, proto: PROTO.UDP, length: 20 },
    ]);
    expect(rows).toEqual([
      expect.objectContaining({ origBytes: 10, respBytes: 20, origIpBytes: 38, respIpBytes: 48, duration: 1 }),
    ]);
  });

  it('a fragmented datagram is one packet with all its bytes', () => {
    const first: Packet = {
      at: 0,
      src: A,
      dst: B,
      sport: 5000,
      dport: 6000,
      proto: PROTO.UDP,
      length: 1472,
      bits: SEGMENT.FRAGMENT_FIRST,
    };
    const later: Packet = { ...first, at: 0.001, length: 520, ipLength: 540, bits: SEGMENT.FRAGMENT_LATER };
    const rows = flowsOf([first, later]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ origPkts: 1, origIpBytes: 2020, origBytes: 1992 });
  });

  it('the rest of a fragmented TCP segment belongs to its stream', () => {
    const first = client(1, 'PA', 1, 1, 1000, { bits: SEGMENT.FRAGMENT_FIRST });
    const later = client(1.01, '', 0, 0, 500, { bits: SEGMENT.FRAGMENT_LATER, ipLength: 520 });
    const rows = flowsOf([...HANDSHAKE, first, later, server(1.1, 'A', 1, 1501)]);
    expect(rows[0]).toMatchObject({ origPkts: 3, origBytes: 1500, missed: 0, history: 'ShADa' });
  });

  it('echo request and reply are one flow; an error is one of its own, one way', () => {
    const rows = flowsOf([
      { at: 0, src: A, dst: B, sport: 8, dport: 0, proto: PROTO.ICMP, length: 56 },
      { at: 0.1, src: B, dst: A, sport: 0, dport: 0, proto: PROTO.ICMP, length: 56 },
      { at: 0.2, src: B, dst: A, sport: 3, dport: 3, proto: PROTO.ICMP, length: 28 },
      { at: 0.3, src: A, dst: B, sport: 3, dport: 3, proto: PROTO.ICMP, length: 28 },
    ]);
    expect(rows.map((r) => [r.orig, r.resp, r.origPkts, r.respPkts])).toEqual([
      [`${A}:8`, `${B}:0`, 1, 1],
      [`${B}:3`, `${A}:3`, 1, 0],
      [`${A}:3`, `${B}:3`, 1, 0],
    ]);
    expect(rows[0]).toMatchObject({ origBytes: 56, respBytes: 56, history: '' });
  });

  it('neighbour solicitation and advertisement pair', () => {
    const rows = flowsOf([
      { at: 0, src: A, dst: B, sport: 135, dport: 0, proto: PROTO.ICMPV6, length: 24 },
      { at: 1, src: B, dst: A, sport: 136, dport: 0, proto: PROTO.ICMPV6, length: 24 },
    ]);
    expect(rows).toEqual([expect.objectContaining({ orig: `${A}:135`, resp: `${B}:136`, respPkts: 1 })]);
  });

  it('other protocols: one flow a pair of hosts, packets but no payload', () => {
    const rows = flowsOf([
      { at: 0, src: A, dst: B, proto: 89, length: 30, ipLength: 50 },
      { at: 1, src: B, dst: A, proto: 89, length: 30, ipLength: 50 },
    ]);
    expect(rows).toEqual([
      expect.objectContaining({ state: 'OTH', origPkts: 1, respPkts: 1, origBytes: 0, respIpBytes: 50 }),
    ]);
  });

  it('address resolution is no flow', () => expect(flowsOf([{ at: 0, src: A, dst: B, proto: PROTO.ARP }])).toEqual([]));
});
