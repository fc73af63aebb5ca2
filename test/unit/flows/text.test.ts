/** The pieces that flow records are written with, against what the platform itself makes of the same values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextSink, fixed } from '../../../src-main/meter/flows/text-sink.ts';
import { uidText } from '../../../src-main/meter/flows/uid.ts';
import { formatAddress } from '../../../src-main/meter/hosts.ts';

describe('the text sink', () => {
  it('writes numbers as JavaScript does', () => {
    const numbers = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeNat(),
      fc.constantFrom(0, -0, 999_999_999, 1e9, 1e15),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        const sink = new TextSink();
        sink.number(value);
        expect(sink.take()).toBe(String(value));
      }),
    );
  });

  it('writes addresses of both families', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 4, maxLength: 4 }), fc.boolean(), (words, v4) => {
        if (v4) words.set([0, 0, 0xffff]);
        const sink = new TextSink();
        sink.address(words, 0);
        expect(sink.take()).toBe(formatAddress(words, 0));
      }),
    );
  });

  it('writes any text as UTF-8 and grows as needed', () => {
    const sink = new TextSink();
    const long = 'a'.repeat(100_000) + 'grün, 緑, 🟢';
    sink.text(long);
    sink.reserve(3);
    sink.fixed(fixed('end'));
    expect(sink.take()).toBe(`${long}end`);
    expect(sink.length).toBe(0);
  });
});

describe('flow identifiers', () => {
  it('are "C" and the 96 bits in base 62', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const slow = (words: Uint32Array): string => {
      let rest = (BigInt(words[0]!) << 64n) | (BigInt(words[1]!) << 32n) | BigInt(words[2]!);
      let text = '';
      do {
        text = digits.charAt(Number(rest % 62n)) + text;
        rest /= 62n;
      } while (rest > 0n);
      return `C${text}`;
    };
    const corners = [
      [0, 0, 0],
      [0, 0, 61],
      [0, 0, 62],
      [0, 1, 0],
      [0xffffffff, 0xffffffff, 0xffffffff],
    ];
    for (const corner of corners) expect(uidText(new Uint32Array(corner), 0)).toBe(slow(new Uint32Array(corner)));
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 3, maxLength: 3 }), (words) => {
        expect(uidText(words, 0)).toBe(slow(words));
      }),
    );
  });
});
