/** Forms of protocols that are met less often: one direction only, old versions, no more than a refusal. */
import { describe, expect, it } from 'vitest';
import { be16, be32, bytes, hexBytes, inspect, join, le16, le32, tcp, udp, type FlowOptions } from './wire.ts';

const zeros = (n: number): Uint8Array => new Uint8Array(n);
const mixed = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 73 + 41) & 255);
const client = (options: FlowOptions, payload: Uint8Array | string): string | undefined =>
  inspect(options, (f) => f.client(payload)).meta?.app;
const server = (options: FlowOptions, payload: Uint8Array | string): string | undefined =>
  inspect(options, (f) => f.server(payload)).meta?.app;

describe('NetBIOS sessions', () => {
  const names = join([32], bytes('CA'.repeat(16)), [0, 32], bytes('CA'.repeat(16)), [0]);
  const request = join([0x81, 0], be16(68), names);
  const negotiate = join(be32(60), hexBytes('ff534d4272'), zeros(55));

  it('are known by the request alone, and by what refuses it', () => {
    expect(client(tcp(139), request)).toBe('NetBIOS');
    expect(server(tcp(139), hexBytes('8300000182'))).toBe('NetBIOS');
    expect(client(tcp(9000), request)).toBeUndefined();
  });

  it('carry SMB, whoever was captured', () => {
    const both = inspect(tcp(139), (f) => f.client(request).server(hexBytes('82000000')).client(negotiate));
    expect(both.meta).toMatchObject({ service: 'smb', app: 'NetBIOS.SMBv1' });
    const one = inspect(tcp(139), (f) => f.client(join(request, negotiate)));
    expect(one.meta).toMatchObject({ service: 'smb', app: 'NetBIOS.SMBv1' });
  });
});

describe('SIP', () => {
  it.each([
    ['empty lines before a request', '\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n'],
    ['an emergency call', 'INVITE urn:service:sos SIP/2.0\r\n'],
    ['a scheme in capitals', 'OPTIONS SIP:a@b SIP/2.0\r\n'],
  ])('%s', (_, text) => expect(client(udp(9000), text)).toBe('SIP'));

  it('is kept open by a greeting, on its port', () => {
    expect(client(udp(5060), 'hello')).toBe('SIP');
    expect(client(udp(9000), 'hello')).toBeUndefined();
  });

  it('is not any line with such a word', () => {
    expect(client(udp(9000), 'INFO of another kind\r\n')).toBeUndefined();
  });
});

describe('QUIC of Google’s first versions', () => {
  const packet = (flags: number, version: string): Uint8Array =>
    join([flags], mixed(8), bytes(version), [1], mixed(12), mixed(400));
  it('has connection numbers of eight bytes under two flags', () => {
    expect(client(udp(443), packet(0x0d, 'Q025'))).toBe('QUIC');
    expect(client(udp(443), packet(0x09, 'Q043'))).toBe('QUIC');
    expect(client(udp(443), packet(0x08, 'Q043'))).toBeUndefined();
  });
});

describe('STUN', () => {
  const request = join(be16(1), be16(0), be32(0x2112a442), mixed(12));
  it.each([
    ['in Microsoft’s frame', join(be16(0xff10), be16(28), mixed(8), request)],
    ['of WhatsApp', join(be16(0x0800), be16(8), be32(0x2112a442), mixed(12), mixed(8))],
    [
      'of WhatsApp, of an odd length',
      join(be16(3), be16(6), be32(0x2112a442), mixed(12), be16(0x4000), be16(2), [1, 2]),
    ],
    ['before the cookie, for a relay', join(be16(3), be16(8), mixed(16), be16(0x0f), be16(4), be32(0x72c64bc6))],
  ])('%s', (_, message) => expect(client(udp(3478), message)).toBe('STUN'));

  it('is no frame whose length is another', () => {
    expect(client(udp(3478), join(be16(0xff10), be16(29), mixed(8), request))).toBeUndefined();
  });
});

describe('databases met on one side', () => {
  const login = (length: number): Uint8Array =>
    join(le16(length), [0, 1], le32(0x0000a685), le32(1 << 24), [33], zeros(23), bytes('root\0'), [0]);

  it('MySQL, by the client’s answer or the server’s refusal', () => {
    expect(client(tcp(9000), login(38))).toBe('MySQL');
    expect(client(tcp(9000), login(39))).toBeUndefined();
    const refusal = bytes("Host '10.0.0.9' is not allowed to connect");
    expect(server(tcp(9000), join(le16(refusal.length + 3), [0, 0, 0xff], le16(1130), refusal))).toBe('MySQL');
    expect(server(tcp(9000), join(le16(refusal.length + 3), [0, 0, 0xff], le16(7), refusal))).toBeUndefined();
  });

  it('PostgreSQL, by what the server asks for', () => {
    expect(server(tcp(9000), join(bytes('R'), be32(12), be32(5), mixed(4)))).toBe('PostgreSQL');
    expect(server(tcp(9000), join(bytes('R'), be32(12), be32(0x100), mixed(4)))).toBeUndefined();
  });

  it('Oracle, by packets with the long length', () => {
    expect(client(tcp(1521), join(be32(32), [6, 0], be16(0), mixed(24)))).toBe('Oracle');
    expect(client(tcp(9000), join(be32(32), [6, 0], be16(0), mixed(24)))).toBeUndefined();
  });
});

describe('TLS', () => {
  it('is SSL 2 by the server’s hello', () => {
    const hello = (certificate: number): Uint8Array =>
      join(be16(0x8000 | 40), [4, 0, 1], be16(2), be16(certificate), be16(3), be16(16), zeros(29));
    expect(server(tcp(443), hello(10))).toBe('TLS');
    expect(server(tcp(443), hello(11))).toBeUndefined();
  });
});

describe('TFTP’s transfers', () => {
  const block = (n: number): Uint8Array => join(be16(3), be16(n), mixed(100));
  const ack = (n: number): Uint8Array => join(be16(4), be16(n));
  const named = (...said: [boolean, Uint8Array][]): string | undefined =>
    inspect(udp(40000, 50000), (f) => {
      for (const [orig, payload] of said) void (orig ? f.client(payload) : f.server(payload));
      return f;
    }).meta?.app;

  it('are named once a block is acknowledged, or follows another', () => {
    expect(named([true, block(1)], [false, ack(1)])).toBe('TFTP');
    expect(named([true, ack(0)], [false, block(1)])).toBe('TFTP');
    expect(named([true, block(1)], [true, block(2)])).toBe('TFTP');
    expect(named([true, block(1)], [false, ack(7)])).toBeUndefined();
    expect(named([true, block(1)])).toBeUndefined();
  });

  it('are known by agreed options', () => {
    expect(named([true, bytes('\0\x06blksize\x001428\0')])).toBe('TFTP');
    expect(named([true, bytes('\0\x06nonsense\x001428\0')])).toBeUndefined();
  });
});

describe('what has a mark only with the answer', () => {
  it('Epic’s games', () => {
    const greeting = join(be32(0x17000000), mixed(6), zeros(24), mixed(4));
    const named = (answer: number): string | undefined =>
      inspect(udp(9000), (f) => f.client(greeting).server(join(be32(answer), mixed(30)))).meta?.app;
    expect(named(0x17000008)).toBe('EpicGames');
    expect(named(0x17000009)).toBeUndefined();
  });

  it('Wild Rift’s server', () => {
    const named = (first: Uint8Array, answer: number): string | undefined =>
      inspect(udp(9000), (f) => f.client(first).server(join(be32(0x10000000), zeros(answer - 4)))).meta?.app;
    expect(named(join(be32(0x04000000), mixed(65)), 359)).toBe('LoLWildRift');
    expect(named(join(be32(0x04000000), mixed(65)), 358)).toBeUndefined();
  });
});

describe('what only looks like one of those without a specification', () => {
  it.each([
    ['HP_VIRTGRP, and is TLS', tcp(9000), join([0x16], be16(0x0303), [0], zeros(767))],
    ['LineCall', udp(9000), join(be16(0xd865), be16(9), be16(0x0602), zeros(98))],
    ['LineCall of another kind', udp(9000), join([0xb6, 0x0a], be16(12), zeros(12))],
    ['Photon, of a command too long', udp(9000), join(be16(7), [0, 1], zeros(8), [1, 0, 0, 0], be32(21), zeros(12))],
    ['IMO', udp(9000), join([9, 2], zeros(9))],
    ['iQIYI', udp(9000), join(le16(108), [0x44, 0x74, 0x71], zeros(89), bytes('PPStream'), zeros(11))],
    ['AVAST', tcp(9000), join(bytes('NOSA'), be16(13), zeros(6))],
    [
      'CryNetwork',
      udp(9000),
      join([29, 0, 0], be16(0x08ed), zeros(11), [1], zeros(3), [7], zeros(3), be16(0x0307), zeros(14)),
    ],
    ['NoMachine', udp(9000), join(be16(7), le16(1), le16(21), be16(9), be16(0), zeros(10))],
    ['Hamachi', tcp(9000), join(be32(317), zeros(8), be32(0x7b7a0dad), zeros(304))],
    ['Zoom’s greeting', udp(9000), join([0x1f, 2, 1], zeros(21), be32(8), zeros(8), be32(9), zeros(9), be32(1))],
    ['Mumble’s answer', udp(9000), join([0, 1, 2, 4], zeros(8), be32(101), be32(100), be32(72000))],
  ])('%s', (_, options, payload) => expect(client(options, payload)).toBeUndefined());

  it('Zoom’s greeting from client to client', () => {
    const greeting = join([0x1f, 2, 1], zeros(21), be32(8), zeros(8), be32(9), zeros(9), be32(0));
    expect(client(udp(9000), greeting)).toBe('Zoom');
  });
});

describe('XMPP of an operator', () => {
  it('is named after him', () => {
    const opening = "<stream:stream xmlns='jabber:client' version='1.0'to='im.truphone.com'>";
    expect(inspect(tcp(5222), (f) => f.client(opening)).meta).toMatchObject({ service: 'xmpp', app: 'TruPhone' });
  });
});
