/** What the threads that score are given, and what they tell. */
import type { DescribedModel, RecordVerdict, ScoredFile } from '../../../../src-shared/contract/topics/scoring.ts';
import type { LabelColumn, ReasonsFor } from '../../../detect/lab/score-file.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { FromLabThread } from '../lab/jobs.ts';

/** Where a model comes from: the shipped one, a file of this machine, or the bytes of one that is kept. */
export type ModelSource =
  { kind: 'base' } | { kind: 'path'; path: string; name: string } | { kind: 'bytes'; bytes: Uint8Array; name: string };

export interface BulkData {
  file: string;
  out: string;
  model: ModelSource;
  format: string | undefined;
  label: LabelColumn | undefined;
  reasons: ReasonsFor;
}

/** Every how many rows it is noted where a row begins. */
export const STRIDE = 64;

export interface BulkDone {
  scored: Omit<ScoredFile, 'id' | 'name' | 'createdAt'>;
  /** Where every `STRIDE`th row begins in the predictions, bytes. */
  starts: Float64Array;
  /** Rows, from 0, of the lists that are not the whole file. */
  rows: Record<'unusual' | 'anomalous' | 'unreadable', Uint32Array>;
}

export type FromBulk = FromLabThread<BulkDone>;

export type ToRecords =
  | { type: 'load'; model: string; source: ModelSource }
  | { type: 'drop'; model: string }
  | { type: 'describe'; id: number; model: string }
  | { type: 'score'; id: number; model: string; record: Record<string, string | number | null> };

export type FromRecords =
  | { type: 'described'; id: number; described: DescribedModel }
  | { type: 'scored'; id: number; verdict: RecordVerdict }
  | { type: 'failed'; id: number; failure: Failure };
