/** The report of `sonde evaluate`: schema sonde.evaluate/1 (resources/schemas). */
import { REGIMES } from '../../../src-shared/domain/lab.ts';
import type { FeatureDetail, ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import type { SharedFeatures } from './cross-data.ts';
import type { Confusion, KindRecall } from './metrics.ts';
import type { ParameterValues } from '../detectors/matrix/parameters.ts';
import type { ClassWeights, Sampling } from './sampling.ts';
import type { SearchReport } from './search.ts';
import type { Warning } from './split.ts';

export { REGIMES };
export type Regime = (typeof REGIMES)[number];

export interface SetReport {
  format: string;
  /** Of the file's bytes; of several files, of their sums. */
  sha256: string;
  /** Records that take part. */
  rows: number;
  normal: number;
  attack: number;
  /** Lines that are no good records, or labelled as neither. */
  skipped: number;
  /** Why, the most frequent first. */
  skippedReasons: { reason: string; count: number; lines: number[] }[];
  /** What good records hold that was read as unset (infinities, blanks), the most frequent first. */
  notes: { reason: string; count: number; lines: number[] }[];
  /** Columns of the files that were neither learned from nor compared. */
  leftOut: { name: string; why: string }[];
}

export interface DetectorResult {
  detector: string;
  regime: Regime;
  seed: number;
  rocAuc: number;
  prAuc: number;
  recallAtFpr: Record<string, number>;
  threshold: Confusion & { targetFpr: number };
  perKind: (KindRecall & { interval: [number, number] })[];
  fitMs: number;
  scoreMs: number;
  /** What it chose by itself (rule, clusters, weights), in words. */
  chosen: string;
  /** What `selected` goes by: ROC-AUC on validation data. */
  validation: number;
  /** Where they were asked for. */
  details?: ResultDetails;
}

export interface EvaluationReport {
  schema: 'sonde.evaluate/1';
  data: {
    train: SetReport;
    test: SetReport;
    duplicatesAcross: number;
    /** Those, and test records that equal one of the training data in all that is learned from. */
    alikeAcross: number;
    features: number;
    shortcuts: string[];
    /** What data of different formats were compared by. */
    shared?: SharedFeatures;
  };
  warnings: Warning[];
  usesLabels: boolean;
  results: DetectorResult[];
  selected: string;
  /** What detectors were told: how classes count, every parameter of those that have some, and how it was found. */
  settings: {
    classWeights: ClassWeights;
    sampling: Sampling;
    parameters: Record<string, ParameterValues>;
    search: SearchReport[];
  };
  /** Where they were asked for. */
  details?: {
    /** Mean z² and the one-line rule, each in its regime, where they are not among the results. */
    baselines: DetectorResult[];
    /** Columns of numbers by class, in the training data; those that differ most first. */
    features: FeatureDetail[];
    featuresTotal: number;
  };
}
