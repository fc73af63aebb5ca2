/** What an experiment's thread is given, and what it tells. */
import type { ExperimentRow, LabOptions } from '../../../../src-shared/contract/topics/lab.ts';
import type { FromLabThread } from './jobs.ts';

export interface LabData {
  /** Where the files lie. */
  train: string[];
  test: string[];
  options: LabOptions;
}

export interface Evaluated {
  /** JSON. */
  report: string;
  summary: ExperimentRow['summary'];
}

export type FromLab = FromLabThread<Evaluated>;
