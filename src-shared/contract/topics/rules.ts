/** Rules of signatures and lists of indicators that the desk keeps: what there is of them, what they found, what is off. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { fileSource } from './captures.ts';
import { captureId, count, cursor, limit, moment, nothing, typed } from './common.ts';

/** rules: in Suricata's language. sigma: Sigma rules. list: of indicators. allow: of what is never told. */
export const RULE_SOURCE_KINDS = ['rules', 'sigma', 'list', 'allow'] as const;
export type RuleSourceKind = (typeof RULE_SOURCE_KINDS)[number];

/** Rules to be tried at once, in characters. */
export const TRIED_MAX = 64 * 1024;
/** Hits of a trial that are listed. */
export const TRIED_HITS = 200;
const NAME_MAX = 200;
const FILES_MAX = 64;
const SIDS_MAX = 1000;

const sourceId = z.int().min(1);
/** Of a Sigma rule: made from its id, or from its title, so that it stays the same when it is read again. */
const sid = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** From here on, numbers are of Sigma rules. */
const SIGMA_FROM = 2 ** 32;
export const isSigmaNumber = (number: number): boolean => number >= SIGMA_FROM;
export const sigmaNumber = (hash: number): number => SIGMA_FROM + hash;

/**
 * Begins a line of a text that holds several files of Sigma rules: what follows it on the line is the name of the file that
 * comes. A browser sends a folder of many hundreds of files as one.
 */
export const SIGMA_FILE_MARK = '# sonde: file ';

export const ruleSource = z.object({
  id: sourceId,
  kind: z.enum(RULE_SOURCE_KINDS),
  name: z.string(),
  /** own: comes with Sonde. path: read again from where it lies. upload: sent by somebody. */
  origin: z.enum(['own', 'path', 'upload']),
  /** Where it lies; '' for what was sent. */
  path: z.string(),
  enabled: z.boolean(),
  addedAt: moment,
  readAt: moment,
  author: z.string(),
  /** Rules that can be looked by; of those the ones that are switched off by number or class. */
  rules: count,
  off: count,
  refused: count,
  /** Of lists; null for rules. */
  list: z
    .object({
      format: z.string(),
      entries: count,
      expired: count,
      /** Sound entries of kinds that packets do not show. */
      unseen: count,
      /** Entries for what very many use, in words; the first 50. */
      doubtful: z.array(z.string()),
    })
    .nullable(),
  /** Files of a list are no longer in the data folder: it is not looked by until it is read again. */
  missing: z.boolean(),
  hits: count,
  lastHitAt: moment.nullable(),
});
export type RuleSourceRow = z.infer<typeof ruleSource>;

/** What reading again changed, by number of the rule; of lists by entry. Names: the first 100 of each. */
export const ruleDiff = z.object({
  added: count,
  changed: count,
  gone: count,
  same: count,
  names: z.object({ added: z.array(z.string()), changed: z.array(z.string()), gone: z.array(z.string()) }),
  /** False where a list is too large, or no list of lines: its entries were counted only. */
  compared: z.boolean(),
});
export type RuleDiff = z.infer<typeof ruleDiff>;

const ruleRow = z.object({
  source: sourceId,
  sourceName: z.string(),
  sid,
  rev: z.int(),
  priority: z.int(),
  message: z.string(),
  classtype: z.string(),
  text: z.string(),
  /** on; off: by its number, its class, or with its set. */
  state: z.enum(['on', 'off', 'class-off', 'set-off']),
  hits: count,
  lastHitAt: moment.nullable(),
  lastCapture: captureId.nullable(),
});
export type RuleRow = z.infer<typeof ruleRow>;

const refusedRow = z.object({
  source: sourceId,
  sourceName: z.string(),
  file: z.string(),
  line: z.int(),
  sid: z.int(),
  keyword: z.string(),
  reason: z.string(),
});
export type RefusedRow = z.infer<typeof refusedRow>;

const page = {
  search: typed.default(''),
  source: sourceId.optional(),
  limit: limit.default(100),
  cursor: cursor.optional(),
};
const paged = <R extends z.ZodType>(row: R) => z.object({ rows: z.array(row), total: count, next: cursor.nullable() });
const answer = z.object({ source: ruleSource, diff: ruleDiff });

const tried = z.object({
  loaded: count,
  refused: z.array(
    z.object({
      /** From 1; `column` 0 where the word does not stand in the line. */
      line: z.int(),
      column: z.int(),
      keyword: z.string(),
      reason: z.string(),
    }),
  ),
  hits: z.array(
    z.object({
      sid: z.int(),
      message: z.string(),
      /** Seconds since 1970. */
      ts: z.number(),
      source: z.string(),
      sourcePort: z.int(),
      target: z.string(),
      targetPort: z.int(),
      /** Number in the capture; null for packets of no flow, and of what was watched live. */
      flow: z.int().nullable(),
    }),
  ),
  hitsTotal: count,
  /** Looks at texts longer than an expression looks through, where it stood in none of that. */
  cut: count,
  packets: count,
  /** False: its time was over before the end of the capture. */
  complete: z.boolean(),
});
export type Tried = z.infer<typeof tried>;

export const rules = {
  /** Sonde's own first, then as they were added. `cut`: as of a trial, of all captures; null: that never happened. */
  sources: query(
    nothing,
    z.object({ sources: z.array(ruleSource), cut: z.object({ looks: count, lastAt: moment }).nullable() }),
  ),
  /** By number; `hit`: those that told, latest first. `sids`, `detectors`: only these. */
  list: query(
    z.strictObject({
      ...page,
      show: z.enum(['all', 'on', 'off', 'hit']).default('all'),
      sids: z.array(sid).max(SIDS_MAX).optional(),
      /** And those of these detectors of incidents, e.g. `signature:2024` or `sigma:` and an id. */
      detectors: z.array(typed.max(NAME_MAX)).max(SIDS_MAX).optional(),
    }),
    paged(ruleRow),
  ),
  refused: query(z.strictObject(page), paged(refusedRow)),
  classes: query(
    nothing,
    z.object({
      classes: z.array(z.object({ classtype: z.string(), rules: count, hits: count, enabled: z.boolean() })),
    }),
  ),
  /** Files, or (of rules) folders of the program's machine, become one set or list. */
  add: command(
    z.strictObject({
      kind: z.enum(RULE_SOURCE_KINDS),
      name: typed.max(NAME_MAX).optional(),
      sources: z.array(fileSource).min(1).max(FILES_MAX),
    }),
    answer,
  ),
  /** Reads it again from where it lies, or (`sources`) from files that take its place. */
  update: command(
    z.strictObject({ id: sourceId, sources: z.array(fileSource).min(1).max(FILES_MAX).optional() }),
    answer,
  ),
  /** What it found stays counted. Sonde's own cannot be removed, only switched off. */
  remove: command(z.strictObject({ id: sourceId }), nothing),
  setEnabled: command(z.strictObject({ id: sourceId, enabled: z.boolean() }), nothing),
  /** In every set that has them. */
  setRules: command(z.strictObject({ sids: z.array(sid).min(1).max(SIDS_MAX), enabled: z.boolean() }), nothing),
  setClass: command(z.strictObject({ classtype: z.string().max(NAME_MAX), enabled: z.boolean() }), nothing),
  /** Looks through a capture by these rules alone, for a minute at most. Nothing is kept. */
  try: query(z.strictObject({ capture: captureId, text: z.string().max(TRIED_MAX) }), tried, 'analyst'),
} as const;
