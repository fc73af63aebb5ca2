import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../../../src-main/detect/signatures/app/events.ts';
import { LIMITS } from '../../../../src-main/detect/signatures/app/limits.ts';
import { summary, tell, type Conversation, type Step } from './made.ts';
import { SAMPLES } from './samples.ts';

const SLOW = 120_000;

/** Letters replaced, taken out and put in, at chosen places. */
const edits = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom('set', 'cut', 'add'),
    fc.integer({ min: 0, max: 255 }),
  ),
  {
    maxLength: 6,
  },
);

function mutated(text: string, changes: readonly (readonly [number, string, number])[]): string {
  let out = text;
  for (const [place, kind, value] of changes) {
    const at = Math.floor(place * out.length);
    const letter = String.fromCharCode(value);
    if (kind === 'set') out = out.slice(0, at) + letter + out.slice(at + 1);
    else if (kind === 'cut') out = out.slice(0, at) + out.slice(at + 1 + (value % 9));
    else out = out.slice(0, at) + letter + out.slice(at);
  }
  return out;
}

const conversation = fc
  .tuple(fc.constantFrom(...SAMPLES.values()), fc.array(edits, { maxLength: 3 }))
  .map(([sample, all]): Conversation => {
    const steps = sample.steps.map(([direction, text], i): Step => [direction, mutated(text, all[i] ?? [])]);
    return { ...sample, steps };
  });

function withinBounds(told: ReturnType<typeof tell>): void {
  for (const event of told.events) expect(EVENTS).toContain(event.slice(2));
  for (const { buffers, numbers } of told.transactions) {
    for (const list of [...buffers.values(), ...numbers.values()])
      expect(list.length).toBeLessThanOrEqual(LIMITS.repeats);
    for (const list of buffers.values()) for (const one of list) expect(one.length).toBeLessThanOrEqual(LIMITS.decoded);
  }
}

describe('the application layer', () => {
  it(
    'says the same however the bytes are divided, whatever they are',
    () => {
      fc.assert(
        fc.property(
          conversation,
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
          (made, sizes) => {
            let i = 0;
            const whole = tell(made);
            const cut = tell(made, () => sizes[i++ % sizes.length]!);
            withinBounds(whole);
            expect(summary(cut)).toEqual(summary(whole));
          },
        ),
        { numRuns: 6000, seed: 9 },
      );
    },
    SLOW,
  );

  it(
    'says the same byte by byte',
    () => {
      for (const [name, sample] of SAMPLES)
        expect([name, summary(tell(sample, () => 1))]).toEqual([name, summary(tell(sample))]);
    },
    SLOW,
  );

  it(
    'takes anything, of either transport',
    () => {
      const step = fc.tuple(fc.constantFrom<0 | 1>(0, 1), fc.uint8Array({ maxLength: 400 }));
      fc.assert(
        fc.property(
          fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp'),
          fc.constantFrom(21, 25, 53, 88, 123, 389, 443, 445, 5355),
          fc.array(step, { maxLength: 6 }),
          (transport, port, all) => {
            const steps = all.map(([direction, bytes]): Step => [direction, Buffer.from(bytes).toString('latin1')]);
            withinBounds(tell({ transport, port, steps }));
          },
        ),
        { numRuns: 3000, seed: 10 },
      );
    },
    SLOW,
  );
});
