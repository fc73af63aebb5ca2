/** Texts of rules to a set, in turns: packets that come meanwhile are looked at between them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextSets } from '../../../detect/signatures/content/text-set.ts';
import { ruleTexts } from '../../../detect/signatures/rules/lines.ts';
import { addRule, emptyRuleSet, orderRules, type RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { Rule } from '../../../detect/signatures/rules/rule.ts';
import type { RuleText } from './files.ts';

/** Rules of a turn: some milliseconds. */
const TURN = 200;

export interface LoadOptions {
  /** What earlier rules remember (`dataset`): those that come now go on with it. */
  datasets?: TextSets;
  /** Rules that are left out, though they are sound. */
  isOff?: (rule: Rule) => boolean;
  /** Of a file: its expressions are known to be ones, and need not be tried before they are needed. */
  isKnown?: (file: string) => boolean;
}

export async function loadRules(
  texts: readonly RuleText[],
  { datasets, isOff, isKnown }: LoadOptions = {},
): Promise<RuleSet> {
  const set = { ...emptyRuleSet(), ...(datasets ? { datasets } : {}) };
  for (const { file, text } of texts) {
    let count = 0;
    const known = isKnown?.(file) ?? false;
    for (const { text: rule, line } of ruleTexts(text)) {
      addRule(rule, { file, line }, set, undefined, known);
      if (++count % TURN === 0) await nextTurn();
    }
  }
  orderRules(set);
  // Which of two revisions counts does not depend on what is switched off.
  if (isOff) set.rules = set.rules.filter((rule) => !isOff(rule)).map((rule, order) => Object.assign(rule, { order }));
  return set;
}
