/** Files and folders of rules as options name them. */
import { dirname } from 'node:path';
import { RuleEngine } from '../../detect/signatures/engine/engine.ts';
import type { RuleSet } from '../../detect/signatures/rules/parse.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { ruleTexts } from '../pipeline/rules/files.ts';
import { loadRules } from '../pipeline/rules/load.ts';
import { resourcePath } from '../paths.ts';
import { say } from './errors.ts';

export type Signatures = (hosts: HostTable) => RuleEngine;

/** @throws SondeError `not-found`, `read-failed` … where a file cannot be read */
export async function readRules(paths: readonly string[]): Promise<RuleSet> {
  return loadRules(await ruleTexts(paths));
}

export async function signaturesOf(paths: readonly string[]): Promise<Signatures> {
  const own = resourcePath('rules');
  // Sonde's tests try the expressions of its own rules: here that would take longer than many a capture.
  const set = await loadRules(await ruleTexts(paths), { isKnown: (file) => dirname(file) === own });
  if (set.rules.length === 0 && set.refused.length === 0) say(`${paths.join(', ')}: no rule stands in it`);
  return (hosts) => new RuleEngine({ set, hosts });
}
