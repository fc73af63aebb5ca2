import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Account } from '../../../src-main/meter/protocols/account.ts';
import { Budget } from '../../../src-main/meter/streams/budget.ts';
import { CryptoStream } from '../../../src-main/meter/protocols/inspectors/quic-crypto.ts';
import { initialKeys, longHeader, openInitial } from '../../../src-main/meter/protocols/inspectors/quic-initial.ts';
import { crypto, initial, varint } from './quic-packets.ts';
import { be16, be24, be32, bytes, hexBytes, inspect, join, udp } from './wire.ts';

const ID = hexBytes('8394c8f03e515708');
const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** A ClientHello of TLS 1.3 with a name and an application protocol. */
function clientHello(name: string): Uint8Array {
  const sni = join([0], be16(name.length), bytes(name));
  const server = join(be16(0), be16(sni.length + 2), be16(sni.length), sni);
  const alpn = join(be16(16), be16(5), be16(3), [2], bytes('h3'));
  const versions = join(be16(43), be16(3), [2], be16(0x0304));
  const extensions = join(server, alpn, versions);
  const body = join(
    be16(0x0303),
    new Uint8Array(32),
    [0],
    be16(2),
    be16(0x1301),
    [1, 0],
    be16(extensions.length),
    extensions,
  );
  return join([1], be24(body.length), body);
}

describe("QUIC's Initial keys", () => {
  it('are those of the example in RFC 9001, appendix A.1', () => {
    const keys = initialKeys(1, ID)!;
    expect(hexOf(keys.key)).toBe('1f369613dd76d5467730efcbe3b1a22d');
    expect(hexOf(keys.iv)).toBe('fa044b2f42a3fd3b46fb255c');
    expect(hexOf(keys.hp)).toBe('9f50449e04a0e810283a1e9933adedd2');
  });

  it('are those of the example in RFC 9369, appendix A.1', () => {
    const keys = initialKeys(0x6b3343cf, ID)!;
    expect(hexOf(keys.key)).toBe('8b1a0bc121284290a29e0971b5cd045d');
    expect(hexOf(keys.iv)).toBe('91f73e2351d8fa91660e909f');
    expect(hexOf(keys.hp)).toBe('45b95e15235d6f45a6b19cbcb0294ba9');
  });

  it('are not known for a version that nobody described', () => {
    expect(initialKeys(0x1a2a3a4a, ID)).toBeNull();
  });
});

describe('QUIC', () => {
  it.each([1, 0x6b3343cf])('shows the name and the fingerprint of version %i', (version) => {
    const packet = initial(version, initialKeys(version, ID)!, ID, 0, crypto(0, clientHello('video.example')));
    const { meta, wire } = inspect(udp(443), (f) => f.client(packet));
    expect(meta).toMatchObject({ service: 'quic,ssl', app: 'QUIC' });
    expect(meta?.facts).toMatchObject({
      'tls.sni': 'video.example',
      'tls.alpn.offered': 'h3',
      'tls.version.offered': 'TLSv1.3',
    });
    expect(meta?.facts['tls.ja4']).toMatch(/^q13d0103h3_/);
    expect(wire.of('tls')).toMatchObject([{ what: 'client-hello', sni: 'video.example' }]);
  });

  it('puts a hello together from several packets in any order', () => {
    const hello = clientHello('www.googlevideo.com');
    const keys = initialKeys(1, ID)!;
    const parts = [
      crypto(40, hello.subarray(40)),
      join([1], crypto(0, hello.subarray(0, 20)), crypto(20, hello.subarray(20, 40))),
    ];
    const { meta } = inspect(udp(443), (f) => parts.forEach((part, i) => f.client(initial(1, keys, ID, i, part))));
    expect(meta?.facts).toMatchObject({ 'tls.sni': 'www.googlevideo.com', service: 'YouTube' });
  });

  it('takes the id of a Retry for new keys', () => {
    const other = hexBytes('0102030405060708');
    const hello = clientHello('retry.example');
    const { meta } = inspect(udp(443), (f) =>
      f
        .client(initial(1, initialKeys(1, ID)!, ID, 0, crypto(0, hello.subarray(0, 10))))
        .client(initial(1, initialKeys(1, other)!, other, 1, crypto(0, hello))),
    );
    expect(meta?.facts['tls.sni']).toBe('retry.example');
  });

  it('does not open a packet with a byte changed', () => {
    const keys = initialKeys(1, ID)!;
    const packet = initial(1, keys, ID, 0, crypto(0, clientHello('a.example')));
    packet[600]! ^= 1;
    expect(openInitial(packet, 0, longHeader(packet, 0, packet.length)!, keys)).toBeNull();
    expect(inspect(udp(443), (f) => f.client(packet)).meta).toMatchObject({ service: 'quic', app: 'QUIC' });
  });
});

const KEYS = initialKeys(1, ID)!;
const HELLO = clientHello('hidden.example');
const PING = Uint8Array.of(1);

/** Packets of one client, with frames each. */
const sent = (...frames: Uint8Array[]): Uint8Array[] => frames.map((one, i) => initial(1, KEYS, ID, i, one));
/** The first packet of a handshake with an id of its own. */
const other = (i: number, frames: Uint8Array, size?: number): Uint8Array => {
  const id = Uint8Array.of(9, 9, 9, 9, 9, 9, i >>> 8, i);
  return initial(1, initialKeys(1, id)!, id, 0, frames, size);
};
/** One that no key opens. */
const junk = (i: number): Uint8Array => {
  const packet = other(i, crypto(0, HELLO));
  packet[700]! ^= 1;
  return packet;
};
const letters = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, i) => crypto(from + i, HELLO.subarray(from + i, from + i + 1)));
const read = (packets: Uint8Array[]) => {
  const { meta, wire } = inspect(udp(443), (f) => packets.forEach((packet) => f.client(packet)));
  return { name: meta?.facts['tls.sni'], odd: wire.of('weird').map((m) => m.name) };
};
const shown = { name: 'hidden.example', odd: [] };

describe('the name in a QUIC hello', () => {
  it.each<[string, Uint8Array[]]>([
    ['packets that nobody can open', [...Array.from({ length: 40 }, (_, i) => junk(i)), ...sent(crypto(0, HELLO))]],
    [
      'forty pieces of a byte, the last first',
      sent(join(...letters(0, 40).toReversed(), crypto(40, HELLO.subarray(40)))),
    ],
    ['every byte in a piece and packet of its own', sent(...letters(0, HELLO.length).toReversed())],
    [
      'one piece seventy times',
      sent(join(...Array.from({ length: 70 }, () => join(letters(0, 1)[0]!, PING)), crypto(0, HELLO))),
    ],
    ['packets with nothing but PING', sent(...Array.from({ length: 30 }, () => PING), crypto(0, HELLO))],
    [
      'packets with nothing but padding',
      sent(...Array.from({ length: 30 }, () => new Uint8Array(1)), crypto(0, HELLO)),
    ],
    [
      'an acknowledgement of a thousand ranges',
      sent(join([2, 1, 0], varint(1000), new Uint8Array(2001), crypto(0, HELLO))),
    ],
    ['another handshake begun', [other(1, crypto(0, HELLO.slice(0, 30).fill(7))), ...sent(crypto(0, HELLO))]],
    [
      'a handshake whose first message is no hello',
      [other(1, crypto(0, Uint8Array.of(2, 0, 0, 0))), ...sent(crypto(0, HELLO))],
    ],
    ['six packets in a datagram', [join(...Array.from({ length: 5 }, (_, i) => junk(i)), ...sent(crypto(0, HELLO)))]],
  ])('is read behind %s', (_name, packets) => {
    expect(read(packets)).toEqual(shown);
  });

  it('is read where the server chose another id between its halves, and another handshake began with that id', () => {
    const chosen = Uint8Array.of(5, 5, 5, 5, 5, 5, 5, 5);
    const half = HELLO.length >>> 1;
    const begin = initial(1, KEYS, ID, 0, crypto(0, HELLO.subarray(0, half)));
    const begun = initial(1, initialKeys(1, chosen)!, chosen, 0, PING);
    const rest = initial(1, KEYS, chosen, 1, crypto(half, HELLO.subarray(half)));
    expect(read([begin, begun, rest])).toEqual(shown);
  });

  it('is the one that came first, and another copy is reported', () => {
    const wrong = Uint8Array.from(HELLO).fill(0x58, 0, 50);
    expect(
      read(
        sent(join(crypto(0, HELLO.subarray(0, 50)), crypto(0, wrong.subarray(0, 50)), crypto(50, HELLO.subarray(50)))),
      ),
    ).toEqual({
      name: 'hidden.example',
      odd: ['quic-crypto-differs'],
    });
  });

  it('is hidden behind more handshakes than any client begins, which is reported', () => {
    const half = HELLO.length >>> 1;
    const begun = Array.from({ length: 4 }, (_, i) => other(i, crypto(0, HELLO.subarray(0, 4))));
    const [first, second] = sent(crypto(0, HELLO.subarray(0, half)), crypto(half, HELLO.subarray(half)));
    expect(read([first!, ...begun.slice(1), second!])).toEqual(shown);
    expect(read([first!, ...begun.slice(1), sent(PING)[0]!, begun[0]!, second!])).toEqual({
      name: 'hidden.example',
      odd: ['quic-initial-excess'],
    });
    expect(read([first!, ...begun, second!])).toEqual({ name: undefined, odd: ['quic-initial-excess'] });
  });

  it('is hidden behind more small packets than any client sends, which is reported', () => {
    const small = (count: number): Uint8Array[] =>
      Array.from({ length: count }, (_, i) => other(i, PING, 40).fill(0, 40));
    const [hello] = [initial(1, KEYS, ID, 0, crypto(0, HELLO), 0)];
    expect(read([...small(63), hello!])).toEqual(shown);
    expect(read([...small(64), hello!])).toEqual({ name: undefined, odd: ['quic-initial-excess'] });
    expect(read([...small(65), ...sent(crypto(0, HELLO))]).name).toBe('hidden.example');
  });

  it('is not looked for long once the server has gone on', () => {
    const handshake = join([0xe0], be32(1), [0, 0], varint(60), new Uint8Array(60));
    const late = (count: number): string | undefined =>
      inspect(udp(443), (f) => {
        f.client(PING_ONLY).server(handshake);
        for (let i = 1; i < count; i++) f.server(Uint8Array.of(0x40, ...new Uint8Array(40)));
        for (const packet of sent(crypto(0, HELLO))) f.client(packet);
      }).meta?.facts['tls.sni'];
    expect(late(15)).toBe('hidden.example');
    expect(late(16)).toBeUndefined();
  });
});

const PING_ONLY = sent(PING)[0]!;

describe('the bytes of a handshake', () => {
  it('beyond the bound are passed over', () => {
    const stream = new CryptoStream();
    stream.open();
    expect(stream.add(CryptoStream.LIMIT, new Uint8Array(10), 0, 10)).toBe(true);
    expect(stream.add(0, Uint8Array.from([1, 0xff, 0xff, 0xff]), 0, 4)).toBe(true);
    expect(stream.message()).toBeNull();
  });

  it('are the first copies, whatever comes in whichever packets, and take no more than 40 KiB', () => {
    const piece = fc.record({ offset: fc.nat(17_000), length: fc.nat(4000), wrong: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 12 }), (packets) => {
        const budget = new Budget(1 << 20);
        const account = new Account();
        account.open(budget);
        const streams = [new CryptoStream(), new CryptoStream()];
        const firsts = [new Map<number, number>(), new Map<number, number>()];
        // A hello's type and length come last, so that all of it is there when it is told.
        packets.push([{ offset: 0, length: CryptoStream.LIMIT, wrong: false }]);
        packets.forEach((pieces, k) => {
          const which = k === packets.length - 1 ? 0 : k & 1;
          const [stream, first] = [streams[which]!, firsts[which]!];
          stream.open();
          for (const { offset, length, wrong } of pieces) {
            const data = Uint8Array.from({ length }, (_, i) => (wrong ? 0 : 1 + ((offset + i) % 250)));
            let same = true;
            data.forEach((byte, i) => {
              if (offset + i >= CryptoStream.LIMIT) return;
              if (!first.has(offset + i)) first.set(offset + i, byte);
              else if (first.get(offset + i) !== byte) same = false;
            });
            expect(stream.add(offset, data, 0, length)).toBe(same);
          }
          expect(stream.close(account)).toBe(true);
          expect(budget.used).toBeLessThanOrEqual(2 * 41 * 1024);
        });
        streams[0]!.open();
        const whole = Uint8Array.from({ length: CryptoStream.LIMIT }, (_, i) => firsts[0]!.get(i)!);
        expect(streams[0]!.add(0, whole, 0, whole.length)).toBe(true);
        account.close();
        expect(budget.used).toBe(0);
      }),
      { numRuns: 40, seed: 31 },
    );
  });
});
