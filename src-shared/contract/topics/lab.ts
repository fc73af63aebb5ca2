/** The lab: experiments on labelled records, their figures, and the files they leave as. */
import { CLASS_WEIGHTS, HOLD_BACK, MOST_TRIES, REGIMES, SAMPLINGS, SPLITS } from '../../domain/lab.ts';
import { COLUMN_TYPES, MAPPED_ROLES } from '../../domain/csv-mapping.ts';
import { command, query, subscription } from '../define.ts';
import { z } from '../schema.ts';
import { fileSource } from './captures.ts';
import { count, moment, nothing, typed } from './common.ts';

const share = z.number().min(0).max(1);
const interval = z.tuple([share, share]);

/** What a detector tried before it chose how many clusters there are, or how near is near. */
export const clusterSearch = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('count'),
    /** Training records that were clustered, and those of them that the silhouettes are of; both drawn by seed. */
    records: count,
    judged: count,
    measure: z.enum(['inertia', 'BIC']),
    tried: z.array(
      z.object({
        count,
        measure: z.number(),
        /** Null of a single cluster. */
        silhouette: z.number().min(-1).max(1).nullable(),
      }),
    ),
    /** Where the measure's curve bends; null where it is no such curve. */
    elbow: count.nullable(),
    chosen: count,
    rule: z.enum(['greatest silhouette', 'least BIC']),
  }),
  z.object({
    by: z.literal('distance'),
    records: count,
    /** Distances are to the so manieth neighbour. */
    neighbour: count,
    /** Rising: the share of records that are at most so far from it. */
    curve: z.array(z.object({ share, distance: z.number() })),
    /** At the elbow of the curve. */
    elbow: share,
    eps: z.number(),
    /** Records that are dense by it. */
    dense: count,
  }),
]);
export type ClusterSearch = z.infer<typeof clusterSearch>;

export const ATTRIBUTION_METHODS = ['tree-shap', 'exact-parts', 'sampled-shapley'] as const;

/** How far each column moved the scores of some test records, drawn by seed from each class. */
export const attribution = z.object({
  method: z.enum(ATTRIBUTION_METHODS),
  /** By record: 1 for attacks. */
  attack: z.array(z.int().min(0).max(1)),
  /** Those that move the scores most, first. */
  columns: z.array(
    z.object({
      column: z.string(),
      /** Mean of the contributions' sizes. */
      mean: z.number(),
      /** By record: towards an alarm, or (below zero) away from it; in units of the score. */
      contributions: z.array(z.number()),
      /** By record: what stands in the column; null: unset. */
      values: z.array(z.union([z.number(), z.string()]).nullable()),
    }),
  ),
  /** All others, and the sum of their means. */
  others: z.object({ columns: count, mean: z.number() }),
});
export type Attribution = z.infer<typeof attribution>;

/** What the figures of one result are drawn from. */
export const resultDetails = z.object({
  /** From (0, 0) to (1, 1). */
  roc: z.object({ fpr: z.array(share), recall: z.array(share) }),
  pr: z.object({ recall: z.array(share), precision: z.array(share) }),
  /**
   * Test records by score: bin i holds scores from `edges[i]` to below `edges[i + 1]`, the last all from its edge on. An alarm
   * is a score at least the threshold, so at an edge the counts above it are exact.
   */
  scores: z.object({
    edges: z.array(z.number()),
    most: z.number(),
    normal: z.array(count),
    attack: z.array(count),
    /** The most frequent kinds of attack. */
    kinds: z.array(z.object({ kind: z.string(), support: count, counts: z.array(count) })),
  }),
  calibration: z.object({
    /** The false-positive rate that validation data promised, and what it was on test data. */
    falsePositives: z.array(z.object({ asked: share, got: share, interval })),
    /** Attacks among the records of a stated probability; null where scores are no probabilities. */
    probability: z
      .object({
        bins: z.array(z.object({ stated: share, observed: share, records: count, interval })),
        /** Mean distance, by records. */
        error: share,
      })
      .nullable(),
  }),
  /**
   * By how much the ROC-AUC on validation data falls when a column is shuffled among the records; null where the detector looks
   * at more than single records, and of seeds after the first.
   */
  importance: z
    .object({ auc: share, features: z.array(z.object({ feature: z.string(), drop: z.number() })) })
    .nullable(),
  /** Null where the detector looks at more than single records, and of seeds after the first; absent of older experiments. */
  attribution: attribution.nullable().optional(),
  /** Null for detectors without clusters; absent of older experiments. */
  clusters: clusterSearch.nullable().optional(),
});
export type ResultDetails = z.infer<typeof resultDetails>;

const box = z.object({
  records: count,
  mean: z.number(),
  least: z.number(),
  low: z.number().describe('least value within 1.5 interquartile ranges of the box'),
  q1: z.number(),
  median: z.number(),
  q3: z.number(),
  high: z.number(),
  most: z.number(),
  outside: count.describe('beyond low and high'),
});
export type BoxNumbers = z.infer<typeof box>;

export const featureDetail = z.object({
  feature: z.string(),
  normal: box,
  attack: box,
  /** Null where a class has a single value; `t` is null where both classes are constant and differ: it is infinite. */
  welch: z.object({ t: z.number().nullable(), degrees: z.number(), p: share }).nullable(),
  ks: z.object({ d: share, p: share }),
});
export type FeatureDetail = z.infer<typeof featureDetail>;

const confusion = z.object({
  value: z.number(),
  targetFpr: share,
  fpr: share,
  recall: share,
  precision: share,
  f1: share,
  accuracy: share,
  tn: count,
  fp: count,
  fn: count,
  tp: count,
});

const result = z.object({
  detector: z.string(),
  regime: z.enum(REGIMES),
  seed: count,
  rocAuc: share,
  prAuc: share,
  recallAtFpr: z.record(z.string(), share),
  threshold: confusion,
  perKind: z.array(z.object({ kind: z.string(), support: count, recall: share, interval })),
  fitMs: count,
  scoreMs: count,
  chosen: z.string(),
  validation: share,
  details: resultDetails.optional(),
});
export type LabResult = z.infer<typeof result>;

const counted = z.object({ reason: z.string(), count, lines: z.array(z.number()) });

const set = z.object({
  format: z.string(),
  sha256: z.string(),
  rows: count,
  normal: count,
  attack: count,
  skipped: count,
  skippedReasons: z.array(counted),
  /** What of good records was read as unset. */
  notes: z.array(counted).optional(),
  /** Columns that are neither learned from nor compared. */
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })).optional(),
});

/** Numbers by the ids of a detector's parameters. */
export const parameterValues = z.record(z.string().max(64), z.number());

/** What was tried of a detector on validation data, the usual setting first. */
export const parameterSearch = z.object({
  detector: z.string(),
  criterion: z.string(),
  tried: z.array(z.object({ parameters: parameterValues, folds: z.array(share), mean: share })),
  chosen: parameterValues,
});
export type ParameterSearch = z.infer<typeof parameterSearch>;

const settings = z.object({
  classWeights: z.enum(CLASS_WEIGHTS),
  sampling: z.enum(SAMPLINGS),
  /** By detector, of those that have some. */
  parameters: z.record(z.string(), parameterValues),
  /** What was tried on validation data, by detector. */
  search: z.array(parameterSearch),
});

/** What data of different formats were compared by, and how either side comes by it. */
const sharedFeatures = z.object({
  features: z.array(
    z.object({ name: z.string(), unit: z.string(), train: z.string(), test: z.string(), estimated: z.boolean() }),
  ),
  leftOut: z.object({ train: z.array(z.string()), test: z.array(z.string()) }),
});

/** The report of `sonde evaluate --details --json`. */
export const labReport = z.object({
  schema: z.literal('sonde.evaluate/1'),
  data: z.object({
    train: set,
    test: set,
    duplicatesAcross: count,
    /** Those, and test records equal in all that is learned from; absent of older experiments. */
    alikeAcross: count.optional(),
    features: count,
    /** Columns by which a network is learned by heart (addresses, ports, times); absent of older experiments. */
    shortcuts: z.array(z.string()).optional(),
    shared: sharedFeatures.optional(),
  }),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  usesLabels: z.boolean(),
  results: z.array(result),
  selected: z.string(),
  /** Absent in reports of before. */
  settings: settings.optional(),
  details: z
    .object({
      /** Mean z² and the one-line rule, each in its regime, where they are not among the results. */
      baselines: z.array(result),
      /** Columns of numbers by class, those that differ most first; of the data that was learned from. */
      features: z.array(featureDetail),
      featuresTotal: count,
    })
    .optional(),
});
export type LabReport = z.infer<typeof labReport>;

const MOST_VALUES = 1000;
const columnName = z.string().max(1024);
const values = z.array(z.string().max(1024)).max(MOST_VALUES);

/** How to read any CSV: what the label says, and what the other columns are where it is not what is guessed. */
export const csvMapping = z.strictObject({
  label: columnName.min(1),
  /** Values that mean an attack; empty: all but `negative`. */
  positive: values,
  negative: values,
  delimiter: z.string().length(1).optional(),
  columns: z.record(
    columnName,
    z.strictObject({ type: z.enum(COLUMN_TYPES).optional(), role: z.enum(MAPPED_ROLES).optional() }),
  ),
});
export type LabMapping = z.infer<typeof csvMapping>;

/** Without shortcuts, and with them. */
const columnCount = z.object({ without: count, with: count });

/** What a file is, told from its first records. */
export const fileLook = z.object({
  format: z.object({ id: z.string(), title: z.string() }).nullable(),
  /** Why it is of none that is known. */
  why: z.string(),
  /** What to do about it. */
  cure: z.string(),
  delimiter: z.string().nullable(),
  columns: z.array(
    z.object({ name: z.string(), type: z.enum(COLUMN_TYPES), role: z.enum(MAPPED_ROLES), values: z.array(z.string()) }),
  ),
  /** Columns that may be the label, with their values. */
  labels: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  /** For estimates; null where it cannot be divided into columns. Of an upload `bytes` is what was sent. */
  size: z
    .object({
      bytes: count,
      /** Of a line, as it lies on disk. */
      lineBytes: z.number().min(0),
      /** Columns that are learned from: of all records, and of ordinary ones alone. */
      columns: z.object({ all: columnCount, ordinary: columnCount }),
      /** Whether the records say whose they are and when they were: some detectors need that. */
      hosts: z.boolean(),
    })
    .nullable(),
});
export type FileLook = z.infer<typeof fileLook>;

const fraction = z.number().gt(0).lt(1);
const files = z.array(fileSource).max(16);

/** As the options of `sonde evaluate`. */
const choices = {
  regime: z.enum(REGIMES).default('normal-only'),
  /** Absent: all of the regime. */
  detectors: z.array(z.string().min(1).max(64)).min(1).max(64).optional(),
  split: z.enum(SPLITS).default('time'),
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .max(20)
    .default([1, 2, 3]),
  validation: fraction.default(0.2),
  targetFpr: fraction.default(0.05),
  /** shifted: by folds as if ordinary traffic had drifted, in place of a random share; absent: random. */
  holdBack: z.enum(HOLD_BACK).optional(),
  duplicates: z.enum(['keep', 'drop']).default('drop'),
  keepShortcuts: z.boolean().default(false),
  /** Of detectors that learn from labels; absent: balanced, none. */
  classWeights: z.enum(CLASS_WEIGHTS).optional(),
  sampling: z.enum(SAMPLINGS).optional(),
  /** By detector: what is not as usual. */
  parameters: z.record(z.string().max(64), parameterValues).optional(),
  /** Settings of each detector that are tried on validation data. */
  search: z.int().min(0).max(MOST_TRIES).optional(),
  /** Absent: the format is recognised. */
  mapping: csvMapping.optional(),
};

export const labOptions = z.object({
  ...choices,
  /** Names of the files, as people know them. */
  train: z.array(z.string()),
  test: z.array(z.string()),
});
export type LabOptions = z.infer<typeof labOptions>;

const experimentId = z.int().min(1);

/** What the lab works on, one after another. */
export const LAB_WORK = ['experiment', 'model', 'scores'] as const;

export const labJob = z.object({
  job: z.int().min(1),
  kind: z.enum(LAB_WORK),
  name: z.string(),
  stage: z.enum(['waiting', 'running', 'done', 'cancelled', 'failed']),
  /** What is being done. */
  step: z.string(),
  /** 0…1 */
  share,
  secondsElapsed: count,
  /** What it is kept as, once it is done. */
  experiment: experimentId.nullable(),
  model: z.int().min(1).nullable(),
  /** Number of the scored file. */
  scores: z.int().min(1).nullable(),
  error: z.object({ code: z.string(), message: z.string(), cure: z.string() }).nullable(),
});
export type LabJob = z.infer<typeof labJob>;

export const experimentRow = z.object({
  id: experimentId,
  name: z.string(),
  createdAt: moment,
  user: z.string(),
  options: labOptions,
  summary: z.object({
    format: z.string(),
    selected: z.string(),
    /** Of the selected detector, means over the seeds. */
    rocAuc: share,
    prAuc: share,
    recall: share,
    fpr: share,
    trainRows: count,
    testRows: count,
    attacks: count,
    warnings: count,
    /** Encoded columns, and how long it took by the clock: for estimates; absent of older experiments. */
    features: count.optional(),
    seconds: z.number().min(0).optional(),
  }),
});
export type ExperimentRow = z.infer<typeof experimentRow>;

/** One of which what is kept cannot be read any more. */
const damagedExperiment = experimentRow.pick({ id: true, name: true, createdAt: true, user: true });
export type DamagedExperiment = z.infer<typeof damagedExperiment>;

/** A file that the desk has ready. */
export const made = z.object({ download: z.string(), name: z.string(), bytes: count });

/** Text of a figure; below what one message may carry. */
const FIGURE_MAX = 200_000;

/** A parameter of a detector, as it is shown. */
export const parameter = z.object({
  id: z.string(),
  meaning: z.string(),
  least: z.number(),
  most: z.number(),
  usual: z.number(),
  whole: z.boolean(),
  /** A search looks at it. */
  searched: z.boolean(),
});
export type LabParameter = z.infer<typeof parameter>;

/** Of the detectors that have some. */
export const knownParameters = z.array(z.object({ detector: z.string(), parameters: z.array(parameter) }));
export type KnownParameters = z.infer<typeof knownParameters>;

export const lab = {
  /** The detectors of each regime, and what training data may be. */
  choices: query(
    nothing,
    z.object({
      regimes: z.array(z.object({ regime: z.enum(REGIMES), detectors: z.array(z.string()) })),
      parameters: knownParameters,
      formats: z.array(z.object({ id: z.string(), title: z.string() })),
    }),
  ),
  /** What a file is; of an upload its beginning is enough, and it is gone afterwards. */
  look: query(z.strictObject({ file: fileSource }), fileLook, 'analyst'),
  /** Answers at once; `progress` tells the rest. */
  start: command(
    z.strictObject({
      ...choices,
      name: typed.max(200).optional(),
      train: files.min(1),
      /** Empty: the training files are divided by `split`. */
      test: files.default([]),
    }),
    z.object({ job: z.int().min(1) }),
  ),
  /**
   * The same experiment with the shortcut columns where it was without them, and the other way round: one that is there already,
   * or a job that makes it.
   */
  ablate: command(
    z.strictObject({ id: experimentId }),
    z.object({ job: z.int().min(1).nullable(), experiment: experimentId.nullable() }),
  ),
  /** Under way, and ended since the program started (at most 50), newest first. */
  jobs: query(nothing, z.object({ jobs: z.array(labJob) })),
  /** The state of all jobs, now and at every change. */
  progress: subscription(nothing, labJob),
  /** Nothing of it is kept. */
  cancel: command(z.strictObject({ job: z.int().min(1) }), nothing),
  /** Newest first. */
  list: query(nothing, z.object({ experiments: z.array(experimentRow), damaged: z.array(damagedExperiment) })),
  get: query(z.strictObject({ id: experimentId }), z.object({ row: experimentRow, report: labReport })),
  remove: command(z.strictObject({ id: experimentId }), nothing),
  /** The whole experiment as one file that `sonde evaluate --experiment` takes. */
  export: command(z.strictObject({ id: experimentId }), made),
  /** A figure as the desk has drawn it, ready to be downloaded. */
  figure: command(
    z.strictObject({ name: typed.min(1).max(160), kind: z.enum(['svg', 'csv']), text: z.string().max(FIGURE_MAX) }),
    made,
  ),
} as const;
