import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitReader, BitWriter } from '../../../src-main/run/fleet/wire/bit-io.ts';
import { WireError } from '../../../src-main/run/fleet/wire/error.ts';
import { LIMITS } from '../../../src-main/run/fleet/wire/limits.ts';
import { emptyPrior, fresh, prior } from '../../../src-main/run/fleet/wire/model.ts';
import { TextCoder } from '../../../src-main/run/fleet/wire/texts.ts';
import { codeTime } from '../../../src-main/run/fleet/wire/times.ts';
import { Column, type Range } from '../../../src-main/run/fleet/wire/column.ts';
import { ValueCoder } from '../../../src-main/run/fleet/wire/values.ts';

const SLOW = 120_000;
const NEW = emptyPrior(['', 'known']);

function written(act: (values: ValueCoder) => void, known = NEW): Buffer {
  const bits = new BitWriter(fresh(known));
  act(new ValueCoder(bits));
  return Buffer.from(bits.done());
}

function read<T>(bytes: Uint8Array, act: (values: ValueCoder) => T, known = NEW): T {
  const bits = new BitReader(fresh(known), bytes);
  const result = act(new ValueCoder(bits));
  bits.end();
  return result;
}

/** All of some values in one column, there and back. */
function again<T>(values: readonly T[], code: (values: ValueCoder, column: Column, value: T) => T, nothing: T): T[] {
  const all = (of: readonly T[]) => (coder: ValueCoder) => {
    const column = new Column('test');
    return of.map((value) => code(coder, column, value));
  };
  return read(written(all(values)), all(values.map(() => nothing)));
}

const numbers = fc.oneof(
  fc.array(fc.integer({ min: -3, max: 300 })),
  fc.array(fc.maxSafeNat()),
  // Times: sums of nanoseconds as seconds, with what adding them up leaves.
  fc.array(fc.array(fc.nat({ max: 1e9 }), { maxLength: 20 }).map((of) => of.reduce((sum, n) => sum + n * 1e-9, 0))),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.array(fc.constantFrom(0, -0, 0.1, 1e300, 5, 2 ** 52, -(2 ** 53))),
);

describe('a column of numbers', () => {
  it('comes back as it was, to the bit', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const real = again(values, (coder, column, value) => coder.real(column, value, false), 0);
        expect(real).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it('of 32 bits comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
        expect(again(values, (coder, column, value) => coder.real(column, value, true), 0)).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it('comes back whatever was expected of it', () => {
    const any = fc.double({ noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any, fc.boolean())), (rows) => {
        const values = rows.map(([value, , isSingle]) => (isSingle ? Math.fround(value) : value));
        const code = (given: readonly number[]) => (coder: ValueCoder) => {
          const column = new Column('test');
          return rows.map(([, guess, isSingle], i) =>
            coder.expected(column, given[i]!, isSingle ? Math.fround(guess) : guess, isSingle),
          );
        };
        const nothing = rows.map(() => 0);
        expect(read(written(code(values)), code(nothing))).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it('takes nearly nothing where it is always the same, and little more than it says otherwise', () => {
    const bytes = (values: readonly number[]): number =>
      written((coder) => {
        const column = new Column('test');
        for (const value of values) coder.whole(column, value);
      }).length;
    const random = Array.from({ length: 1000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 16);
    expect(bytes(Array.from({ length: 1000 }, () => 0))).toBeLessThan(20);
    expect(bytes(Array.from({ length: 1000 }, () => 64_240))).toBeLessThan(80);
    expect(bytes(random)).toBeLessThan(2300);
  });

  it('is refused when a number lies outside its range, is a fraction, or no number', () => {
    const whole: Range = { least: 0, most: 100, whole: true };
    for (const value of [101, -1, 0.5, 1e9, NaN]) {
      const code = (coder: ValueCoder) => coder.check(coder.real(new Column('test'), value, false), whole);
      const bytes = written(code);
      expect(() => read(bytes, code)).toThrow(WireError);
    }
  });
});

describe('a time', () => {
  it('comes back, however far it lies from its cell', () => {
    const sec = fc.oneof(fc.integer({ min: 1_700_000_000, max: 1_700_000_100 }), fc.integer({ min: -5, max: 2 ** 40 }));
    const time = fc.record({ sec, nano: fc.nat({ max: 999_999_999 }) });
    // Where a flow was last seen may be anything: a packet without a time is of 1970.
    const guess = fc.oneof(fc.constant(7), fc.constantFrom(-1.77e18, 1.77e18, -3.9e15, 3.9e15), fc.integer());
    fc.assert(
      fc.property(
        fc.array(time),
        fc.integer({ min: 17_000_000_000, max: 17_000_001_000 }),
        guess,
        (times, cell, by) => {
          const back = again(times, (coder, column, one) => codeTime(coder, column, one, cell, by), {
            sec: 0,
            nano: 0,
          });
          expect(back).toEqual(times);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a text', () => {
  const texts =
    (given: readonly string[], most = 200) =>
    (coder: ValueCoder) => {
      const known = new TextCoder(coder, NEW.words);
      const column = new Column('test');
      return given.map((text) => known.text(column, text, most));
    };

  it('comes back with every character', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 50 })), (given) => {
        const bytes = written(texts(given));
        expect(read(bytes, texts(given.map(() => '')))).toEqual(given);
      }),
    );
  });

  it('takes next to nothing when it comes again, or every batch knows it', () => {
    const name = 'a-rather-long-name.of-some-host.example.org';
    const once = written(texts([name])).length;
    expect(written(texts(Array.from({ length: 50 }, () => name))).length).toBeLessThan(once + 15);
    expect(written(texts(Array.from({ length: 50 }, () => 'known'))).length).toBeLessThan(15);
  });

  it.each([
    // One is kept back: there is always room for an empty one.
    ['many', Array.from({ length: LIMITS.texts + 50 }, (_, i) => i.toString(36)), LIMITS.texts - 1],
    // 2 MiB are written.
    ['long', Array.from({ length: 520 }, (_, i) => `${i} `.padEnd(4096, 'abc def ')), 512],
  ])(
    'too many (%s) come back readable, the last ones empty',
    (_name, flood, fit) => {
      const given = [...flood, flood[0]!, 'known', 'one more'];
      const bytes = written(texts(given, LIMITS.text));
      const back = read(
        bytes,
        texts(
          given.map(() => ''),
          LIMITS.text,
        ),
      );
      expect(back.slice(0, fit)).toEqual(flood.slice(0, fit));
      expect(new Set(back.slice(fit, flood.length))).toEqual(new Set(['']));
      // What was said before, or every batch knows, is said on.
      expect(back.slice(flood.length)).toEqual([flood[0], 'known', '']);
    },
    SLOW,
  );

  it('is refused when it is longer than it may be', () => {
    const bytes = written(texts(['abcdef']));
    expect(() => read(bytes, texts([''], 5))).toThrow('above 5');
  });
});

describe('whatever the bytes are', () => {
  it.each([
    ['new', () => NEW],
    ['shipped', prior],
  ])('reading them ends with our error at worst (%s model)', (_name, known) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 40 }), (bytes, count) => {
        try {
          read(
            bytes,
            (coder) => {
              const words = new TextCoder(coder, known().words);
              const column = new Column('test');
              for (let i = 0; i < count; i++) {
                coder.real(column, 0, i % 2 === 0);
                words.text(column, '', 100);
              }
            },
            known(),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says no more than may be said', () => {
    // What is expected with near certainty takes so little room that a few bytes could say it for minutes.
    const bits = new BitReader(fresh(NEW), Buffer.alloc(4 << 20));
    bits.count = LIMITS.decisions;
    expect(() => bits.bit(1, 0)).toThrow('says more');
  });
});
