import { describe, expect, it } from 'vitest';
import { PROTO, SEGMENT } from '../../../src-main/meter/packets/types.ts';
import { client, flowsOf, HANDSHAKE, server, type Packet } from './script.ts';

function history(packets: Packet[]): string {
  return flowsOf(packets)[0]!.history;
}

describe('history', () => {
  it('writes data and acknowledgements once for each side', () => {
    const packets = [
      ...HANDSHAKE,
      client(1, 'PA', 1, 1, 10),
      client(1.1, 'PA', 11, 1, 10),
      server(1.2, 'A', 1, 21),
      server(1.3, 'PA', 1, 21, 5),
      client(1.4, 'A', 21, 6),
    ];
    expect(history(packets)).toBe('ShADad');
  });

  it('repeats a SYN only when its sequence number differs', () => {
    expect(history([client(0, 'S'), client(1, 'S')])).toBe('S');
    expect(flowsOf([client(0, 'S'), client(1, 'S', 7)]).map((row) => row.history)).toEqual(['S', 'S']);
  });

  it('T: retransmitted payload, at 1, 10 and 100', () => {
    const repeat = (count: number): Packet[] => [
      ...HANDSHAKE,
      ...Array.from({ length: count + 1 }, (_, i) => client(1 + i / 100, 'PA', 1, 1, 10)),
    ];
    expect(history(repeat(1))).toBe('ShADT');
    expect(history(repeat(9))).toBe('ShADT');
    expect(history(repeat(10))).toBe('ShADTT');
    expect(history(repeat(100))).toBe('ShADTTT');
  });

  it('w: a zero window, but not with a RST', () => {
    expect(history([...HANDSHAKE, server(1, 'A', 1, 1, 0, { window: 0 })])).toBe('ShAaw');
    expect(history([...HANDSHAKE, server(1, 'R', 1, 1, 0, { window: 0 })])).toBe('ShAr');
  });

  it('g: the peer acknowledged what was not captured', () => {
    const rows = flowsOf([...HANDSHAKE, server(1, 'PA', 101, 1, 10), client(1.1, 'A', 1, 111)]);
    expect(rows[0]).toMatchObject({ history: 'ShAdg', missed: 100, respBytes: 110 });
  });

  it('a hole that is filled before the acknowledgement is no gap', () => {
    const rows = flowsOf([
      ...HANDSHAKE,
      server(1, 'PA', 101, 1, 10),
      server(1.1, 'PA', 1, 1, 100),
      client(1.2, 'A', 1, 111),
    ]);
    // The bytes came late: by sequence numbers that is a retransmission.
    expect(rows[0]).toMatchObject({ history: 'ShAdt', missed: 0 });
  });

  it('payload cut off by the capture counts as missed', () => {
    const rows = flowsOf([...HANDSHAKE, server(1, 'PA', 1, 1, 50, { captured: 10 }), client(1.1, 'A', 1, 51)]);
    expect(rows[0]).toMatchObject({ history: 'ShAdg', missed: 50, respBytes: 50 });
  });

  it('I and Q: flags that do not go together', () => {
    expect(history([...HANDSHAKE, client(1, 'FR', 1)])).toBe('ShAI');
    expect(history([client(0, 'SF')])).toBe('Q');
    expect(history([client(0, 'SR')])).toBe('Q');
  });

  it('c: a wrong checksum is a letter and no packet', () => {
    const damaged = { bits: SEGMENT.BAD_CHECKSUM };
    const rows = flowsOf([...HANDSHAKE, server(1, 'PA', 1, 1, 10, damaged), server(2, 'PA', 1, 1, 10, damaged)]);
    expect(rows[0]).toMatchObject({ history: 'ShAc', respPkts: 1, origPkts: 2 });
    const udp: Packet = { at: 0, src: '10.0.0.1', dst: '10.0.0.2', sport: 1, dport: 2, proto: PROTO.UDP, ...damaged };
    expect(flowsOf([udp])[0]).toMatchObject({ history: 'C', origPkts: 0 });
  });

  it('^: turned round by its ports, or by what follows a lone SYN+ACK', () => {
    expect(flowsOf([server(0, 'A', 1, 1, 5, { sport: 443 })])[0]).toMatchObject({
      history: '^d',
      orig: '10.0.0.1:40000',
    });
    const late = flowsOf([server(0, 'SA', 0, 1), client(0.1, 'A', 1, 1), client(0.2, 'PA', 1, 1, 9)]);
    expect(late).toEqual([
      expect.objectContaining({ history: '^hAD', orig: '10.0.0.1:40000', origPkts: 2, respPkts: 1 }),
    ]);
    const oneSided = flowsOf([server(0, 'SA', 0, 1), server(0.1, 'A', 1, 1), server(0.2, 'FA', 1, 1)]);
    expect(oneSided[0]).toMatchObject({ history: '^haf', state: 'SHR', origPkts: 0, respPkts: 3 });
    // A scan with SYN+ACK packets is answered by RST, and stays as it came.
    expect(flowsOf([server(0, 'SA', 0, 1), client(0.1, 'R', 1)])[0]).toMatchObject({
      history: 'Hr',
      orig: '10.0.0.2:9999',
    });
  });

  it('with servers on both ends the lower port is the server', () => {
    const row = flowsOf([server(0, 'A', 1, 1, 5, { sport: 80, dport: 8080 })])[0]!;
    expect(row.resp).toBe('10.0.0.2:80');
  });

  it('nobody asks from the broadcast address', () => {
    const offer: Packet = {
      at: 0,
      src: '10.0.0.2',
      dst: '255.255.255.255',
      sport: 67,
      dport: 68,
      proto: PROTO.UDP,
      length: 300,
    };
    expect(flowsOf([offer])[0]).toMatchObject({ orig: '10.0.0.2:67', history: 'D' });
  });
});
