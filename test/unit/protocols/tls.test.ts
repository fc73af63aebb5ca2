import { describe, expect, it } from 'vitest';
import { fingerprints, readClientHello } from '../../../src-main/meter/protocols/inspectors/tls-hello.ts';
import { be16, be24, bytes, inspect, join, tcp, udp, Wire } from './wire.ts';

const extension = (type: number, data: Uint8Array | number[]): Uint8Array => join(be16(type), be16(data.length), data);
const list16 = (values: number[]): Uint8Array => join(be16(values.length * 2), values.flatMap(be16));
const sni = (host: string): Uint8Array =>
  extension(0, join(be16(host.length + 3), [0], be16(host.length), bytes(host)));
const alpn = (...names: string[]): Uint8Array => {
  const items = join(...names.map((n) => join([n.length], bytes(n))));
  return extension(16, join(be16(items.length), items));
};

interface HelloParts {
  version?: number;
  ciphers: number[];
  extensions: Uint8Array[];
}

function clientHelloBody({ version = 0x0303, ciphers, extensions }: HelloParts): Uint8Array {
  const all = join(...extensions);
  return join(be16(version), new Uint8Array(32).fill(7), [0], list16(ciphers), [1, 0], be16(all.length), all);
}

const handshake = (type: number, body: Uint8Array): Uint8Array => join([type], be24(body.length), body);
const record = (type: number, body: Uint8Array | number[], version = 0x0301): Uint8Array =>
  join([type], be16(version), be16(body.length), body);
const serverHello = (cipher: number, ...extensions: Uint8Array[]): Uint8Array => {
  const all = join(...extensions);
  return handshake(2, join(be16(0x0303), new Uint8Array(32).fill(9), [0], be16(cipher), [0], be16(all.length), all));
};

const GREASE = 0x1a1a;
/** The example of the JA4 specification, with GREASE values put in as browsers do. */
const EXAMPLE: HelloParts = {
  ciphers: [
    GREASE,
    0x1301,
    0x1302,
    0x1303,
    0xc02b,
    0xc02f,
    0xc02c,
    0xc030,
    0xcca9,
    0xcca8,
    0xc013,
    0xc014,
    0x009c,
    0x009d,
    0x002f,
    0x0035,
  ],
  extensions: [
    extension(GREASE, []),
    sni('Shop.example'),
    extension(0x17, []),
    extension(0xff01, [0]),
    extension(0x0a, list16([GREASE, 0x1d, 0x17])),
    extension(0x0b, [1, 0]),
    extension(0x23, []),
    alpn('h2', 'http/1.1'),
    extension(0x05, [1, 0, 0, 0, 0]),
    extension(0x0d, list16([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601])),
    extension(0x12, []),
    extension(0x33, []),
    extension(0x2d, [1, 1]),
    extension(0x2b, join([6], be16(GREASE), be16(0x0304), be16(0x0303))),
    extension(0x1b, [2, 0, 2]),
    extension(0x4469, []),
    extension(0x15, []),
    extension(0x2a2a, [0]),
  ],
};
const hello = record(22, handshake(1, clientHelloBody(EXAMPLE)));

describe('TLS', () => {
  it('makes the fingerprints of the published examples', () => {
    const parsed = readClientHello(clientHelloBody(EXAMPLE), 0, clientHelloBody(EXAMPLE).length, false)!;
    expect(fingerprints(parsed, 't').ja4).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
    const old = clientHelloBody({
      version: 769,
      ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
      extensions: [sni('a.example'), extension(10, list16([23, 24, 25])), extension(11, [1, 0])],
    });
    expect(fingerprints(readClientHello(old, 0, old.length, false)!, 't').ja3).toBe('ada70206e40642a3e4461f35503241d5');
  });

  it('writes JA4 of a hello without extensions, ALPN or SNI with zeros', () => {
    const bare = readClientHello(clientHelloBody({ version: 0x0301, ciphers: [5], extensions: [] }), 0, 44, false)!;
    expect(fingerprints(bare, 't').ja4).toMatch(/^t10i010000_[0-9a-f]{12}_000000000000$/);
  });

  it('reads name, ALPN and versions of a hello cut into small segments on any port', () => {
    const { meta, wire } = inspect(tcp(12345), (f) => f.client(hello, 7));
    expect(meta).toMatchObject({ service: 'ssl', app: 'TLS' });
    expect(meta?.facts).toMatchObject({ 'tls.sni': 'shop.example', 'tls.ja4': 't13d1516h2_8daaf6152771_e5627efa2ab1' });
    expect(wire.of('tls')).toMatchObject([
      { what: 'client-hello', sni: 'shop.example', alpn: 'h2,http/1.1', version: 'TLSv1.3' },
    ]);
  });

  it('puts a handshake together from several records', () => {
    const message = handshake(1, clientHelloBody(EXAMPLE));
    const cut = join(record(22, message.subarray(0, 50)), record(22, message.subarray(50)));
    const { wire } = inspect(tcp(443), (f) => f.client(cut, 33));
    expect(wire.of('tls')).toMatchObject([{ what: 'client-hello', sni: 'shop.example' }]);
  });

  it('follows TLS 1.3 to the point where both sides send encrypted data', () => {
    const answer = join(
      record(22, serverHello(0x1301, extension(43, be16(0x0304)))),
      record(20, [1]),
      record(23, new Uint8Array(60)),
    );
    const { wire } = inspect(tcp(443), (f) =>
      f
        .client(hello)
        .server(answer)
        .client(join(record(20, [1]), record(23, new Uint8Array(40)))),
    );
    expect(wire.of('tls').map((m) => [m.what, m.version])).toEqual([
      ['client-hello', 'TLSv1.3'],
      ['server-hello', 'TLSv1.3'],
      ['established', 'TLSv1.3'],
    ]);
  });

  it('names subject and issuer of a certificate in the clear, and sees TLS 1.2 established', () => {
    const der = (tag: number, ...parts: (Uint8Array | number[])[]): Uint8Array => {
      const body = join(...parts);
      return join([tag], body.length < 128 ? [body.length] : [0x82, ...be16(body.length)], body);
    };
    const attribute = (last: number, text: string): Uint8Array =>
      der(0x31, der(0x30, der(6, [0x55, 4, last]), der(12, bytes(text))));
    const names = (cn: string, o: string): Uint8Array => der(0x30, attribute(10, o), attribute(3, cn));
    const certificate = der(
      0x30,
      der(
        0x30,
        der(0xa0, der(2, [2])),
        der(2, [1]),
        der(0x30, der(6, [42])),
        names('Test CA', 'Example'),
        der(0x30),
        names('www.example', 'Shop'),
      ),
      der(0x30),
      der(3, [0]),
    );
    const body = join(be24(certificate.length + 3), be24(certificate.length), certificate);
    const answer = record(22, join(serverHello(0xc02f), handshake(11, body), handshake(14, new Uint8Array(0))));
    const finished = join(record(20, [1]), record(22, new Uint8Array(40)));
    const { meta, wire } = inspect(tcp(443), (f) =>
      f.client(hello).server(answer, 100).client(finished).server(finished),
    );
    expect(wire.of('tls').map((m) => m.what)).toEqual(['client-hello', 'server-hello', 'certificate', 'established']);
    expect(wire.of('tls')[2]).toMatchObject({ subject: 'CN=www.example,O=Shop', issuer: 'CN=Test CA,O=Example' });
    expect(meta?.facts['tls.subject']).toBe('CN=www.example,O=Shop');

    const proof = record(22, handshake(11, body));
    const both = inspect(tcp(443), (f) =>
      f.client(hello).server(answer).client(join(proof, finished), 100).server(finished),
    );
    expect(both.meta?.facts).toMatchObject({
      'tls.subject': 'CN=www.example,O=Shop',
      'tls.client.subject': 'CN=www.example,O=Shop',
      'tls.client.issuer': 'CN=Test CA,O=Example',
    });
    expect(both.wire.of('tls').map((m) => [m.what, m.fromOrig])).toEqual([
      ['client-hello', true],
      ['server-hello', false],
      ['certificate', false],
      ['certificate', true],
      ['established', false],
    ]);
  });

  it('reports alerts, records longer than allowed, and bytes that are no record', () => {
    const alert = inspect(tcp(443), (f) => f.client(hello).server(record(21, [2, 40])));
    expect(alert.wire.of('tls').at(-1)).toMatchObject({ what: 'alert', alert: 40 });
    const long = inspect(tcp(443), (f) => f.client(hello).server(join([22, 3, 3], be16(0xffff))));
    expect(long.wire.of('weird').map((w) => w.name)).toEqual(['tls-record-oversized']);
    const noise = inspect(tcp(443), (f) => f.client(join(hello, bytes('no record'))));
    expect(noise.wire.of('weird').map((w) => w.name)).toEqual(['tls-bad-record']);
  });

  it('reads an SSLv2-compatible hello', () => {
    const body = join([1], be16(0x0300), be16(6), be16(0), be16(16), [0, 0, 4, 1, 0, 0x80], new Uint8Array(16));
    const { meta, wire } = inspect(tcp(443), (f) => f.client(join([0x80, body.length], body)));
    expect(meta?.service).toBe('ssl');
    expect(wire.of('tls')[0]).toMatchObject({ version: 'SSLv3' });
  });

  it('recognises TLS in the middle of a connection', () => {
    const data = record(23, new Uint8Array(100).fill(0xaa), 0x0303);
    const { meta } = inspect({ ...tcp(8443), syn: false }, (f) => f.client(join(data, data)));
    expect(meta?.service).toBe('ssl');
    expect(inspect(tcp(9999), (f) => f.client(data)).meta).toBeUndefined();
  });

  it('names what ports known to carry mail over TLS carry', () => {
    expect(inspect(tcp(993), (f) => f.client(hello)).meta).toMatchObject({ service: 'ssl', app: 'IMAPS' });
  });

  it('reads DTLS hellos', () => {
    const body = join([0xfe, 0xfd], new Uint8Array(32), [0], [0], list16([0xc02b]), [1, 0], be16(0));
    const message = join([1], be24(body.length), be16(0), be24(0), be24(body.length), body);
    const datagram = join([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0], be16(message.length), message);
    const { meta, wire } = inspect(udp(5684), (f) => f.client(datagram));
    expect(meta).toMatchObject({ service: 'dtls', app: 'DTLS' });
    expect(wire.of('tls')[0]?.ja4).toMatch(/^dd2i010000_/);
  });

  it('holds nothing for a connection once it is established', () => {
    const wire = new Wire({ bufferCeiling: 8192 });
    for (let i = 0; i < 20; i++) {
      const flow = wire.flow(tcp(443), i);
      flow
        .client(hello, 50)
        .server(join(record(22, serverHello(0xc02f)), record(20, [1]), record(22, new Uint8Array(40))));
      flow.client(join(record(20, [1]), record(22, new Uint8Array(40))));
    }
    wire.run();
    expect(wire.of('tls').filter((m) => m.what === 'established')).toHaveLength(20);
  });
});
