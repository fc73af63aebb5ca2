/** `--suppressions FILE`: what someone declared to be expected, schema `sonde.suppressions/1`. */
import { z } from '../../../src-shared/contract/schema.ts';
import { makeMatchers, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import { moment, suppressionInFile, SUPPRESSIONS_MAX, type SuppressionInFile } from '../settings-document.ts';
import { usageError, type Parsed } from './arguments.ts';
import { readJsonFile } from './json-file.ts';

const CURE = 'Correct the file; docs/cli.md tells what may stand in it.';

const fileShape = z.strictObject({
  schema: z.literal('sonde.suppressions/1', 'has to be "sonde.suppressions/1"'),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX),
});

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readSuppressionsFile(path: string): Promise<SuppressionInFile[]> {
  return (await readJsonFile(path, fileShape, CURE)).suppressions;
}

/** `--now TIME`, else now: milliseconds since 1970. @throws SondeError `usage` */
function nowOf(parsed: Parsed): number {
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
