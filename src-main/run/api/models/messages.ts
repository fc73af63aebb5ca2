/** What a thread that makes models is given, and what it tells. */
import type { LabMapping } from '../../../../src-shared/contract/topics/lab.ts';
import type { ContestResult, TrainOptions } from '../../../../src-shared/contract/topics/models.ts';
import type { LabModelSummary, Promotable } from '../../../../src-shared/domain/lab-model.ts';
import type { FromLabThread } from '../lab/jobs.ts';

export type ModelData =
  | {
      kind: 'train';
      /** Where the files lie, and what people call them. */
      files: string[];
      names: string[];
      /** null: as the model before was trained. */
      options: TrainOptions | null;
      /** How to read the files, where that is not what the options say. */
      mapping: LabMapping | null;
      /** The file of the model that this one is to follow. */
      before: Uint8Array | null;
    }
  /** A model's file. */
  | { kind: 'read'; path: string; name: string };

export interface MadeModel {
  bytes: Uint8Array;
  sha256: string;
  summary: LabModelSummary;
  promotable: Promotable;
  /** What it was trained by; null: it was read. */
  options: TrainOptions | null;
  warnings: string[];
  contest: ContestResult | null;
}

export type FromModelThread = FromLabThread<MadeModel>;
