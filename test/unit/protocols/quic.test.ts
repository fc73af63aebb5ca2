import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Account } from '../../../src-main/meter/protocols/account.ts';
import {
  CryptoStream,
  initialKeys,
  longHeader,
  openInitial,
  type InitialKeys,
} from '../../../src-main/meter/protocols/inspectors/quic-initial.ts';
import { be16, be24, be32, bytes, hexBytes, inspect, join, udp } from './wire.ts';

const ID = hexBytes('8394c8f03e515708');
const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');

const varint = (value: number): number[] => [0x40 | (value >>> 8), value & 255];

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

const crypto = (offset: number, data: Uint8Array): Uint8Array => join([6], varint(offset), varint(data.length), data);

/** Protects the frames as a client does (RFC 9001 section 5). */
function initial(version: number, keys: InitialKeys, id: Uint8Array, number: number, frames: Uint8Array): Uint8Array {
  const type = version === 1 ? 0 : 1;
  const plain = join(frames, new Uint8Array(Math.max(0, 1162 - frames.length)));
  const header = join(
    [0xc3 | (type << 4)],
    be32(version),
    [id.length],
    id,
    [0],
    [0],
    varint(4 + plain.length + 16),
    be32(number),
  );
  const nonce = Uint8Array.from(keys.iv);
  be32(number).forEach((byte, i) => (nonce[8 + i]! ^= byte));
  const gcm = createCipheriv('aes-128-gcm', keys.key, nonce);
  gcm.setAAD(header);
  const sealed = join(gcm.update(plain), gcm.final(), gcm.getAuthTag());
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sealed.subarray(0, 16));
  header[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < 4; i++) header[header.length - 4 + i]! ^= mask[1 + i]!;
  return join(header, sealed);
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

  it('keeps no more of a handshake than its bound', () => {
    const stream = new CryptoStream();
    stream.add(new Account(), CryptoStream.LIMIT, new Uint8Array(10), 0, 10);
    stream.add(new Account(), 0, Uint8Array.from([1, 0xff, 0xff, 0xff]), 0, 4);
    expect(stream.message()).toBeNull();
  });
});
