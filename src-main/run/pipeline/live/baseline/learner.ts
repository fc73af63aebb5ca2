/** Rows of ordinary flows of one network, over as many captures as it takes. */
import { extractInto, FEATURE_COUNT } from '../../../../detect/features/extract.ts';
import { FlowSample } from '../../../../detect/features/sample.ts';
import type { FlowBatch } from '../../../../meter/flows/types.ts';
import type { Learned } from './files.ts';

/** Rows that are learned from: 12,000 take about a minute of one processor. */
const ROWS_MAX = 12_000;
/** What came before counts as this many flows at most, so that a network that changes is learned anew in time. */
const MEMORY = 20 * ROWS_MAX;

/** Between two ticks that are one stretch of watching, seconds. */
const STEP_MAX = 10;

export const ROW_WIDTH = FEATURE_COUNT;

const EMPTY: Learned = { rows: 0, data: new Float32Array(0), flows: 0, minutes: 0 };

/** `count` of the rows of `from`, evenly spread. */
function spread(from: Learned, count: number, into: Float32Array, at: number): void {
  for (let i = 0; i < count; i++) {
    const row = Math.floor((i * from.rows) / count);
    into.set(from.data.subarray(row * ROW_WIDTH, (row + 1) * ROW_WIDTH), at + i * ROW_WIDTH);
  }
}

/** Both together, each with the share of rows that its flows have, `most` rows at most. */
export function together(a: Learned, b: Learned, most: number = ROWS_MAX): Learned {
  const rows = Math.min(most, a.rows + b.rows);
  const flowsA = Math.min(a.flows, MEMORY);
  const share = Math.round((rows * flowsA) / Math.max(1, flowsA + b.flows));
  const ofA = Math.max(rows - b.rows, Math.min(a.rows, share));
  const data = new Float32Array(rows * ROW_WIDTH);
  spread(a, ofA, data, 0);
  spread(b, rows - ofA, data, ofA * ROW_WIDTH);
  return { rows, data, flows: flowsA + b.flows, minutes: a.minutes + b.minutes };
}

export class Learner {
  private readonly sample: FlowSample;
  private readonly row = new Float32Array(ROW_WIDTH);
  private earlier: Learned = EMPTY;
  private flows = 0;
  private seconds = 0;
  private last = NaN;

  constructor(seed: number) {
    this.sample = new FlowSample(ROWS_MAX, ROW_WIDTH, seed);
  }

  /** What was gathered before, where there is something. */
  goOnFrom(earlier: Learned): void {
    this.earlier = earlier;
  }

  /** Takes flows that ended and whose context is filled; not those of hosts that are up to something. */
  observe(batch: FlowBatch, isSuspect: (from: number, to: number) => boolean): void {
    const { id, origHost, respHost } = batch.columns;
    for (let r = 0; r < batch.count; r++) {
      if (isSuspect(origHost[r]!, respHost[r]!)) continue;
      this.flows++;
      if (!this.sample.wants(id[r]!)) continue;
      extractInto(batch, this.row, 0, r, r + 1);
      this.sample.add(id[r]!, this.row, 0);
    }
  }

  /** Packet time goes on, seconds. */
  pass(now: number): void {
    // Sleep is no time to learn in.
    if (now > this.last) this.seconds += Math.min(STEP_MAX, now - this.last);
    this.last = now;
  }

  /** With what was gathered before. */
  get progress(): { flows: number; minutes: number } {
    return { flows: this.earlier.flows + this.flows, minutes: this.earlier.minutes + this.minutes };
  }

  /** All that is known, for a model and for the next capture. */
  learned(): Learned {
    const { rows, data } = this.sample.take();
    return together(this.earlier, { rows, data, flows: this.flows, minutes: this.minutes });
  }

  private get minutes(): number {
    return this.seconds / 60;
  }
}
