import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { client, flowsOf, HANDSHAKE, server, type Packet } from './script.ts';

function only(packets: Packet[]): string {
  const rows = flowsOf(packets);
  expect(rows).toHaveLength(1);
  return `${rows[0]!.state} ${rows[0]!.history}`;
}

describe('conn_state', () => {
  it('S0: a SYN without an answer', () => expect(only([client(0, 'S'), client(1, 'S')])).toBe('S0 S'));
  it('S1: established, not ended', () => expect(only(HANDSHAKE)).toBe('S1 ShA'));
  it('SF: closed by both', () =>
    expect(only([...HANDSHAKE, client(1, 'FA', 1, 1), server(1.1, 'FA', 1, 2), client(1.2, 'A', 2, 2)])).toBe(
      'SF ShAFfA'.slice(0, -1),
    ));
  it('REJ: a SYN refused', () => expect(only([client(0, 'S'), server(0.1, 'RA', 0, 1)])).toBe('REJ Sr'));
  it('S2: only the originator closed', () =>
    expect(only([...HANDSHAKE, client(1, 'FA', 1, 1), server(1.1, 'A', 1, 2)])).toBe('S2 ShAFa'));
  it('S3: only the responder closed', () =>
    expect(only([...HANDSHAKE, server(1, 'FA', 1, 1), client(1.1, 'A', 1, 2)])).toBe('S3 ShAf'));
  it('RSTO: the originator reset it', () => expect(only([...HANDSHAKE, client(1, 'R', 1)])).toBe('RSTO ShAR'));
  it('RSTR: the responder reset it', () => expect(only([...HANDSHAKE, server(1, 'R', 1)])).toBe('RSTR ShAr'));
  it('RSTOS0: SYN, then RST, from the originator alone', () =>
    expect(only([client(0, 'S'), client(0.1, 'R', 1)])).toBe('RSTOS0 SR'));
  it('RSTRH: the responder reset what it had answered, no SYN seen', () =>
    expect(only([server(0, 'SA', 0, 1, 0, { sport: 80 }), server(0.1, 'R', 1, 0, 0, { sport: 80 })])).toBe(
      'RSTRH ^hr',
    ));
  it('SH: SYN, then FIN, never an answer', () => expect(only([client(0, 'S'), client(0.1, 'F', 1)])).toBe('SH SF'));
  it('SHR: SYN+ACK, then FIN, no SYN seen', () =>
    expect(only([server(0, 'SA', 0, 1, 0, { sport: 80 }), server(0.1, 'FA', 1, 1, 0, { sport: 80 })])).toBe('SHR ^hf'));
  it('OTH: midstream', () => expect(only([client(0, 'A', 1, 1, 10), server(0.1, 'A', 1, 11, 10)])).toBe('OTH Dd'));

  it('a FIN that follows a RST of the peer that had closed is an ordinary end', () => {
    const packets = [...HANDSHAKE, client(1, 'FA', 1, 1), client(1.1, 'R', 2), server(1.2, 'FA', 1, 2)];
    expect(only(packets)).toBe('SF ShAFRf');
  });

  it('UDP: S0, SF and SHR; ICMP is always OTH', () => {
    const ask: Packet = {
      at: 0,
      src: '10.0.0.1',
      dst: '10.0.0.2',
      sport: 4000,
      dport: 5000,
      proto: PROTO.UDP,
      length: 5,
    };
    const answer: Packet = {
      at: 1,
      src: '10.0.0.2',
      dst: '10.0.0.1',
      sport: 5000,
      dport: 4000,
      proto: PROTO.UDP,
      length: 7,
    };
    expect(only([ask])).toBe('S0 D');
    expect(only([ask, answer])).toBe('SF Dd');
    expect(only([{ ...answer, sport: 53 }])).toBe('SHR ^d');
    expect(only([{ ...ask, proto: PROTO.ICMP, sport: 8, dport: 0 }])).toBe('OTH ');
  });
});
