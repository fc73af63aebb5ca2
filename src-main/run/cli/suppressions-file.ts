/** `--suppressions FILE`: what someone declared to be expected, schema `sonde.suppressions/1`. */
import { z } from '../../../src-shared/contract/schema.ts';
import { suppressionScope } from '../../../src-shared/contract/topics/scope.ts';
import { makeMatchers, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import { usageError, type Parsed } from './arguments.ts';
import { readJsonFile } from './json-file.ts';

export const SUPPRESSIONS_MAX = 1000;
const CURE = 'Correct the file; docs/cli.md tells what may stand in it.';

const moment = z.union(
  [z.int().min(0), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'neither milliseconds since 1970 nor a time like 2026-12-01T00:00:00Z',
);

/** A suppression in a file of ours. */
export const suppressionInFile = z.strictObject({
  scope: suppressionScope,
  reason: z.string().max(500).optional(),
  author: z.string().max(100).optional(),
  createdAt: moment.optional(),
  expiresAt: moment.nullable().default(null),
  enabled: z.boolean().default(true),
});

const fileShape = z.strictObject({
  schema: z.literal('sonde.suppressions/1', 'has to be "sonde.suppressions/1"'),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX),
});

export type SuppressionInFile = z.infer<typeof suppressionInFile>;

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readSuppressionsFile(path: string): Promise<SuppressionInFile[]> {
  return (await readJsonFile(path, fileShape, CURE)).suppressions;
}

/** `--now TIME`, else now: milliseconds since 1970. @throws SondeError `usage` */
export function nowOf(parsed: Parsed): number {
  const text = parsed.value('now');
  if (text === undefined) return Date.now();
  const { data } = moment.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (data !== undefined) return data;
  throw usageError(
    `--now ${text}: no time`,
    '--now',
    'Write it as 2026-12-01T00:00:00Z, or in milliseconds since 1970.',
  );
}

/** What `--suppressions` silences at the time of `--now`. @throws SondeError */
export async function suppressionsOf(parsed: Parsed): Promise<Matcher[]> {
  const now = nowOf(parsed);
  const path = parsed.value('suppressions');
  if (path === undefined) return [];
  const list = await readSuppressionsFile(path);
  return makeMatchers(
    list.map((one, id) => ({ ...one, id })),
    now,
  );
}
