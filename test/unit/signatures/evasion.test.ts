import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet, fragments4, frame, ipv4, tcp } from '../../generator/frames.ts';
import { alerts, CLIENT, SERVER, Talk } from './talk.ts';

const SLOW = 120_000;
const RULES = [
  'alert http any any -> any any (http.uri; content:"/admin/EVIL"; http.user_agent; content:"worm"; nocase; sid:1;)',
  'alert tcp any any -> any any (flow:established,to_server; content:"worm/1.0"; sid:2;)',
  'alert http any any -> any any (flow:to_client; file_data; content:"drop table"; sid:3;)',
].join('\n');
const REQUEST = 'GET /admin/EVIL?a=b HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: worm/1.0\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\nthen they drop table foo';
const ALL = { 1: 1, 2: 1, 3: 1 };

/** The request in these pieces (place, length), in this order; then the answer. */
function inPieces(pieces: readonly (readonly [number, number])[], text = REQUEST): Uint8Array[] {
  const talk = new Talk().open();
  for (const [at, length] of pieces) talk.at(at, text.slice(at, at + length));
  // What the talk itself counts is moved on by the answer's side alone.
  return talk.down(ANSWER).frames;
}

describe('what hides from rules in how it is sent', () => {
  it.each([
    ['whole', [[0, REQUEST.length]]],
    ['a byte at a time', Array.from(REQUEST, (_, i) => [i, 1])],
    ['from behind', Array.from(REQUEST, (_, i) => [REQUEST.length - 1 - i, 1])],
    ['each byte twice', Array.from(REQUEST, (_, i) => [i, 2])],
    [
      'with parts again',
      [
        [0, 30],
        [10, 30],
        [20, 40],
        [0, 50],
        [50, 60],
      ],
    ],
    [
      'with the end first',
      [
        [40, 60],
        [0, 41],
      ],
    ],
  ] as const)('finds what comes in segments: %s', (_, pieces) => {
    expect(alerts(RULES, inPieces(pieces as readonly (readonly [number, number])[]))).toEqual(ALL);
  });

  it('takes the copy that came first where a later one says something else', () => {
    const other = REQUEST.replace('EVIL', 'GOOD').replace('worm/1.0', 'cake/1.0');
    const first = new Talk().open().at(0, REQUEST.slice(0, 70)).at(0, other.slice(0, 70)).at(70, REQUEST.slice(70));
    expect(alerts(RULES, first.down(ANSWER).frames)).toEqual(ALL);
    const late = new Talk().open().at(0, other).at(0, REQUEST);
    expect(alerts(RULES, late.down(ANSWER).frames)).toEqual({ 3: 1 });
  });

  it(
    'says the same however the request is cut, overlaps, comes again and in what order',
    () => {
      const piece = fc.tuple(fc.nat(REQUEST.length - 1), fc.integer({ min: 1, max: 30 }));
      const again = fc.array(piece, { maxLength: 12 });
      const cuts = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 4, maxLength: 40 });
      fc.assert(
        fc.property(cuts, again, fc.integer(), (sizes, extra, seed) => {
          const pieces: [number, number][] = [...extra];
          for (let at = 0, i = 0; at < REQUEST.length; i++) {
            const size = sizes[i % sizes.length]!;
            pieces.push([at, size]);
            at += size;
          }
          pieces.sort((a, b) => (((a[0] * 7919) ^ seed) % 101) - (((b[0] * 7919) ^ seed) % 101));
          expect(alerts(RULES, inPieces(pieces))).toEqual(ALL);
        }),
        { numRuns: 60, seed: 11 },
      );
    },
    SLOW,
  );

  it.each([8, 16, 24])('finds what comes in IP fragments of %i bytes', (size) => {
    const talk = new Talk().open();
    const whole = frame(
      tcp({ sport: 40_000, dport: 80, seq: 1001, ack: 5001, flags: 'PA', checksum: 0 }),
      Buffer.from(REQUEST),
    );
    const parts = fragments4([ethernet()], { src: CLIENT, dst: SERVER, id: 9 }, whole, 6, size, frame);
    const after = frame(
      ethernet(),
      ipv4({ src: SERVER, dst: CLIENT }),
      tcp({ sport: 80, dport: 40_000, seq: 5001, ack: 1001 + REQUEST.length, flags: 'PA' }),
      Buffer.from(ANSWER),
    );
    expect(alerts(RULES, [...talk.frames, ...parts, after])).toEqual(ALL);
    expect(alerts(RULES, [...talk.frames, ...[...parts].reverse(), after])).toEqual(ALL);
  });
});

describe('what hides from rules in how HTTP writes it', () => {
  const uri = 'alert http any any -> any any (http.uri; content:"/admin/EVIL"; sid:1;)';
  const asked = (path: string): Record<number, number> =>
    alerts(uri, new Talk().open().up(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).down(ANSWER).close().frames);

  it.each([
    '/admin/%45VIL',
    '/%61%64%6d%69%6e/%45%56%49%4C',
    '/admin%2fEVIL',
    '/admin/./EVIL',
    '/x/../admin/EVIL',
    '/admin//EVIL',
    '/x/%2e%2e/admin/EVIL',
    'http://h/admin/EVIL',
  ])('an address: %s', (path) => {
    expect(asked(path)).toEqual({ 1: 1 });
  });

  it.each(['/admin/%2545VIL', '/admin/evil', '/adminEVIL'])('and not what is another address: %s', (path) => {
    expect(asked(path)).toEqual({});
  });

  const page = 'first some words, and then they drop table foo; and more of it follows';
  const chunked = (bytes: Uint8Array, size: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
    }
    return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
  };

  it.each([
    ['chunks of one byte', 'Transfer-Encoding: chunked', chunked(Buffer.from(page), 1)],
    ['chunks of seven, gzip', 'Transfer-Encoding: chunked\r\nContent-Encoding: gzip', chunked(gzipSync(page), 7)],
    ['deflate', 'Content-Encoding: deflate', deflateSync(page)],
    ['gzip twice', 'Content-Encoding: gzip, gzip', gzipSync(gzipSync(page))],
    ['gzip without a length, cut off', 'Content-Encoding: gzip', gzipSync(page).subarray(0, -6)],
    ['a folded header', 'Content-Encoding:\r\n gzip', gzipSync(page)],
    ['a header in odd letters', 'cOnTeNt-eNcOdInG: GZIP', gzipSync(page)],
  ])('a body: %s', (_, fields, body) => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`);
    const talk = new Talk().open().up('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    for (const one of Buffer.concat([head, body])) talk.down(Uint8Array.of(one));
    expect(alerts(RULES, talk.close().frames)).toEqual({ 3: 1 });
  });
});
