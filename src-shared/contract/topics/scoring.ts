/** Scores by a model: of a whole file, and of a single record of which not everything need be known. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { fileSource } from './captures.ts';
import { count, limit, moment, nothing } from './common.ts';
import { made } from './lab.ts';

const share = z.number().min(0).max(1);
const id = z.int().min(1);

/** `base`: the one that ships with Sonde, for flows. */
export const modelChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('base') }),
  z.strictObject({ kind: z.literal('kept'), id }),
  z.strictObject({ kind: z.literal('file'), file: fileSource }),
]);
export type ModelChoice = z.infer<typeof modelChoice>;

const modelHead = {
  name: z.string(),
  /** What it scores: flows by features of packets, or records of the format it learned from. */
  scores: z.enum(['flows', 'records']),
  detector: z.string(),
  /** Format of the records, as `--format` names it. */
  format: z.string(),
};

const value = z.union([z.number(), z.string(), z.null()]);

export const recordColumn = z.object({
  name: z.string(),
  kind: z.enum(['numeric', 'categorical']),
  /** Whether the model goes by it. */
  used: z.boolean(),
  /** Whether '-' may stand for: it is known to be unset. */
  optional: z.boolean(),
  least: z.number().nullable(),
  most: z.number().nullable(),
  /** Words that it knows, at most 60. */
  words: z.array(z.string()),
  usual: value,
});
export type RecordColumn = z.infer<typeof recordColumn>;

export const describedModel = z.object({
  ...modelHead,
  threshold: share,
  columns: z.array(recordColumn),
});
export type DescribedModel = z.infer<typeof describedModel>;

const LONGEST_VALUE = 256;
const MOST_COLUMNS = 2000;
const record = z
  .record(z.string().max(LONGEST_VALUE), z.union([z.string().max(LONGEST_VALUE), z.number(), z.null()]))
  .refine((given) => Object.keys(given).length <= MOST_COLUMNS, 'has too many columns');

/** As `POST /api/v1/score` gives it. */
export const recordVerdict = z.object({
  score: share,
  raw: z.number(),
  verdict: z.enum(['anomalous', 'ordinary']),
  threshold: share,
  /** Of the ways to fill in what is unknown, the share that are anomalous. */
  certainty: share,
  unknown: z.array(z.string()),
  unused: z.array(z.string()),
  reasons: z.array(z.object({ column: z.string(), value, usual: value, contribution: z.number(), text: z.string() })),
  nearest: z.array(
    z.object({ distance: z.number(), attack: z.boolean(), kind: z.string(), values: z.record(z.string(), value) }),
  ),
  impossible: z.array(z.object({ columns: z.array(z.string()), message: z.string() })),
});
export type RecordVerdict = z.infer<typeof recordVerdict>;

export const VERDICTS = ['anomalous', 'ordinary', 'not-judged', 'unreadable'] as const;
export type ScoreVerdict = (typeof VERDICTS)[number];

/** Which rows of a scored file, in which order: those of all that are most unusual, or as they stand in the file. */
export const ROW_LISTS = ['all', 'unusual', 'anomalous', 'unreadable'] as const;
export type RowList = (typeof ROW_LISTS)[number];

export const scoredFile = z.object({
  id,
  name: z.string(),
  createdAt: moment,
  model: z.object(modelHead),
  format: z.string(),
  rows: count,
  counts: z.record(z.enum(VERDICTS), count),
  threshold: share,
  /** Columns of the file. */
  header: z.array(z.string()),
  unreadableReasons: z.array(z.object({ reason: z.string(), count, lines: z.array(z.number()) })),
  /** Where rows say what they are. */
  labels: z.object({ tn: count, fp: count, fn: count, tp: count }).nullable(),
  /** The model learned from this very file; absent of what was scored before it was looked at. */
  learnedFrom: z.boolean().optional(),
  /**
   * Rows by how rare their score is among ordinary ones: bin i from `edges[i]` on, in −log10(1 − score); the last holds all
   * beyond. Rows without a label are in `unlabelled`.
   */
  scores: z.object({
    edges: z.array(z.number()),
    unlabelled: z.array(count),
    normal: z.array(count),
    attack: z.array(count),
  }),
  /** Rows that each list holds; beyond 10,000 they are in the predictions alone. */
  lists: z.record(z.enum(ROW_LISTS), count),
});
export type ScoredFile = z.infer<typeof scoredFile>;

export const scoredRow = z.object({
  /** Place among the rows of the file, from 1. */
  row: count,
  score: z.number().nullable(),
  verdict: z.enum(VERDICTS),
  reasons: z.array(z.string()),
  cells: z.array(z.string()),
});
export type ScoredRow = z.infer<typeof scoredRow>;

const columnName = z.string().min(1).max(1024);
const words = z.array(z.string().max(1024)).max(1000);

export const scoring = {
  /** The base model first, then what is kept, newest first. */
  models: query(nothing, z.object({ models: z.array(z.object({ choice: modelChoice, ...modelHead })) })),
  describe: query(z.strictObject({ model: modelChoice }), describedModel, 'analyst'),
  /** A single record; what is left out is unknown. */
  record: query(z.strictObject({ model: modelChoice, record }), recordVerdict, 'analyst'),
  /** Scores a file; answers at once, and `lab.progress` tells the rest: a job that is done names what it made as `scores`. */
  start: command(
    z.strictObject({
      file: fileSource,
      model: modelChoice,
      format: z.string().max(64).optional(),
      /** Which column says what a row is, where the format does not know: values that are attacks, or those that are not. */
      label: z.strictObject({ column: columnName, positive: words, negative: words }).optional(),
      reasons: z.enum(['anomalous', 'all', 'none']).default('anomalous'),
    }),
    z.object({ job: id }),
  ),
  /** Scored since the program started, newest first, at most 10. */
  list: query(nothing, z.object({ files: z.array(scoredFile) })),
  get: query(z.strictObject({ id }), scoredFile),
  rows: query(
    z.strictObject({ id, list: z.enum(ROW_LISTS), offset: z.int().min(0).default(0), limit: limit.default(100) }),
    z.object({ rows: z.array(scoredRow) }),
  ),
  /** The predictions, as `sonde score` writes them. */
  download: command(z.strictObject({ id }), made),
  remove: command(z.strictObject({ id }), nothing),
} as const;
