/** Files and folders of rules as options name them. */
import { dirname } from 'node:path';
import type { RuleSet } from '../../detect/signatures/rules/parse.ts';
import { ruleTexts } from '../pipeline/rules/files.ts';
import { loadRules } from '../pipeline/rules/load.ts';
import { engineOf } from '../pipeline/rules/rule-thread.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import { resourcePath } from '../paths.ts';
import { say } from './errors.ts';

export type Signatures = NonNullable<TriageOptions['signatures']>;

/** @throws SondeError `not-found`, `read-failed` … where a file cannot be read */
export async function readRules(paths: readonly string[]): Promise<RuleSet> {
  return loadRules(await ruleTexts(paths));
}

export async function signaturesOf(paths: readonly string[]): Promise<Signatures> {
  const own = resourcePath('rules');
  // Sonde's tests try the expressions of its own rules: here that would take longer than many a capture.
  const isKnown = (file: string): boolean => dirname(file) === own;
  const texts = (await ruleTexts(paths)).map((one) => ({ ...one, isKnown: isKnown(one.file) }));
  const set = await loadRules(texts, { isKnown });
  if (set.rules.length === 0 && set.refused.length === 0) say(`${paths.join(', ')}: no rule stands in it`);
  return (hosts, run) => engineOf({ set, texts }, hosts, run);
}
