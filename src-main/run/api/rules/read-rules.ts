/** Files of rules to what is kept of them. */
import { createHash } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { ruleTexts as textsOfFile } from '../../../detect/signatures/rules/lines.ts';
import { addRule, emptyRuleSet, orderRules } from '../../../detect/signatures/rules/parse.ts';
import type { Rule } from '../../../detect/signatures/rules/rule.ts';
import type { StoredRefusal, StoredRule } from '../../../keep/store/rule-types.ts';
import { ruleTexts, type RuleText } from '../../pipeline/rules/files.ts';
import type { NamedPath } from './messages.ts';

export interface ReadRules {
  rules: StoredRule[];
  refused: StoredRefusal[];
  refusedTotal: number;
  sha256: string;
}

/** @throws SondeError where a file cannot be read */
export async function textsOf(from: readonly NamedPath[]): Promise<RuleText[]> {
  const all: RuleText[] = [];
  for (const { path, name } of from) {
    for (const { file, text } of await ruleTexts([path])) all.push({ file: file === path ? name : file, text });
  }
  return all;
}

/** Sound rules with their texts, and why the others are refused. @throws SondeError where there is no rule at all */
export function readRules(texts: readonly RuleText[]): ReadRules {
  const set = emptyRuleSet();
  const written = new Map<Rule, string>();
  const hash = createHash('sha256');
  const places: Rule[] = [];
  for (const { file, text } of texts) {
    hash.update(`${file}\0${text}\0`);
    for (const { text: rule, line } of textsOfFile(text)) {
      const count = set.rules.length;
      addRule(rule, { file, line }, set);
      const made = set.rules[count];
      if (!made) continue;
      written.set(made, rule);
      places.push(made);
    }
  }
  if (set.rules.length + set.refusedTotal === 0) {
    const named = texts.map(({ file }) => file).join(', ');
    throw new SondeError('bad-request', `${named}: no rule stands in it`, named, 'Choose a file of rules.');
  }
  orderRules(set);
  const counts = new Set(set.rules);
  const rules = places
    .filter((rule) => counts.has(rule))
    .map((rule) => {
      const { gid, sid, rev, priority, message, classtype } = rule;
      return { gid, sid, rev, priority, message, classtype, text: written.get(rule) ?? '' };
    });
  const { refused, refusedTotal } = set;
  return { rules, refused, refusedTotal, sha256: hash.digest('hex') };
}
