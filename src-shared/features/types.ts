/** What a feature is. The catalogue lists them; the scaler, the detectors and the explanations only know this shape. */

/** Which kind of departure a feature speaks of: decides what a bare anomaly is called. */
export type FeatureGroup = 'size' | 'timing' | 'behaviour';

/** What a number is counted in, so that it can be said in words. */
export type FeatureUnit =
  | 'bytes'
  | 'bytes/s'
  | 'packets'
  | 'packets/s'
  | 'seconds'
  | 'share'
  | 'balance'
  | 'flows'
  | 'hosts'
  | 'ports'
  | 'fragments'
  | 'yes/no'
  | 'ratio'
  | 'class';

interface FeatureBase {
  /** Stable name: column in matrices and files. */
  id: string;
  unit: FeatureUnit;
  group: FeatureGroup;
  /** What it means, one sentence. */
  meaning: string;
  /** Paper or tool that introduced it, or one like it. */
  source: string;
  /** How to say it: `{}` stands for the value with its unit. */
  phrase: string;
}

export interface NumericFeature extends FeatureBase {
  kind: 'numeric';
  /**
   * How it is prepared before scaling: `log` is log2(1 + factor × x) for what spans orders of magnitude, `signed-log` the
   * same with the sign kept, `linear` as it is.
   */
  transform: 'linear' | 'log' | 'signed-log';
  factor: number;
}

export interface CategoricalFeature extends FeatureBase {
  kind: 'categorical';
  /** Closed list; a value is an index into it. The last entry stands for everything else where the list has an `other`. */
  vocabulary: readonly string[];
}

export type FeatureDefinition = NumericFeature | CategoricalFeature;
