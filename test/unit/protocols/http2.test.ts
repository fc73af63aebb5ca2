import { once } from 'node:events';
import http2 from 'node:http2';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Account } from '../../../src-main/meter/protocols/account.ts';
import { Hpack } from '../../../src-main/meter/protocols/inspectors/hpack.ts';
import { huffman, readHuffman } from '../../../src-main/meter/protocols/inspectors/huffman.ts';
import { be24, be32, bytes, hexBytes, inspect, join, tcp } from './wire.ts';

/** Without a bound. */
const ROOM = new Account();
const PREFACE = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frame = (kind: number, flags: number, stream: number, payload: Uint8Array): Uint8Array =>
  join(be24(payload.length), [kind, flags], be32(stream), payload);
/** Every letter that a field may hold, so that all their codes are met. */
const AGENT = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
const settings = frame(4, 0, 0, new Uint8Array(0));

/** Length of a text, in the seven bits that HPACK begins it with. */
const length = (value: number): number[] =>
  value < 127 ? [value] : [0x7f, ((value - 127) & 127) | 128, (value - 127) >>> 7];

/** The fields of a block, in order. */
function read(hpack: Hpack, block: Uint8Array): [string, string][] | null {
  const fields: [string, string][] = [];
  return hpack.read(block, 0, block.length, ROOM, ({ name, value }) => fields.push([name, value])) ? fields : null;
}

/** What both sides of a real HTTP/2 connection write: Node's own client and server over a pipe. */
async function conversation(
  headers: http2.OutgoingHttpHeaders,
  answer: http2.OutgoingHttpHeaders,
): Promise<Uint8Array[][]> {
  const written: Uint8Array[][] = [[], []];
  const sides: Duplex[] = [];
  for (const side of [0, 1]) {
    sides.push(
      new Duplex({
        read: () => undefined,
        write(chunk: Buffer, _encoding, done) {
          written[side]!.push(Uint8Array.from(chunk));
          sides[1 - side]!.push(chunk);
          done();
        },
        final(done) {
          sides[1 - side]!.push(null);
          done();
        },
      }),
    );
  }
  const server = http2.performServerHandshake(sides[1]!);
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.respond(answer);
    stream.end('done');
  });
  const client = http2.connect('http://api.example', { createConnection: () => sides[0]! });
  for (let i = 0; i < 2; i++) {
    const request = client.request(headers);
    request.resume();
    request.end();
    await once(request, 'close');
  }
  client.close();
  server.close();
  return written;
}

describe('HPACK', () => {
  it('reads the requests of RFC 7541, C.4, with their table', () => {
    const hpack = new Hpack();
    expect(read(hpack, hexBytes('828684418cf1e3c2e5f23a6ba0ab90f4ff'))).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ]);
    expect(read(hpack, hexBytes('828684be5886a8eb10649cbf'))).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
      ['cache-control', 'no-cache'],
    ]);
    expect(read(hpack, hexBytes('828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'))?.slice(3)).toEqual([
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ]);
  });

  it('reads the responses of RFC 7541, C.6, whose table of 256 bytes drops what is old', () => {
    const hpack = new Hpack();
    read(hpack, hexBytes('3fe101'));
    read(
      hpack,
      hexBytes(
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      ),
    );
    expect(read(hpack, hexBytes('4883640effc1c0bf'))).toEqual([
      [':status', '307'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
      ['location', 'https://www.example.com'],
    ]);
    // 302 was the oldest of the table and is gone: number 66 is not there.
    expect(read(hpack, hexBytes('c2'))).toBeNull();
  });

  it('decodes each letter, and refuses padding that is not the end of the code', () => {
    expect(readHuffman(hexBytes('f1e3c2e5f23a6ba0ab90f4ff'), 0, 12, 64)).toBe('www.example.com');
    expect(readHuffman(hexBytes('f1e3c2e5f23a6ba0ab90f4ff'), 0, 12, 3)).toBe('www');
    expect(huffman.length).toBe(15);
    expect(readHuffman(hexBytes('f1e3c2e5f23a6ba0ab90f400'), 0, 12, 64)).toBeNull();
    expect(readHuffman(hexBytes('ffffffff'), 0, 4, 64)).toBeNull();
  });

  it('refuses a table larger than is followed, numbers without end, and strings beyond the block', () => {
    for (const block of ['3fffffff7f', 'ffffffffffff7f', '0085aabb', '80', 'bf', '40'])
      expect(read(new Hpack(), hexBytes(block))).toBeNull();
  });

  it('counts a long name as it was sent where a later field has it by number', () => {
    const hpack = new Hpack();
    const name = join([0x40, 0x7f, 73], bytes('n'.repeat(200)), [1], bytes('a'));
    // 233 bytes each: the third field pushes the first out of a table of 600.
    expect(read(hpack, join([0x3f, 0xb9, 0x04], name, [0x7e, 1], bytes('b'), [0x7e, 1], bytes('c')))).toHaveLength(3);
    expect(read(hpack, hexBytes('bebf'))?.map(([, value]) => value)).toEqual(['c', 'b']);
    expect(read(hpack, hexBytes('c0'))).toBeNull();
  });

  it('never throws, and keeps at most what it was allowed to', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (blocks) => {
        const hpack = new Hpack();
        for (const block of blocks) {
          const padded = join([1, 2, 3], block, [0xff, 0xff]);
          let fields = 0;
          hpack.read(padded, 3, 3 + block.length, ROOM, ({ name, value }) => {
            fields++;
            expect(name.length).toBeLessThanOrEqual(128);
            expect(value.length).toBeLessThanOrEqual(2048);
          });
          expect(fields).toBeLessThanOrEqual(block.length);
        }
      }),
      { numRuns: 500, seed: 21 },
    );
  });
});

describe('HTTP/2 in the clear', () => {
  it("reads what Node's client and server say, the second request from the table", async () => {
    const said = await conversation(
      {
        ':method': 'POST',
        ':authority': 'api.example',
        ':path': '/v1/items?q=ä&long=' + 'x'.repeat(100),
        'user-agent': AGENT,
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('anna:secret').toString('base64')}`,
      },
      { ':status': 201, server: 'box', 'content-type': 'text/plain' },
    );
    const { meta, wire } = inspect(tcp(8080), (f) => {
      for (const chunk of said[0]!) f.client(chunk, 7);
      for (const chunk of said[1]!) f.server(chunk);
    });
    expect(meta).toMatchObject({
      service: '',
      app: 'HTTP2',
      facts: {
        'http.version': '2',
        'http.method': 'POST',
        'http.host': 'api.example',
        'http.agent': AGENT,
        'http.authorization': 'basic',
        'http.status': '201',
        'http.server': 'box',
        'http.type': 'text/plain',
      },
    });
    const requests = wire.of('http').filter((m) => m.method !== '');
    expect(requests.map((m) => [m.method, m.host, m.contentType, m.authorization])).toEqual([
      ['POST', 'api.example', 'application/json', 'basic'],
      ['POST', 'api.example', 'application/json', 'basic'],
    ]);
    expect(requests[0]!.uri.endsWith('x'.repeat(100))).toBe(true);
    expect(requests[1]!.uri).toBe(requests[0]!.uri);
    expect(wire.of('http').filter((m) => m.status === 201)).toHaveLength(2);
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.cleartext])).toContainEqual(['attempt', 'anna', true]);
    expect(JSON.stringify([meta, wire.messages])).not.toContain('secret');
  });

  it('goes on after an upgrade from HTTP/1', () => {
    const { meta, wire } = inspect(tcp(80), (f) =>
      f
        .client(bytes('GET /a HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'))
        .server(join(bytes('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'), settings))
        .client(join(PREFACE, settings, frame(1, 5, 3, hexBytes('828684418cf1e3c2e5f23a6ba0ab90f4ff'))))
        .server(frame(1, 4, 3, hexBytes('88'))),
    );
    expect(meta).toMatchObject({ service: 'http', app: 'HTTP', facts: { 'http.version': '2', 'http.status': '101' } });
    expect(wire.of('http').map((m) => [m.method, m.host, m.status])).toEqual([
      ['GET', 'a.example', 0],
      ['', '', 101],
      ['GET', 'www.example.com', 0],
      ['', '', 200],
    ]);
  });

  it('tells gRPC by its content type, and puts a block together from several frames', () => {
    const block = join([0x83, 0x86], [0x04, 5], bytes('/a/Do'), [0x0f, 0x10, 22], bytes('application/grpc+proto'));
    // Padded, with a priority, and cut in three.
    const { meta } = inspect(tcp(50051), (f) =>
      f.client(
        join(
          PREFACE,
          settings,
          frame(1, 8 | 32, 1, join([3], be32(0), [16], block.subarray(0, 4), [0, 0, 0])),
          frame(9, 0, 1, block.subarray(4, 10)),
          frame(9, 4, 1, block.subarray(10)),
        ),
      ),
    );
    expect(meta?.facts).toMatchObject({ 'http.method': 'POST', 'http.uri': '/a/Do', 'http.use': 'gRPC' });
  });

  it('passes over bodies, however large, and stops where fields break the rules', () => {
    const get = frame(1, 5, 3, hexBytes('828684'));
    const { wire } = inspect(tcp(8080), (f) =>
      f
        .client(join(PREFACE, settings, frame(0, 0, 1, new Uint8Array(16000)), get))
        .client(join(frame(1, 4, 5, hexBytes('bf')), get)),
    );
    expect(wire.of('http')).toHaveLength(1);
    expect(wire.of('weird').map((m) => m.name)).toEqual(['http2-bad-headers']);
  });

  it('takes a pseudo-field once a block and reports a second one', () => {
    const block = join([0x82, 0x86], [0x04, 2], bytes('/a'), [0x04, 2], bytes('/b'), [0x41, 1], bytes('h'));
    const { wire } = inspect(tcp(8080), (f) => f.client(join(PREFACE, settings, frame(1, 5, 1, block))));
    expect(wire.of('http').map((m) => [m.uri, m.host])).toEqual([['/a', 'h']]);
    expect(wire.of('weird').map((m) => [m.name, m.detail])).toEqual([['http2-bad-headers', ':path twice']]);
  });

  it('finds code in a field behind any number of others', () => {
    const code = join([0x00, 1], bytes('x'), [16], bytes('${jndi:ldap://a}'));
    const block = join([0x82, 0x84, 0x86], new Uint8Array(5000).fill(0x90), code);
    const { wire } = inspect(tcp(8080), (f) => f.client(join(PREFACE, settings, frame(1, 5, 1, block))));
    expect(wire.of('http').map((m) => m.oddHeader)).toEqual(['x: ${jndi:ldap://a}']);
  });

  it('tells a long path whole, and its beginning where it comes again by number', () => {
    const path = `/${'p'.repeat(1999)}`;
    const first = join([0x82, 0x44], length(2000), bytes(path));
    const { wire } = inspect(tcp(8080), (f) =>
      f.client(join(PREFACE, settings, frame(1, 5, 1, first), frame(1, 5, 3, hexBytes('82be')))),
    );
    expect(wire.of('http').map((m) => m.uri)).toEqual([path, path.slice(0, 256)]);
  });

  it('that a field never told is told whole, though it came by number', () => {
    const trailer = join([0x44], length(2000), bytes(`/${'q'.repeat(1999)}`));
    const { wire } = inspect(tcp(8080), (f) =>
      f.client(join(PREFACE, settings, frame(1, 5, 1, trailer), frame(1, 5, 3, hexBytes('82be')))),
    );
    expect(wire.of('http').map((m) => m.uri.length)).toEqual([2000]);
  });

  it.each([':path', ':authority', 'authorization', 'x-any'])(
    'a number costs the same however long its %s is',
    (name) => {
      const numbers = frame(1, 4, 3, new Uint8Array(128).fill(0xbe));
      const segment = Buffer.concat(Array.from({ length: 1000 }, () => numbers));
      const least = (value: string): number => {
        const field = join([0x40, name.length], bytes(name), length(value.length), bytes(value));
        const said = join(PREFACE, settings, frame(1, 4, 1, field));
        let best = Infinity;
        for (let i = 0; i < 5; i++) {
          const begin = performance.now();
          const { wire } = inspect(tcp(8080), (f) => f.client(said).client(segment));
          best = Math.min(best, performance.now() - begin);
          expect(wire.of('weird').filter(({ detail }) => detail === 'HPACK')).toEqual([]);
        }
        return best;
      };
      // Letters in which something is looked for in vain from every place.
      expect(least('Digest username=( '.repeat(110))).toBeLessThan(least('a') * 8);
    },
  );

  it('says nothing of what follows bytes that are missing', () => {
    const { wire } = inspect(tcp(8080), (f) =>
      f
        .client(join(PREFACE, settings))
        .lose(true, 40)
        .client(frame(1, 5, 3, hexBytes('828684'))),
    );
    expect(wire.of('http')).toEqual([]);
    expect(wire.of('weird')).toEqual([]);
  });
});
