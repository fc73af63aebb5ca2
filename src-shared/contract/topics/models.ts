/** Models of labelled records: learned, kept, put to use, taken back; and what is learned again every day. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { fileSource } from './captures.ts';
import { count, moment, nothing, typed } from './common.ts';
import {
  COMPUTABLE,
  DAILY_SLOTS,
  MODEL_SOURCES,
  PROMOTION_ACTIONS,
  RETRAIN_TRIGGERS,
  SLOT,
} from '../../domain/lab-model.ts';
import { CLASS_WEIGHTS, MOST_TRIES, REGIMES, SAMPLINGS } from '../../domain/lab.ts';
import { csvMapping, knownParameters, parameterSearch, parameterValues } from './lab.ts';

/** Promotions and runs of the schedule that are told of at most. */
export const MOST_HISTORY = 100;

const share = z.number().min(0).max(1);
const fraction = z.number().gt(0).lt(1);
const modelId = z.int().min(1);
const files = z.array(fileSource).min(1).max(16);
const modelName = typed.min(1).max(200);

/** The name under which a model's alarms stand in captures: `lab:SLOT`. */
const slotName = z.string().regex(SLOT, 'a name has a-z, 0-9 and -, at most 40 characters');

/** As the options of `sonde train --records`. */
export const trainOptions = z.strictObject({
  detector: z.string().min(1).max(64),
  /** Absent: as the detector learns. */
  regime: z.enum(REGIMES).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  validation: fraction.default(0.2),
  targetFpr: fraction.default(0.05),
  classWeights: z.enum(CLASS_WEIGHTS).default('balanced'),
  sampling: z.enum(SAMPLINGS).default('none'),
  /** What of the detector is not as usual. */
  parameters: parameterValues.optional(),
  /** Settings that are tried on validation data; what `parameters` sets stays. */
  search: z.int().min(0).max(MOST_TRIES).optional(),
  keepShortcuts: z.boolean().default(false),
  /** Absent: the format is recognised. */
  mapping: csvMapping.optional(),
});
export type TrainOptions = z.infer<typeof trainOptions>;
/** As they are asked for: what is as usual may be left out. */
export type AskedTrainOptions = z.input<typeof trainOptions>;

/** Options as they were noted before every parameter could be set: `trees`, which counted for random forests alone. */
const olderOptions = trainOptions
  .omit({ parameters: true, search: true })
  .extend({ trees: z.int().min(1) })
  .transform(({ trees, ...rest }): TrainOptions => {
    return { ...rest, ...(rest.detector === 'random-forest' && { parameters: { trees } }) };
  });

/** How one of two models did by the same records. */
export const contestant = z.object({
  /** null where there was no attack to judge by. */
  rocAuc: share.nullable(),
  recall: share.nullable(),
  /** Share of ordinary records at or above its own threshold. */
  fpr: share,
  targetFpr: share,
});
export type Contestant = z.infer<typeof contestant>;

/** A model and the one before it, judged by records that the newer one has not learned from. */
export const contestResult = z.object({
  better: z.enum(['next', 'before', 'alike', 'unjudged']),
  why: z.string(),
  normal: count,
  attack: count,
  /** Records that were left out of judging, because their like was learned from. */
  duplicates: count,
  next: contestant,
  before: contestant,
});
export type ContestResult = z.infer<typeof contestResult>;

/** What the desk notes of a model beside the model. */
export const modelNotes = z.object({
  options: trainOptions.nullable(),
  /** What training had to say. */
  warnings: z.array(z.string()),
  /** The model it was learned to follow, and how both did. */
  before: z.object({ id: modelId, name: z.string(), contest: contestResult }).nullable(),
});
export type ModelNotes = z.infer<typeof modelNotes>;

/** Notes as a database may have them. */
export const notesOnDisk = modelNotes.extend({ options: z.union([trainOptions, olderOptions]).nullable() });

export const keptModel = z.object({
  id: modelId,
  name: z.string(),
  createdAt: moment,
  user: z.string(),
  source: z.object({ kind: z.enum(MODEL_SOURCES), detail: z.string() }),
  sha256: z.string(),
  size: count,
  summary: z.object({
    detector: z.string(),
    chosen: z.string(),
    regime: z.enum(REGIMES),
    format: z.string(),
    seed: count,
    columns: z.array(z.string()),
    threshold: z.object({ score: z.number(), targetFpr: share }),
    /** All of them, set or usual, and how they were found; absent of models of before. */
    parameters: parameterValues.optional(),
    search: parameterSearch.optional(),
    training: z.object({
      files: z.array(z.string()),
      rows: count,
      normal: count,
      attack: count,
      kinds: z.array(z.object({ kind: z.string(), count })),
    }),
    heldBack: z.object({
      leftOut: z.array(z.string()),
      normal: count,
      attack: count,
      rocAuc: share.nullable(),
      prAuc: share.nullable(),
      fpr: share,
      recall: share.nullable(),
    }),
  }),
  promotable: z.object({
    /** Which figures of flows stand for its columns; null: it cannot be promoted. */
    by: z.enum(COMPUTABLE).nullable(),
    /** Why not. */
    reason: z.string(),
    /** Columns that packets do not give. */
    columns: z.array(z.string()),
  }),
  /** Where it scores now. */
  slots: z.array(z.string()),
  /** null: it was not made by this desk. */
  notes: modelNotes.nullable(),
});
export type KeptModel = z.infer<typeof keptModel>;

export const promotion = z.object({
  id: z.int(),
  at: moment,
  user: z.string(),
  slot: z.string(),
  action: z.enum(PROMOTION_ACTIONS),
  model: z.int().nullable(),
  name: z.string(),
  before: z.int().nullable(),
  beforeName: z.string(),
  why: z.string(),
});
export type Promotion = z.infer<typeof promotion>;

const retrainFigures = z
  .object({
    /** ROC-AUC: against made-up anomalies, or against the flows of confirmed incidents. */
    separation: share,
    /** Share of ordinary flows held back that are alarms. */
    alarms: share,
    ordinary: count,
    /** Flows of confirmed incidents, or made-up anomalies. */
    strange: count,
  })
  .nullable();

export const retrainRun = z.object({
  id: z.int(),
  at: moment,
  user: z.string(),
  trigger: z.enum(RETRAIN_TRIGGERS),
  outcomes: z.array(
    z.object({
      slot: z.enum(DAILY_SLOTS),
      taken: z.boolean(),
      model: z.int().nullable(),
      words: z.string(),
      next: retrainFigures,
      before: retrainFigures,
    }),
  ),
  /** What the database says of it cannot be read: of what began it and what it came to nothing is known. */
  damaged: z.literal(true).optional(),
});
export type RetrainRun = z.infer<typeof retrainRun>;

const scheduleShape = z.strictObject({ enabled: z.boolean(), hour: z.int().min(0).max(23) });

const changed = z.object({ promotion });
const decision = { why: typed.max(500).default('') };
const started = z.object({ job: z.int().min(1) });

export const models = {
  /** The detectors that a model can be of. */
  choices: query(
    nothing,
    z.object({
      detectors: z.array(z.object({ id: z.string(), supervised: z.boolean() })),
      parameters: knownParameters,
      formats: z.array(z.string()),
    }),
  ),
  /** Answers at once; `lab.progress` tells the rest, `lab.cancel` ends it. */
  train: command(
    z.strictObject({
      name: modelName.optional(),
      data: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('files'), files }),
        /** What the experiment learned from. */
        z.strictObject({ kind: z.literal('experiment'), experiment: z.int().min(1) }),
      ]),
      options: trainOptions,
    }),
    started,
  ),
  /** Learns from other records with the options of a kept model, and judges both by some of them that were held back. */
  retrain: command(
    z.strictObject({
      model: modelId,
      name: modelName.optional(),
      files,
      /** Absent: as the records of that model were read. */
      mapping: csvMapping.optional(),
    }),
    started,
  ),
  /** Newest first. */
  list: query(nothing, z.object({ models: z.array(keptModel) })),
  import: command(z.strictObject({ file: fileSource, name: modelName.optional() }), z.object({ id: modelId })),
  rename: command(z.strictObject({ id: modelId, name: modelName }), nothing),
  /** Not while it is promoted. */
  remove: command(z.strictObject({ id: modelId }), nothing),
  /** The model's file, as `sonde train --records` writes it. */
  export: command(z.strictObject({ id: modelId }), z.object({ download: z.string(), name: z.string(), bytes: count })),
  /** Captures that are imported and watched from then on are scored by it too. */
  promote: command(z.strictObject({ id: modelId, slot: slotName.optional(), ...decision }), changed),
  /** Puts back what scored there before, or nothing. */
  rollBack: command(z.strictObject({ slot: slotName, ...decision }), changed),
  withdraw: command(z.strictObject({ slot: slotName, ...decision }), changed),
  /** What scores now, and who changed that, latest first. */
  promotions: query(
    nothing,
    z.object({
      inUse: z.array(z.object({ slot: z.string(), id: modelId, name: z.string() })),
      history: z.array(promotion),
      /** A change waits for another program that writes to the database. */
      waiting: z.boolean(),
    }),
  ),
  /** Learning again every day: settings, whether it runs now, what it came to, latest first. */
  schedule: query(
    nothing,
    z.object({
      ...scheduleShape.shape,
      /** When it is that hour next; null: it is off. */
      next: moment.nullable(),
      running: z.boolean(),
      runs: z.array(retrainRun),
    }),
  ),
  /** Changes what is given, leaves the rest. */
  setSchedule: command(scheduleShape.partial(), nothing),
  /** Once, now; answers when it has begun. */
  retrainNow: command(nothing, nothing),
} as const;
