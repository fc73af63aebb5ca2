import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNT_BY_CODE, encodeCount } from '../../../src-main/detect/features/codes.ts';
import { CONTEXT, ContextTracker } from '../../../src-main/detect/features/context.ts';
import { PendingContexts } from '../../../src-main/detect/features/pending.ts';
import { FLOW_CONTEXT_WIDTH, makeFlowEventBatch, type FlowEventBatch } from '../../../src-main/meter/flows/types.ts';
import { batchOf, eventsOf, ordinaryFlows, probe, type SyntheticFlow } from '../detectors/synthetic.ts';

/** Context bytes of the flows after all events, in the order of rows. */
function contexts(flows: readonly SyntheticFlow[], events: readonly FlowEventBatch[] = [eventsOf(flows)]): Uint8Array {
  const tracker = new ContextTracker();
  for (const part of events) tracker.observeEvents(part);
  const batch = batchOf(flows);
  tracker.fill(batch);
  return batch.columns.context.slice(0, flows.length * FLOW_CONTEXT_WIDTH);
}

function part(events: FlowEventBatch, from: number, to: number): FlowEventBatch {
  const out = makeFlowEventBatch(Math.max(1, to - from));
  for (const name of ['kind', 'flow', 'sec', 'nano', 'origHost', 'respHost', 'respPort', 'proto'] as const) {
    out.columns[name].set(events.columns[name].subarray(from, to));
  }
  out.count = to - from;
  return out;
}

const value = (bytes: Uint8Array, row: number, what: number): number => bytes[row * FLOW_CONTEXT_WIDTH + what]!;

describe('codes of counts', () => {
  it('are exact up to 64 and within 5 % up to 2^31', () => {
    for (let n = 0; n <= 64; n++) expect(COUNT_BY_CODE[encodeCount(n)]).toBe(n);
    for (let n = 65; n < 2 ** 31; n = Math.ceil(n * 1.37)) {
      expect(Math.abs(COUNT_BY_CODE[encodeCount(n)]! / n - 1), String(n)).toBeLessThan(0.05);
    }
  });

  it('take what is not a count as 0 and what is too large as the largest', () => {
    expect(encodeCount(-5)).toBe(0);
    expect(encodeCount(NaN)).toBe(0);
    expect(encodeCount(Infinity)).toBe(255);
    expect(encodeCount(1e12)).toBe(255);
  });
});

describe('context of flows', () => {
  it('counts the flows, targets and ports of the source in the last minute', () => {
    const flows = Array.from({ length: 20 }, (_, i) => probe(i, 1_700_000_000 + i * 0.1, 1000 + i));
    const bytes = contexts(flows);
    expect(value(bytes, 0, CONTEXT.SRC_FLOWS)).toBe(1);
    expect(value(bytes, 19, CONTEXT.SRC_FLOWS)).toBe(20);
    expect(value(bytes, 19, CONTEXT.SRC_TARGETS)).toBe(1);
    // A sketch of 256 bits: about right.
    expect(value(bytes, 19, CONTEXT.SRC_PORTS)).toBeGreaterThanOrEqual(18);
    expect(value(bytes, 19, CONTEXT.SRC_PORTS)).toBeLessThanOrEqual(22);
    expect(value(bytes, 19, CONTEXT.SRC_UNANSWERED)).toBe(100);
    expect(value(bytes, 19, CONTEXT.DST_FLOWS)).toBe(20);
    expect(value(bytes, 19, CONTEXT.SRC_SAME_SERVICE)).toBe(5);
  });

  it('forgets what is more than a minute ago', () => {
    const flows = [probe(0, 1_700_000_000, 1), probe(1, 1_700_000_061, 2)];
    expect(value(contexts(flows), 1, CONTEXT.SRC_FLOWS)).toBe(1);
  });

  it('sees that flows between two hosts recur on schedule', () => {
    const flows = Array.from({ length: 5 }, (_, i) => probe(i, 1_700_000_000 + i * 60, 443));
    const bytes = contexts(flows);
    expect(value(bytes, 0, CONTEXT.PAIR_GAP)).toBe(0);
    expect(COUNT_BY_CODE[value(bytes, 4, CONTEXT.PAIR_GAP)]! / 60_000).toBeCloseTo(1, 1);
    expect(value(bytes, 4, CONTEXT.PAIR_REGULARITY)).toBe(100);
    expect(value(bytes, 1, CONTEXT.PAIR_REGULARITY)).toBe(0);
  });

  it('is the same however the events are cut into batches and in whatever order flows end', () => {
    const flows = ordinaryFlows(400, 5);
    const events = eventsOf(flows);
    const whole = contexts(flows, [events]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: events.count }), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), events.count];
        const parts = edges.slice(1).map((to, i) => part(events, edges[i]!, to));
        expect(contexts(flows, parts)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
    const reversed = contexts([...flows].reverse(), [events]);
    const last = flows.length - 1;
    for (let row = 0; row <= last; row++) {
      for (let i = 0; i < FLOW_CONTEXT_WIDTH; i++) expect(value(reversed, last - row, i)).toBe(value(whole, row, i));
    }
  });

  it('is taken from the row itself where no event announced the flow', () => {
    const tracker = new ContextTracker();
    const batch = batchOf([probe(0, 1_700_000_000, 1), probe(1, 1_700_000_001, 2)]);
    tracker.fill(batch);
    expect(tracker.late).toBe(2);
    expect(batch.columns.context[FLOW_CONTEXT_WIDTH + CONTEXT.SRC_FLOWS]).toBe(2);
  });
});

describe('contexts of open flows', () => {
  it('behave as a map does', () => {
    const command = fc.tuple(
      fc.constantFrom('put', 'take'),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const table = new PendingContexts(4);
        const model = new Map<number, number>();
        const into = new Uint8Array(FLOW_CONTEXT_WIDTH);
        for (const [what, id, byte] of commands) {
          if (what === 'put') {
            const at = table.put(id * 1e9);
            table.bytes[at] = byte;
            model.set(id, byte);
          } else {
            const found = table.take(id * 1e9, into, 0);
            expect(found).toBe(model.has(id));
            if (found) expect(into[0]).toBe(model.get(id));
            model.delete(id);
          }
          expect(table.size).toBe(model.size);
        }
      }),
      { numRuns: 200 },
    );
  });
});
