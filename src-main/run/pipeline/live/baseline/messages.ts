/** What passes between a live capture and the thread that learns for it. */
import type { Judgement } from '../../../../detect/lab/successor.ts';

export interface LearnData {
  rows: number;
  /** Rows of the flow features, one after the other. */
  data: Float32Array;
  seed: number;
  /** Of the rows, in words. */
  source: string;
  /** The file of the model that scores now; null: there is none, or none that can be read. */
  before: Uint8Array | null;
}

/** Of the newcomer, and of the model before by the same rows; null where there was none. */
export interface Judged {
  next: Judgement;
  before: Judgement | null;
}

export type LearnResult =
  | { model: Uint8Array; judged: Judged }
  /** It would be worse than the one that scores. */
  | { worse: Judged }
  | { failed: string };
