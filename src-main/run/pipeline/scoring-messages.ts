/** What passes between a run and the threads that score for it. */
import type { ScorerState } from '../../detect/detectors/triage.ts';

export interface ScoringData {
  /** The model's file. */
  model: Uint8Array;
  state: ScorerState;
}

/** Rows of features, moved; `part`: which chunk of the log they are. */
export interface ScoringTask {
  part: number;
  count: number;
  rows: ArrayBuffer;
}

/** All columns of the scores, one after the other, moved: score, surprise, each detector (32 bits), anomalous (8 bits). */
export interface ScoringResult {
  part: number;
  count: number;
  scores: ArrayBuffer;
  /** The task's buffer, to be used again. */
  rows: ArrayBuffer;
}
