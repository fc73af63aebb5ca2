/** What an experiment's thread is given, and what it tells. */
import type { ExperimentRow, LabOptions } from '../../../../src-shared/contract/topics/lab.ts';
import type { Failure } from '../../../keep/store/protocol.ts';

export interface LabData {
  /** Where the files lie. */
  train: string[];
  test: string[];
  options: LabOptions;
}

export type FromLab =
  | { type: 'step'; step: string; share: number }
  | { type: 'done'; report: string; summary: ExperimentRow['summary'] }
  | { type: 'failed'; failure: Failure };
