/** Files of rules as options name them. */
import { readFile, stat } from 'node:fs/promises';
import { SondeError } from '../../../src-shared/errors.ts';
import { RuleEngine } from '../../detect/signatures/engine/engine.ts';
import { RULES_LIMITS } from '../../detect/signatures/rules/limits.ts';
import { emptyRuleSet, orderRules, parseRules, type RuleSet } from '../../detect/signatures/rules/parse.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { say } from './errors.ts';

export type Signatures = (hosts: HostTable) => RuleEngine;

/** @throws SondeError `not-found`, `read-failed` … where a file cannot be read */
export async function readRules(paths: readonly string[]): Promise<RuleSet> {
  const set = emptyRuleSet();
  for (const path of paths) parseRules(await textOf(path), path, set);
  orderRules(set);
  return set;
}

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > RULES_LIMITS.fileBytes)
      throw new SondeError('read-failed', `${path} is larger than a file of rules may be`, path, 'Divide it.');
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof SondeError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
    const said = error instanceof Error ? error.message : String(error);
    throw new SondeError('read-failed', `${path} cannot be read: ${said}`, path, 'Check the file and its permissions.');
  }
}

export async function signaturesOf(paths: readonly string[]): Promise<Signatures> {
  const set = await readRules(paths);
  if (set.rules.length === 0 && set.refused.length === 0) say(`${paths.join(', ')}: no rule stands in it`);
  return (hosts) => new RuleEngine({ set, hosts });
}
