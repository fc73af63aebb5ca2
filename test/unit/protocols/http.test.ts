import { describe, expect, it } from 'vitest';
import { mqtt as mqttPacket, text16 } from './talk.ts';
import { be16, bytes, inspect, join, tcp } from './wire.ts';

const REQUEST = 'GET /a?b=1 HTTP/1.1\r\nHost: Shop.Example\r\nUser-Agent: probe/1\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nServer: box\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello';

describe('HTTP', () => {
  it('reads requests and responses of a kept-open connection on any port, in any segments', () => {
    for (const size of [1, 7, 1000]) {
      const { meta, wire } = inspect(tcp(4711), (f) => f.client(REQUEST + REQUEST, size).server(OK + OK, size));
      expect(meta).toMatchObject({ service: 'http', app: 'HTTP' });
      const [first, second, ...answers] = wire.of('http');
      expect(first).toMatchObject({
        method: 'GET',
        host: 'shop.example',
        uri: '/a?b=1',
        agent: 'probe/1',
        status: 0,
        fromOrig: true,
      });
      expect(second?.method).toBe('GET');
      expect(answers.map((a) => [a.status, a.length, a.contentType])).toEqual([
        [200, 5, 'text/html'],
        [200, 5, 'text/html'],
      ]);
      expect(wire.of('weird')).toEqual([]);
    }
  });

  it('has the status that comes after those on the way', () => {
    const { meta } = inspect(tcp(8081), (f) =>
      f
        .client('PUT /u HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
        .server('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n')
        .client('data')
        .server('HTTP/1.1 201 Created\r\nServer: b\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(meta?.facts).toMatchObject({ 'http.status': '201', 'http.server': 'b' });
  });

  it('takes blanks and tabs around a value for no part of it', () => {
    const { meta } = inspect(tcp(8081), (f) =>
      f
        .client('GET / HTTP/1.1\r\nHost:\t a.example \t\r\nUser-Agent:\tA\tB\t\r\n\r\n')
        .server('HTTP/1.1 200 OK\r\nServer:\tq\r\nContent-Length:\t0\r\n\r\n'),
    );
    expect(meta?.facts).toMatchObject({ 'http.host': 'a.example', 'http.agent': 'A?B', 'http.server': 'q' });
  });

  it('passes over chunked bodies and finds the next response', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n';
    const { wire } = inspect(tcp(80), (f) => f.client(REQUEST + REQUEST).server(chunked + OK, 9));
    expect(wire.of('http').filter((m) => m.status === 200)).toHaveLength(2);
  });

  it('shows the beginning of a request body, also when it comes in its own segment', () => {
    const { wire } = inspect(tcp(80), (f) =>
      f.client('POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n').client('user=anna'),
    );
    expect(wire.of('http')[0]).toMatchObject({ method: 'POST', body: 'user=anna', length: 9 });
  });

  it('names the account of Basic credentials and never keeps the secret', () => {
    const header = `Authorization: Basic ${Buffer.from('anna:hunter2').toString('base64')}`;
    const { meta, wire } = inspect(tcp(80), (f) =>
      f.client(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`).server('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(wire.of('login')).toMatchObject([
      { protocol: 'http', outcome: 'attempt', user: 'anna', cleartext: true },
      { protocol: 'http', outcome: 'failed', user: 'anna', code: 401 },
    ]);
    expect(JSON.stringify([meta, wire.messages])).not.toMatch(/hunter2|YW5uYTpodW50ZXIy/);
  });

  it('does not call the first step of an NTLM login a failure', () => {
    const step = Buffer.from('NTLMSSP\0\x01\0\0\0\0\0\0\0').toString('base64');
    const { wire } = inspect(tcp(80), (f) =>
      f
        .client(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: NTLM ${step}\r\n\r\n`)
        .server('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(wire.of('login')).toEqual([]);
    expect(wire.of('http')[0]?.authorization).toBe('ntlm');
  });

  it('hands a proxied connection on to the protocol inside', () => {
    const { meta } = inspect(tcp(8080), (f) =>
      f
        .client('CONNECT a.example:22 HTTP/1.1\r\nHost: a.example\r\n\r\n')
        .server('HTTP/1.1 200 OK\r\n\r\nSSH-2.0-box\r\n'),
    );
    expect(meta).toMatchObject({ service: 'http,ssh', app: 'HTTP_Connect' });
  });

  it('goes on after bytes that the capture lost', () => {
    const { wire } = inspect(tcp(80), (f) => {
      f.client(REQUEST + REQUEST)
        .server('HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n')
        .lose(false, 4000);
      for (let i = 0; i < 20; i++) f.server(OK);
    });
    expect(wire.of('http').filter((m) => m.status === 200).length).toBeGreaterThan(1);
  });

  it.each([
    ['http-two-lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    [
      'http-two-lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['http-bad-length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n'],
    ['http-bad-header', 'GET / HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n'],
    ['http-bad-chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['http-header-too-long', `GET / HTTP/1.1\r\nX: ${'a'.repeat(17000)}`],
  ])('reports %s', (rule, text) => {
    const { wire } = inspect(tcp(80), (f) => f.client(text));
    expect(wire.of('weird').map((w) => w.name)).toEqual([rule]);
  });

  it('tells a request whose headers never end by what of it was there, and the next one where they do', () => {
    const filling = `X: ${'a'.repeat(4000)}\r\n`.repeat(5);
    for (const size of [1400, 999, 40_000]) {
      const { wire } = inspect(tcp(80), (f) =>
        f.client(`POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n${filling}\r\nabc${REQUEST}`, size),
      );
      expect(wire.of('http').map((m) => [m.method, m.uri, m.host])).toEqual([
        ['POST', '/first', 'a'],
        ['GET', '/a?b=1', 'shop.example'],
      ]);
    }
    const { wire } = inspect(tcp(80), (f) => f.client(`GET /${'b'.repeat(17_000)}`, 1400));
    expect(wire.of('http').map((m) => m.uri.length)).toEqual([4091]);
  });

  it('shows the end of a long target as well', () => {
    const uri = (letters: number): string =>
      inspect(tcp(80), (f) => f.client(`GET /?x=${'a'.repeat(letters)}&evil=1 HTTP/1.1\r\n\r\n`)).wire.of('http')[0]!
        .uri;
    expect(uri(2100)).toBe(`/?x=${'a'.repeat(2100)}&evil=1`);
    expect(uri(9000)).toMatch(/^\/\?x=a+…a+&evil=1$/);
    expect(uri(9000).length).toBeLessThanOrEqual(4096);
  });

  it('tells every request of a payload', () => {
    const { wire } = inspect(tcp(80), (f) => f.client('GET / HTTP/1.0\n\n'.repeat(80) + REQUEST));
    expect(wire.of('http').map((m) => m.uri)).toEqual([...Array.from({ length: 80 }, () => '/'), '/a?b=1']);
  });

  describe('upgraded to WebSocket', () => {
    const ASK = 'GET /mqtt HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
    const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
    const frame = (kind: number, said: Uint8Array, mask?: readonly number[]): Uint8Array => {
      const head = said.length < 126 ? [said.length] : [126, ...be16(said.length)];
      head[0]! |= mask ? 0x80 : 0;
      return join(
        [0x80 | kind],
        head,
        mask ? [...mask] : [],
        said.map((byte, i) => byte ^ (mask?.[i & 3] ?? 0)),
      );
    };
    const MASK = [1, 2, 3, 4];
    const connect = mqttPacket(
      0x10,
      join(text16('MQTT'), [4, 0xc2], be16(60), text16('probe-7'), text16('anna'), text16('secret')),
    );
    const publish = (size: number): Uint8Array => {
      const body = join(text16('plant/1'), new Uint8Array(size));
      return join([0x30, (body.length & 0x7f) | 0x80, body.length >> 7], body);
    };

    it('has MQTT inside, masked or not, in any segments', () => {
      for (const mask of [undefined, MASK])
        for (const segment of [undefined, 5]) {
          const { meta, wire } = inspect(tcp(9001), (f) => {
            f.client(ASK).server(join(bytes(AGREED), frame(9, new Uint8Array(0))));
            f.client(join(frame(2, connect, mask), frame(2, publish(2000), mask)), segment);
            f.server(frame(2, Uint8Array.from([0x20, 2, 0, 5])), segment);
          });
          expect(meta).toMatchObject({
            service: 'http,mqtt,websocket',
            app: 'HTTP',
            facts: {
              'mqtt.client': 'probe-7',
              'mqtt.published': 'plant/1',
              'mqtt.result': '5 (not authorised)',
              clear: 'password of anna',
            },
          });
          expect(wire.of('clear').map(({ protocol, user }) => [protocol, user])).toEqual([['mqtt', 'anna']]);
        }
    });

    it('has nothing else inside that is read', () => {
      const { meta } = inspect(tcp(9001), (f) =>
        f
          .client(ASK)
          .server(AGREED)
          .client(join(frame(1, bytes('{"password":"x"}'), MASK), frame(2, connect, MASK))),
      );
      expect(meta).toMatchObject({ service: 'http,websocket' });
      expect(Object.keys(meta?.facts ?? {})).not.toContain('mqtt.client');
    });

    it('is read no further where a packet goes on in the next frame', () => {
      const half = connect.length - 4;
      const { meta } = inspect(tcp(9001), (f) =>
        f
          .client(ASK)
          .server(AGREED)
          .client(join(frame(2, connect.subarray(0, half), MASK), frame(0, connect.subarray(half), MASK))),
      );
      expect(meta).toMatchObject({ service: 'http,mqtt,websocket' });
      expect(meta?.facts['clear']).toBeUndefined();
    });
  });

  it('marks upgraded connections', () => {
    const { meta } = inspect(tcp(80), (f) =>
      f
        .client('GET /c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n')
        .server('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n'),
    );
    expect(meta?.service).toBe('http,websocket');
  });
});
