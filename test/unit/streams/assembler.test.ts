import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembler } from '../../../src-main/meter/streams/assembler.ts';
import { Budget } from '../../../src-main/meter/streams/budget.ts';
import { Stream, STREAM_LIMIT } from '../../../src-main/meter/streams/stream.ts';

const START = 0xfffffff0;

/** A direction whose sequence numbers pass 2^32 soon, and what was read of it. */
class Reading {
  readonly budget: Budget;
  readonly stream = new Stream();
  readonly assembler: Assembler;
  text = '';
  gaps: number[] = [];
  differing: number[] = [];
  late: number[] = [];
  private readonly start: number;

  constructor(start = START, memory: number | Budget = 1 << 20) {
    this.start = start;
    this.budget = typeof memory === 'number' ? new Budget(memory) : memory;
    this.assembler = new Assembler(this.budget, {
      bytes: (_stream, data, at, end) => (this.text += Buffer.from(data.subarray(at, end)).toString('latin1')),
      gap: (_stream, missing) => {
        this.gaps.push(missing);
        this.text += '#';
      },
      late: (_stream, length) => this.late.push(length),
      differs: (_stream, length) => this.differing.push(length),
      over: (stream) => stream.stopped,
    });
  }

  /** A segment at an offset from the stream's start; `wire` bytes of which `payload` was captured. */
  at(offset: number, payload: string, wire = payload.length): this {
    const data = Buffer.from(`[[${payload}]]`, 'latin1');
    const seq = (START + offset) >>> 0;
    this.assembler.segment(this.stream, seq, this.start, data, 2, payload.length, wire);
    return this;
  }

  end(): this {
    this.assembler.drain(this.stream);
    return this;
  }
}

const LONG = Array.from({ length: 100 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');

describe('segments of a stream', () => {
  it('are read in order, across the end of the sequence numbers', () => {
    const reading = new Reading().at(10, 'klmnopqrst').at(20, 'uvwxyz').at(0, 'abcdefghij');
    expect(reading.text).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(reading.gaps).toEqual([]);
  });

  it('are picked up in the middle where the beginning was not seen', () => {
    const reading = new Reading(-1).at(50, 'middle').at(20, 'before').at(56, ' on');
    expect(reading.text).toBe('middle on');
    expect(reading.stream.fromStart).toBe(false);
  });

  it('that were not captured whole leave a gap', () => {
    expect(new Reading().at(0, 'abc', 10).at(10, 'k')).toMatchObject({ text: 'abc#k', gaps: [7] });
  });

  it('behind a hole that is never filled are read when the connection ends', () => {
    expect(new Reading().at(0, 'abc').at(8, 'ijk').end()).toMatchObject({ text: 'abc#ijk', gaps: [5] });
  });

  it('that nobody wants are passed over', () => {
    const reading = new Reading().at(0, 'abc');
    reading.stream.skip = 4;
    expect(reading.at(3, 'de').at(5, 'fgh')).toMatchObject({ text: 'abch', gaps: [] });
  });
});

describe('segments that overlap', () => {
  it('and say the same are read once, and nothing is reported', () => {
    const reading = new Reading()
      .at(0, LONG.slice(0, 60))
      .at(0, LONG)
      .at(20, LONG.slice(20, 90))
      .at(30, LONG.slice(30));
    expect(reading.text).toBe(LONG);
    expect(reading.differing).toEqual([]);
  });

  it('after delivery: the first copy counts, what the later one adds counts too, and it is reported', () => {
    const reading = new Reading().at(0, LONG.slice(0, 60)).at(0, 'x'.repeat(80));
    expect(reading.text).toBe(LONG.slice(0, 60) + 'x'.repeat(20));
    expect(reading.differing).toEqual([80]);
  });

  it('behind a hole: the copy that came first counts, whichever begins first', () => {
    const reading = new Reading().at(10, 'FIRSTFIRST').at(5, 'secondsecond').at(0, 'abcde');
    expect(reading.text).toBe('abcdesecondFIRSTFIRST'.slice(0, 10) + 'FIRSTFIRST');
    expect(reading.differing).toEqual([12]);
  });

  it('where a segment fills the hole and reaches into what is held: what is held counts', () => {
    const reading = new Reading().at(5, 'HELD').at(0, 'abcdefghijkl');
    expect(reading.text).toBe('abcdeHELDjkl');
    expect(reading.differing).toEqual([12]);
  });

  it('behind a hole: one that was not captured whole hides none that was', () => {
    const reading = new Reading().at(0, 'a').at(20, 'held').at(5, 'fgh', 30).at(1, 'bcde');
    expect(reading).toMatchObject({ text: 'abcdefgh#held', gaps: [12] });
  });

  it('a keep-alive may repeat its one byte with any content', () => {
    const reading = new Reading().at(0, LONG);
    for (let offset = 80; offset < 100; offset++) reading.at(offset, '\0');
    expect(reading.differing).toEqual([]);
  });

  it('are compared over the latest 2 KiB', () => {
    const reading = new Reading();
    for (let i = 0; i < 50; i++) reading.at(i * 100, LONG);
    expect(reading.at(4900 - 1900, 'x'.repeat(100)).differing).toEqual([100]);
    // What is older is forgotten: nothing can be said of it.
    expect(reading.at(100, 'x'.repeat(100)).differing).toEqual([100]);
  });

  it('are not compared across a gap', () => {
    const reading = new Reading().at(0, LONG).at(1 << 21, LONG);
    expect(reading.at((1 << 21) - 100, 'x'.repeat(150))).toMatchObject({ differing: [150] });
    expect(
      new Reading()
        .at(0, LONG)
        .at(1 << 21, LONG)
        .at((1 << 21) - 100, 'x'.repeat(100)).differing,
    ).toEqual([]);
  });
});

describe('bounds of a stream', () => {
  it('128 segments and 32 KiB are held behind a hole; then reading goes on beyond it', () => {
    const many = new Reading().at(0, 'a');
    for (let i = 0; i < 128; i++) many.at(2 + i, 'b');
    expect(many.gaps).toEqual([]);
    expect(many.at(130, 'b')).toMatchObject({ gaps: [1], text: `a#${'b'.repeat(129)}`, late: [] });
    const large = new Reading().at(0, 'a');
    for (let i = 0; i < 30; i++) {
      large.at(2 + i * 1400, 'c'.repeat(1400));
      expect(large.stream.early?.bytes).toBeLessThanOrEqual(32 * 1024);
    }
    expect(large.gaps).toEqual([1]);
  });

  it('in reverse order, a letter each, they are read', () => {
    const reading = new Reading();
    for (let i = 99; i >= 0; i--) reading.at(i, LONG[i]!);
    expect(reading).toMatchObject({ text: LONG, gaps: [], late: [] });
  });

  it('small ones share a page: each costs its bytes and 96 more', () => {
    const reading = new Reading().at(0, 'a');
    for (let i = 0; i < 16; i++) reading.at(2 + 2 * i, 'b');
    expect(reading.budget.used).toBe(2048 + 16 * 96);
    for (let i = 0; i < 16; i++) reading.at(1 + 2 * i, 'c');
    expect(reading).toMatchObject({ text: `a${'cb'.repeat(16)}`, gaps: [] });
    expect(reading.budget.used).toBe(0);
  });

  it('one far beyond the rest does not end the reading of what comes in order', () => {
    const reading = new Reading().at(0, 'abc').at(5_000_000, 'far').at(3, 'def').at(6, 'ghi');
    expect(reading.text).toBe('abcdefghi');
    expect(reading.end().text).toBe('abcdefghi#far');
  });

  it('what is kept ends at its limit, and all of it comes back', () => {
    const budget = new Budget(64 * 1024);
    const stream = new Stream();
    expect(stream.keep(budget, new Uint8Array(STREAM_LIMIT), 0, STREAM_LIMIT)).toBe(true);
    expect(stream.keep(budget, new Uint8Array(1), 0, 1)).toBe(false);
    expect(new Stream().keep(budget, new Uint8Array(STREAM_LIMIT), 0, STREAM_LIMIT)).toBe(true);
    expect(new Stream().keep(budget, new Uint8Array(2000), 0, 2000)).toBe(false);
    stream.reset(budget);
    expect(budget.used).toBe(32 * 1024);
  });

  it('small buffers are small once half of the memory is used', () => {
    const budget = new Budget(8192);
    expect([1, 2048, 256, 1, 257].map((size) => budget.take(size)?.length)).toEqual([2048, 2048, 256, 256, 2048]);
  });

  it('where all of the memory is held, the oldest hole gives way', () => {
    const budget = new Budget(64 * 1024);
    const readings = Array.from({ length: 200 }, () => new Reading(START, budget));
    for (const one of readings) {
      one.at(0, 'a').at(2, 'c');
      expect(budget.used).toBeLessThanOrEqual(budget.ceiling);
    }
    const waiting = readings.filter(({ stream }) => stream.waits).length;
    expect(waiting).toBeGreaterThan(100);
    expect(budget.refused).toBe(200 - waiting);
    // The oldest lost what it held and goes on; the newest is read.
    expect(readings[0]!.at(1, 'b').at(2, 'c').text).toBe('abc');
    expect(readings[199]!.at(1, 'b').text).toBe('abc');
    expect(budget.take(32 * 1024)).not.toBeNull();
    expect(budget.take(32 * 1024)).not.toBeNull();
    // There is nothing left that could give way.
    expect(budget.take(1)).toBeNull();
    expect(budget.yielding).toBe(0);
    expect(readings.some(({ stream }) => stream.waits)).toBe(false);
  });

  it('where the hole that gives way is its own, the segment at hand is held', () => {
    const reading = new Reading(START, 2200).at(0, 'a').at(10, LONG.slice(10, 12)).at(5, LONG.slice(5));
    expect(reading.budget.refused).toBe(1);
    expect(reading.at(1, LONG.slice(1, 5))).toMatchObject({ text: `a${LONG.slice(1)}`, gaps: [] });
    expect(reading.budget.used).toBe(0);
  });

  it('a ceiling of nothing still reads what comes in order', () => {
    const reading = new Reading(START, 0).at(0, 'abc').at(5, 'f').at(6, 'g');
    expect(reading).toMatchObject({ text: 'abc#fg', gaps: [2] });
  });

  it('whatever comes: first copies count, nothing is read twice, everything is given back', () => {
    const segment = fc.record({ offset: fc.nat(120), length: fc.integer({ min: 1, max: 40 }), wrong: fc.boolean() });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
        const reading = new Reading().at(0, '.');
        // What each place says by the policy: the first copy, from the second byte on.
        const first = new Map<number, string>();
        for (const { offset, length, wrong } of segments) {
          const payload = Array.from({ length }, (_, i) =>
            wrong ? '!' : String.fromCharCode(48 + ((offset + i) % 64)),
          ).join('');
          reading.at(1 + offset, payload);
          for (let i = 0; i < length; i++) if (!first.has(offset + i)) first.set(offset + i, payload[i]!);
        }
        reading.end();
        let expected = '.';
        let place = 0;
        const last = Math.max(-1, ...first.keys());
        while (place <= last) {
          expected += first.get(place) ?? '#';
          if (first.has(place++)) continue;
          while (!first.has(place)) place++;
        }
        expect(reading.text).toBe(expected);
        reading.stream.reset(reading.budget);
        expect(reading.budget.used).toBe(0);
      }),
      { numRuns: 500, seed: 17 },
    );
  });

  it('whoever gives way: what is told stands in its place, and everything is given back', () => {
    const segment = fc.record({
      who: fc.nat(5),
      offset: fc.nat(400),
      length: fc.integer({ min: 1, max: 300 }),
      captured: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 120 }), fc.nat(6000), (segments, ceiling) => {
        const budget = new Budget(ceiling);
        const readings = Array.from({ length: 6 }, () => new Reading(START, budget).at(0, '.'));
        for (const { who, offset, length, captured } of segments) {
          const place = (i: number): string => String.fromCharCode(48 + ((1 + offset + i) % 64));
          readings[who]!.at(
            1 + offset,
            Array.from({ length: Math.min(length, captured) }, (_, i) => place(i)).join(''),
            length,
          );
          expect(budget.used).toBeLessThanOrEqual(ceiling);
          expect(budget.yielding).toBe(budget.used);
        }
        for (const { stream, text, gaps, differing } of readings.map((one) => one.end())) {
          expect(differing).toEqual([]);
          let at = 0;
          let hole = 0;
          for (const letter of text) {
            if (letter === '#') at += gaps[hole++]!;
            else expect(letter).toBe(at === 0 ? '.' : String.fromCharCode(48 + (at % 64)));
            if (letter !== '#') at++;
          }
          expect((stream.next - START) >>> 0).toBe(at);
          stream.reset(budget);
        }
        expect(budget).toMatchObject({ used: 0, yielding: 0 });
      }),
      { numRuns: 300, seed: 23 },
    );
  });
});

describe('segments that were passed over', () => {
  const behind = (start: number, size: number, count: number): Reading => {
    const reading = new Reading();
    for (let at = 0; at < start; at += 1000) reading.at(at, LONG.repeat(10));
    for (let i = 0; i < count; i++) reading.at(start + 10 + i * size, 'x'.repeat(size));
    return reading;
  };

  it('are told where they come though no ordinary sender would have let them wait', () => {
    // Too many small ones behind the hole, anywhere; or too many bytes behind one among the first 16 KiB.
    expect(behind(0, 1, 140).at(0, 'y'.repeat(10)).late).toEqual([10]);
    expect(behind(50_000, 1, 140).at(50_004, 'y'.repeat(4)).late).toEqual([4]);
    expect(behind(16_000, 1000, 40).at(16_000, 'y'.repeat(10)).late).toEqual([10]);
  });

  it('are not where a fast transfer repeats what was lost, nor where what comes late was read', () => {
    expect(behind(50_000, 1000, 40).at(50_000, 'y'.repeat(10))).toMatchObject({ gaps: [10], late: [] });
    expect(behind(0, 1, 140).at(10, 'x'.repeat(10)).late).toEqual([]);
    expect(behind(0, 1, 100).at(0, 'y'.repeat(10))).toMatchObject({ gaps: [], late: [] });
  });
});
