/** Header blocks as nearly all are take a shorter way: what is told of them is what the long one tells. */
import { describe, expect, it } from 'vitest';
import { HeaderReader } from '../../../../src-main/detect/signatures/app/http/header-reader.ts';
import { plainLines } from '../../../../src-main/detect/signatures/app/http/plain-head.ts';
import { readRequestLine, readTarget } from '../../../../src-main/detect/signatures/app/http/uri.ts';
import { Rng } from '../../../generator/prng.ts';
import { latin, raw, tell, type Told } from './made.ts';

const NAMES = ['Host', 'cookie', 'Cookie', 'X-A', 'Content-Type', 'Accept', 'Set-Cookie', 'Referer', 'x', 'User-Agent'];
const VALUES = ['one', 'a b', 'a=b; c=d', '', 'text/html', '  two ', 'x\ty', 'ü', ': :', '0'];
const BETWEEN = [': ', ': ', ': ', ':', ':  ', ' : '];
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r\n folded\r\n', ' \r\n'];

function block(rng: Rng): string {
  const pick = (list: readonly string[]): string => list[rng.int(0, list.length - 1)]!;
  const lines = Array.from({ length: rng.int(0, 6) }, () => pick(NAMES) + pick(BETWEEN) + pick(VALUES) + pick(ENDS));
  return `${lines.join('')}\r\n`;
}

/** What is told, as text. */
function words({ transactions, events }: Told): unknown {
  return [
    events,
    transactions.map(({ buffers, numbers }) => [
      [...buffers].map(([name, list]) => [name, list.map(latin)]),
      [...numbers],
    ]),
  ];
}

describe('a plain header block', () => {
  it('is told as the same block that comes in pieces, which takes the long way', () => {
    const rng = new Rng(11);
    let plain = 0;
    for (let i = 0; i < 400; i++) {
      const request = `GET /${i} HTTP/1.1\r\n${block(rng)}`;
      const answer = `HTTP/1.1 204 No\r\n${block(rng)}`;
      if (plainLines(raw(answer), answer.indexOf('\n') + 1) !== null) plain++;
      const conversation = {
        port: 80,
        steps: [
          [0, request],
          [1, answer],
        ],
      } as const;
      expect(words(tell(conversation))).toEqual(words(tell(conversation, () => 3)));
    }
    expect(plain).toBeGreaterThan(40);
    expect(plain).toBeLessThan(360);
  });

  it('gives single fields, the first and the joined of one name, and all lines but one', () => {
    const reader = new HeaderReader(false);
    const text = 'Host: one\r\nCookie: c=d\r\nX-A: 1\r\n\r\n';
    expect(reader.read(raw(`${text}rest`), 0, false)).toBe(text.length);
    const { headers } = reader;
    expect([headers.get('x-a'), headers.first('host'), headers.get('none')]).toEqual(['1', 'one', undefined]);
    expect(latin(headers.linesWithout('cookie')!)).toBe('Host: one\r\nX-A: 1\r\n');
    expect(latin(headers.linesWithout('none')!)).toBe('Host: one\r\nCookie: c=d\r\nX-A: 1\r\n');
    expect(Buffer.from(headers.names() as Uint8Array).toString()).toBe('\r\nHost\r\nCookie\r\nX-A\r\n\r\n');
    const twice = new HeaderReader(false);
    twice.read(raw('A: 1\r\na: 2\r\n\r\n'), 0, false);
    expect([twice.headers.first('a'), twice.headers.linesWithout('none')]).toEqual(['1', null]);
    expect([twice.headers.get('a'), twice.headers.odd.repeated]).toEqual(['1, 2', true]);
  });

  it('is another one where a line is not whole, folded, nameless, or holds other bytes', () => {
    for (const text of [
      'A: 1\r\n',
      'A: 1\n\r\n',
      ' A: 1\r\n\r\n',
      'A: 1\r\n b\r\n\r\n',
      ': 1\r\n\r\n',
      'A: \xe9\r\n\r\n',
      'A 1\r\n\r\n',
    ])
      expect(plainLines(raw(text), 0)).toBeNull();
    expect(plainLines(raw('\r\n'), 0)).toEqual({ lines: [], next: 2 });
  });
});

describe('a plain request', () => {
  it.each([
    ['GET /a/b?c=//d/../e HTTP/1.1', 'GET', '/a/b?c=//d/../e', '/a/b?c=//d/../e'],
    ['GET  /a HTTP/1.1', 'GET', '/a', '/a'],
    ['GET /a b HTTP/1.1', 'GET', '/a b', '/a b'],
    ['GET /a//b HTTP/1.1', 'GET', '/a//b', '/a/b'],
    ['GET /a/../b HTTP/1.1', 'GET', '/a/../b', '/b'],
    ['GET /%61\\b HTTP/1.0', 'GET', '/%61\\b', '/a/b'],
    ['GET /a?%62 HTTP/1.0', 'GET', '/a?%62', '/a?b'],
  ])('%s is read as others are', (text, method, target, normal) => {
    const line = readRequestLine(raw(text), 0, text.length);
    expect([line.method, line.target, line.protocol.slice(0, 6)]).toEqual([method, target, 'HTTP/1']);
    expect(readTarget(line.target).normal).toBe(normal);
  });
});
