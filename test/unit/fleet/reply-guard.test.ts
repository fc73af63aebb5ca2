/** What comes from the server is read with bounds: what is too large is left out and marked, everything else comes as it was sent. */
import { Decoder } from '@redis/client/dist/lib/RESP/decoder.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedIn } from '../../../src-main/run/fleet/transport/marks.ts';
import {
  ForeignReply,
  ReplyFault,
  ReplyGuard,
  type ReplyLimits,
} from '../../../src-main/run/fleet/transport/reply-guard.ts';

type Value = string | number | null | Value[];

const LIMITS: ReplyLimits = { text: 200, kept: 500, read: 10_000, inner: 10, members: 100, depth: 6 };

function resp(value: Value): string {
  if (value === null) return '$-1\r\n';
  if (typeof value === 'number') return `:${value}\r\n`;
  if (typeof value === 'string') return `$${value.length}\r\n${value}\r\n`;
  return `*${value.length}\r\n${value.map(resp).join('')}`;
}

/** What the client's own parser makes of it, given in pieces of such sizes. */
function read(text: string, sizes: readonly number[], guard = new ReplyGuard(LIMITS)): unknown[] {
  const replies: unknown[] = [];
  const decoder = new Decoder({
    onReply: (reply) => void replies.push(reply),
    onErrorReply: (error) => void replies.push(error.message),
    onPush: () => undefined,
    getTypeMapping: () => ({}),
  });
  const all = Buffer.from(text, 'latin1');
  for (let at = 0, i = 0; at < all.length; i++) {
    const to = at + sizes[i % sizes.length]!;
    for (const piece of guard.pass(all.subarray(at, to))) decoder.write(piece);
    at = to;
  }
  return replies;
}

const SIZES = [[100_000], [1], [7], [1, 2, 3, 50]];

describe.each(SIZES)('in pieces of %i bytes and more', (...sizes) => {
  it('hands on what is small as it is', () => {
    const replies = [1, 'text', null, [], ['a', ['b', ['c', 4]]], ''];
    expect(read(replies.map(resp).join('') + '+OK\r\n-ERR no\r\n', sizes)).toEqual([...replies, 'OK', 'ERR no']);
  });

  it.each([
    'HTTP/1.1 400 Bad Request',
    '>4000000000\r\n',
    '%1\r\n',
    '~1\r\n',
    '$0x10\r\n',
    '*1e3\r\n',
    '$ 1\r\n',
    '$-2\r\n',
    ':1e3\r\n',
    '+OK\n',
    '*1\r\n=9\r\n',
  ])('takes nothing that no Redis server says: %j', (text) => expect(() => read(text, sizes)).toThrow(ForeignReply));

  it('leaves out a text that is too large, and says how large it was', () => {
    const [reply, after] = read(resp(['a', 'x'.repeat(201), 'b']) + resp('next'), sizes) as [string[], string];
    expect(reply.map((text) => markedIn(text) ?? text)).toEqual(['a', { mark: 'TOO_LARGE', bytes: 201 }, 'b']);
    expect(after).toBe('next');
    expect(read(resp('x'.repeat(200)), sizes)).toEqual(['x'.repeat(200)]);
  });

  it('leaves out what comes when there is no room any more, but for what is short', () => {
    const [reply] = read(resp([...Array.from({ length: 4 }, () => 'y'.repeat(150)), 'id']), sizes) as [string[]];
    expect(reply.map((text) => markedIn(text)?.mark ?? text.length)).toEqual([150, 150, 150, 'LEFT_OUT', 2]);
  });

  it('leaves out an inner list of too many members', () => {
    const entry = (fields: number): Value => ['1-0', Array.from({ length: fields }, () => ['f', 'x'])];
    const [reply] = read(resp([['s', [entry(10), entry(11), entry(1)]]]), sizes) as [Value[][]];
    const entries = reply[0]![1] as Value[][];
    expect(entries.map(([id, fields]) => [id, markedIn(fields) ? 'left out' : (fields as Value[]).length])).toEqual([
      ['1-0', 10],
      ['1-0', 'left out'],
      ['1-0', 1],
    ]);
  });

  it('marks what it leaves out once that is over, and not before', () => {
    const guard = new ReplyGuard(LIMITS);
    expect(read(resp('x'.repeat(201)).slice(0, -1), sizes, guard)).toEqual([]);
  });

  it.each([
    ['more members than any reply has', '*101\r\n'],
    ['more members in several lists', resp(Array.from({ length: 20 }, () => [1, 2, 3, 4, 5]))],
    ['lists in lists without end', '*1\r\n'.repeat(7)],
    ['a line without an end', `+${'x'.repeat(70_000)}`],
    ['more bytes than are read of any', resp(Array.from({ length: 60 }, () => 'z'.repeat(199)))],
  ])('ends at %s', (_name, text) => {
    const limits = { ...LIMITS, read: text.startsWith('+') ? 1e6 : LIMITS.read };
    expect(() => read(text, sizes, new ReplyGuard(limits))).toThrow(ReplyFault);
  });
});

it('counts each reply anew, and forgets what was begun when it is reset', () => {
  const guard = new ReplyGuard(LIMITS);
  for (let i = 0; i < 50; i++) expect(read(resp('x'.repeat(200)), [64], guard)).toEqual(['x'.repeat(200)]);
  guard.pass(Buffer.from('*3\r\n$100\r\nabc'));
  guard.reset();
  expect(read(resp(['a', 'b']), [3], guard)).toEqual([['a', 'b']]);
});

it('changes nothing of whatever holds the bounds, in whatever pieces it comes', () => {
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ maxLength: 20, unit: 'binary-ascii' }),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
  }));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  const wide = { ...LIMITS, kept: 1e6, members: 1e6, depth: 20, inner: 100 };
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), sizes, (values, pieces) => {
      expect(read(values.map(resp).join(''), pieces, new ReplyGuard(wide))).toEqual(values);
    }),
  );
});

it('never throws anything but its own fault, whatever comes', () => {
  const bytes = fc.array(fc.constantFrom(...Array.from('*$+-:0123456789\r\nx')), { maxLength: 300 });
  fc.assert(
    fc.property(bytes, (all) => {
      const guard = new ReplyGuard(LIMITS);
      try {
        for (let at = 0; at < all.length; at += 7) guard.pass(Buffer.from(all.slice(at, at + 7).join('')));
      } catch (error) {
        expect(error).toBeInstanceOf(ReplyFault);
      }
    }),
  );
});
