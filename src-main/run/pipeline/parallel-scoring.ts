/**
 * Scores of all flows of a run, on several threads: the run extracts the features (a fifteenth of the work), threads with an
 * equal scorer do the rest. A row's scores depend on nothing but the row, so they are those of one thread.
 */
import { extractInto, FEATURE_COUNT } from '../../detect/features/extract.ts';
import { encodeModel } from '../../detect/detectors/model-file.ts';
import type { FlowScores, Scorer } from '../../detect/detectors/triage.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { ScoringData, ScoringResult, ScoringTask } from './scoring-messages.ts';
import { startThread, type Thread } from './threads.ts';

/** With fewer flows, starting the threads (0.3 s of each) takes longer than they save. */
export const PARALLEL_FROM = 500_000;
/** More threads than this wait for the one that extracts. */
const MOST_THREADS = 8;
/** Chunks a thread has before it: one at work, one waiting. */
const AHEAD = 2;

/** Columns in one buffer, so that they can be moved. */
export function packScores({ count, score, surprise, anomalous, perDetector }: FlowScores): ArrayBuffer {
  const buffer = new ArrayBuffer(count * 4 * (2 + perDetector.length) + count);
  for (const [i, column] of [score, surprise, ...perDetector].entries()) {
    new Float32Array(buffer, i * count * 4, count).set(column.subarray(0, count));
  }
  new Uint8Array(buffer, count * 4 * (2 + perDetector.length), count).set(anomalous.subarray(0, count));
  return buffer;
}

export function unpackScores(buffer: ArrayBuffer, count: number, detectors: readonly string[]): FlowScores {
  const column = (i: number): Float32Array => new Float32Array(buffer, i * count * 4, count);
  return {
    count,
    score: column(0),
    surprise: column(1),
    anomalous: new Uint8Array(buffer, count * 4 * (2 + detectors.length), count),
    detectors,
    perDetector: detectors.map((_, i) => column(2 + i)),
  };
}

/**
 * Scores of each batch, in their order. A batch need be valid only until the next is asked for.
 *
 * @throws what a thread threw; nothing is counted then
 */
export async function scoreInParallel(
  scorer: Scorer,
  batches: Iterable<FlowBatch>,
  threads: number,
): Promise<FlowScores[]> {
  const crew = new Crew(scorer, Math.min(threads, MOST_THREADS));
  try {
    let part = 0;
    for (const batch of batches) await crew.take(part++, batch);
    const scored = await crew.finish();
    for (const scores of scored) scorer.countScored(scores);
    return scored;
  } finally {
    await crew.end();
  }
}

class Crew {
  private readonly threads: Thread[];
  /** Tasks each thread has not answered. */
  private readonly busy: number[];
  private readonly free: ArrayBuffer[] = [];
  private readonly results: FlowScores[] = [];
  private readonly detectors: readonly string[];
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private ending = false;

  constructor(scorer: Scorer, count: number) {
    this.detectors = scorer.detectorIds;
    const data: ScoringData = { model: Uint8Array.from(encodeModel(scorer.model)), state: scorer.state() };
    this.busy = new Array<number>(count).fill(0);
    this.threads = this.busy.map((_, thread) =>
      startThread('run/pipeline/scoring.worker', data, [], {
        onMessage: (message) => this.answered(thread, message as ScoringResult),
        onEnd: (error) => this.lost(error),
      }),
    );
  }

  private answered(thread: number, { part, count, scores, rows }: ScoringResult): void {
    this.busy[thread]!--;
    this.free.push(rows);
    this.results[part] = unpackScores(scores, count, this.detectors);
    this.wake?.();
  }

  private lost(error: Error | null): void {
    if (this.ending) return;
    this.failure ??= error ?? new Error('a thread that scored flows ended');
    this.wake?.();
  }

  private async until(done: () => boolean): Promise<void> {
    while (!this.failure && !done()) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.failure) throw this.failure;
  }

  async take(part: number, batch: FlowBatch): Promise<void> {
    const rows = this.buffer(batch.count * FEATURE_COUNT * 4);
    extractInto(batch, new Float32Array(rows), 0, 0, batch.count);
    await this.until(() => this.busy.some((tasks) => tasks < AHEAD));
    const thread = this.busy.indexOf(Math.min(...this.busy));
    this.busy[thread]!++;
    const task: ScoringTask = { part, count: batch.count, rows };
    this.threads[thread]!.send(task, [rows]);
  }

  private buffer(bytes: number): ArrayBuffer {
    const known = this.free.pop();
    return known && known.byteLength >= bytes ? known : new ArrayBuffer(bytes);
  }

  async finish(): Promise<FlowScores[]> {
    await this.until(() => this.busy.every((tasks) => tasks === 0));
    return this.results;
  }

  async end(): Promise<void> {
    this.ending = true;
    await Promise.all(this.threads.map((thread) => thread.kill()));
  }
}
