import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src-main/run/fleet/wire/bytes.ts';
import { WireError } from '../../../src-main/run/fleet/wire/error.ts';
import { readNumbers, writeNumbers, type Range } from '../../../src-main/run/fleet/wire/numbers.ts';

const ANY: Range = { least: -Number.MAX_VALUE, most: Number.MAX_VALUE, whole: false };

function written(values: readonly number[]): Buffer {
  const to = new ByteWriter();
  writeNumbers(to, values, values.length);
  return Buffer.from(to.done());
}

function read(bytes: Uint8Array, count: number, range = ANY): number[] {
  const from = new ByteReader(bytes);
  const values = readNumbers(from, count, range);
  from.end();
  return [...values];
}

describe('a column of numbers', () => {
  const numbers = fc.oneof(
    fc.array(fc.integer({ min: -3, max: 300 })),
    fc.array(fc.nat({ max: 2 ** 31 - 1 })),
    fc.array(fc.maxSafeNat()),
    fc.array(fc.nat({ max: 5000 }).map((n) => n * 1000)),
    // Times: sums of nanoseconds as seconds, with what adding them up leaves.
    fc.array(fc.array(fc.nat({ max: 1e9 }), { maxLength: 20 }).map((of) => of.reduce((sum, n) => sum + n * 1e-9, 0))),
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
    fc.array(fc.constantFrom(0, -0, 0.1, 1e300, 5)),
  );

  it('comes back as it was, to the bit', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        expect(read(written(values), values.length)).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it('takes one byte where all are zero, two where they are small', () => {
    expect(written(Array.from({ length: 1000 }, () => 0))).toHaveLength(1);
    expect(written([1, 2, 3, 4, 5, 200, 7])).toHaveLength(2 + 7);
    // Steps of one.
    expect(written(Array.from({ length: 1000 }, (_, i) => 1e9 + i)).length).toBeLessThan(5100);
  });

  it('is refused when a number lies outside its range, is a fraction, or no number', () => {
    const whole: Range = { least: 0, most: 100, whole: true };
    for (const values of [[101], [-1], [0.5], [1, 2, 3, 1e9]]) {
      expect(() => read(written(values), values.length, whole)).toThrow(WireError);
    }
    const nan = Buffer.from([1, ...new Uint8Array(new Float64Array([NaN]).buffer)]);
    expect(() => read(nan, 1)).toThrow(WireError);
  });

  it('ends with our error whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 40 }), (bytes, count) => {
        try {
          read(bytes, count);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a varint', () => {
  it('comes back, and is refused above what it may be', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const to = new ByteWriter();
        to.varint(value);
        const bytes = Buffer.from(to.done());
        expect(new ByteReader(bytes).varint(Number.MAX_SAFE_INTEGER)).toBe(value);
        if (value > 0) expect(() => new ByteReader(bytes).varint(value - 1)).toThrow(WireError);
      }),
    );
    expect(() => new ByteReader(Buffer.alloc(20, 0xff)).varint(Number.MAX_SAFE_INTEGER)).toThrow(WireError);
  });
});

describe('a text', () => {
  it('comes back with every character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const to = new ByteWriter();
        to.text(text);
        expect(new ByteReader(to.done()).text(200)).toBe(text);
      }),
    );
  });

  it('is refused when it is longer than it may be, or no UTF-8', () => {
    const to = new ByteWriter();
    to.text('abcdef');
    expect(() => new ByteReader(Buffer.from(to.done())).text(5)).toThrow('above 5');
    expect(() => new ByteReader(Buffer.from([2, 0xc3, 0x28])).text(5)).toThrow('UTF-8');
  });
});
