/** What passes between whoever retrains and the thread that does the work. */
import type { RetrainFigures } from '../../../../src-shared/domain/lab-model.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { Learnable } from '../../../keep/store/queries/lab-models.ts';

export interface RetrainData {
  learnable: Learnable;
  seed: number;
  /** Of the traffic, in words: what the models say they learned from. */
  source: string;
  /** Files of the models that score in these slots now. */
  before: { ordinary: Uint8Array | null; judged: Uint8Array | null };
}

/** What one of the two came to. `model`: its file, where it is to score. */
export interface Retrained {
  model: Uint8Array | null;
  words: string;
  next: RetrainFigures | null;
  before: RetrainFigures | null;
}

export type FromRetrain =
  | { type: 'step'; step: string }
  | { type: 'done'; ordinary: Retrained; judged: Retrained }
  | { type: 'failed'; failure: Failure };
