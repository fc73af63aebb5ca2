/** `--suppressions FILE`: what someone declared to be expected, schema `sonde.suppressions/1`. */
import {
  fileMoment,
  suppressionsFile,
  type SuppressionInFile,
} from '../../../src-shared/contract/topics/suppression-file.ts';
import { makeMatchers, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import { usageError, type Parsed } from './arguments.ts';
import { readJsonFile } from './json-file.ts';

const CURE = 'Correct the file; docs/cli.md tells what may stand in it.';

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readSuppressionsFile(path: string): Promise<SuppressionInFile[]> {
  return (await readJsonFile(path, suppressionsFile, CURE)).suppressions;
}

/** `--now TIME`, else now: milliseconds since 1970. @throws SondeError `usage` */
export function nowOf(parsed: Parsed): number {
  const text = parsed.value('now');
  if (text === undefined) return Date.now();
  const { data } = fileMoment.safeParse(/^\d+$/.test(text) ? Number(text) : text);
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
