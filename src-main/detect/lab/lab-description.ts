/** What stands at the head of a model file, checked as a whole when it is loaded. */
import { CLASS_WEIGHTS, REGIMES, SAMPLINGS } from '../../../src-shared/domain/lab.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { COLUMN_TYPES, MAPPED_ROLES } from '../../../src-shared/domain/csv-mapping.ts';
import type { LabDescription } from './lab-model.ts';

/** What the calibration adds to the description. */
export interface SavedDescription extends LabDescription {
  tailScale: number;
}

const text = z.string();
const texts = z.array(text);
const share = z.number().min(0).max(1);
const count = z.int().min(0);
const parameters = z.record(text, z.number());
/** JSON has no infinity: where there is no bound, it writes null. */
const bound = z.number().nullable();

const column = z.object({
  name: text,
  kind: z.enum(COLUMN_TYPES),
  role: z.enum(['feature', 'shortcut', 'id']),
  range: z.tuple([bound, bound]).optional(),
  optional: z.boolean().optional(),
  end: z.enum(['source', 'target']).optional(),
});

const plan = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('number'), source: count, log: z.boolean(), optional: z.boolean() }),
  z.object({
    kind: z.literal('word'),
    source: count,
    own: texts,
    rarity: z.array(z.tuple([text, z.number()])),
    rarest: z.number(),
  }),
]);

const search = z.object({
  detector: text,
  criterion: text,
  tried: z.array(z.object({ parameters, folds: z.array(z.number().nullable()), mean: z.number().nullable() })),
  chosen: parameters,
});

const mapping = z.object({
  label: text,
  positive: texts,
  negative: texts.optional(),
  delimiter: text.optional(),
  columns: z
    .record(text, z.object({ type: z.enum(COLUMN_TYPES).optional(), role: z.enum(MAPPED_ROLES).optional() }))
    .optional(),
});

const saved = z
  .object({
    detector: text,
    chosen: text,
    regime: z.enum(REGIMES),
    seed: z.int(),
    format: text,
    columns: z.array(column),
    plans: z.array(plan),
    usual: z.array(z.union([z.number(), text, z.null()])),
    keepShortcuts: z.boolean(),
    classWeights: z.enum(CLASS_WEIGHTS),
    sampling: z.enum(SAMPLINGS),
    parameters: parameters.optional(),
    search: search.optional(),
    mapping: mapping.optional(),
    training: z.object({
      files: texts,
      sha256: text,
      rows: count,
      normal: count,
      attack: count,
      skipped: count,
      learned: count,
      calibrated: count,
      kinds: z.array(z.object({ kind: text, count })),
    }),
    threshold: z.object({ raw: z.number(), score: share, targetFpr: share }),
    heldBack: z.object({
      leftOut: texts,
      normal: count,
      attack: count,
      rocAuc: share.nullable(),
      prAuc: share.nullable(),
      fpr: share,
      recall: share.nullable(),
    }),
    tailScale: z.number().positive(),
  })
  .refine(({ columns, usual }) => usual.length === columns.length, { path: ['usual'] })
  .refine(
    ({ columns, usual }) =>
      usual.every((value, i) => value === null || (typeof value === 'number') === (columns[i]?.kind === 'numeric')),
    { path: ['usual'] },
  );

/** Where a head is not what this version writes, by names; undefined: it is. */
export function faultOf(head: unknown): string | undefined {
  const parsed = saved.safeParse(head);
  if (parsed.success) return undefined;
  return parsed.error.issues[0]?.path.join('.') || 'all of it';
}
