/** What the training of every autoencoder on tfjs has in common: its rows, its batches, and when it stops. */
import { sampleWithoutReplacement } from '../../features/random.ts';
import type { FeatureMatrix } from '../../types.ts';
import type { BackendName } from './backend.ts';
import { clampInput } from './network.ts';

export interface TrainingOptions {
  /** Most passes over the training rows. */
  epochs?: number;
  /** Passes without a better validation loss before it stops. */
  patience?: number;
  /** Rows a step learns from. */
  batch?: number;
  learningRate?: number;
  backends?: readonly BackendName[];
  onEpoch?: (epoch: number, loss: number, validation: number) => void;
}

export interface Trained {
  backend: BackendName;
  /** Passes until the best weights. */
  epochs: number;
  /** Validation loss of the best weights. */
  validation: number;
}

export interface Rows {
  data: Float32Array;
  rows: number;
  width: number;
}

/** Rows within ±INPUT_LIMIT. */
export function clampedRows({ data, rows, features }: FeatureMatrix): Rows {
  const width = features.length;
  return { data: data.subarray(0, rows * width).map(clampInput), rows, width };
}

/** All rows in a new order, in whole batches (one, where there are fewer rows). The data is overwritten by the next. */
function* shuffled({ data, rows, width }: Rows, batch: number, random: () => number): Generator<Rows> {
  const order = sampleWithoutReplacement(rows, rows, random);
  const portion = new Float32Array(batch * width);
  for (let from = 0; from + batch <= rows || from === 0; from += batch) {
    const count = Math.min(batch, rows - from);
    for (let i = 0; i < count; i++) {
      const row = order[from + i]!;
      portion.set(data.subarray(row * width, (row + 1) * width), i * width);
    }
    yield { data: portion.subarray(0, count * width), rows: count, width };
  }
}

/** One pass over the rows; answers the mean of what the steps answer. */
export async function pass(
  rows: Rows,
  batch: number,
  random: () => number,
  step: (rows: Rows) => number | Promise<number>,
): Promise<number> {
  let sum = 0;
  let batches = 0;
  for (const some of shuffled(rows, batch, random)) {
    sum += await step(some);
    batches++;
  }
  return sum / batches;
}

/** The rows in their order, in portions. */
export function* portions({ data, rows, width }: Rows, size = 4096): Generator<Rows> {
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    yield { data: data.subarray(from * width, (from + count) * width), rows: count, width };
  }
}

/** Passes until the validation loss gets no better; what `keep` answered after the best one. */
export async function untilNoBetter<T>(
  settings: Required<Pick<TrainingOptions, 'epochs' | 'patience'>> & Pick<TrainingOptions, 'onEpoch'>,
  onePass: () => Promise<number>,
  judge: () => number,
  keep: () => T,
): Promise<T & Omit<Trained, 'backend'>> {
  let best: (T & Omit<Trained, 'backend'>) | undefined;
  for (let n = 1; n <= settings.epochs; n++) {
    const loss = await onePass();
    const validation = judge();
    settings.onEpoch?.(n, loss, validation);
    if (!best || validation < best.validation) best = { ...keep(), epochs: n, validation };
    else if (n - best.epochs >= settings.patience) break;
  }
  return best!;
}
