/** `--suppressions FILE`: what someone declared to be expected, schema `sonde.suppressions/1`. */
import {
  fileMoment,
  suppressionsFile,
  type SuppressionInFile,
} from '../../../src-shared/contract/topics/suppression-file.ts';
import { makeMatchers, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import { usageError, type Parsed } from './arguments.ts';
import { readJsonFile } from './json-file.ts';
import { readSettingsFile } from './settings-file.ts';

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

/** What `--suppressions` and `--settings` silence at the time of `--now`. @throws SondeError */
export async function suppressionsOf(parsed: Parsed): Promise<Matcher[]> {
  const now = nowOf(parsed);
  const [path, settings] = [parsed.value('suppressions'), parsed.value('settings')];
  const own = path === undefined ? [] : await readSuppressionsFile(path);
  const more = settings === undefined ? [] : (await readSettingsFile(settings)).suppressions;
  const list = [...own, ...more];
  return makeMatchers(
    list.map((one, id) => ({ ...one, id })),
    now,
  );
}
