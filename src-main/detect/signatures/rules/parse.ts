/** Files of rules to rules; what cannot be taken is refused by name, never taken in part. */
import type { TextSets } from '../content/text-set.ts';
import { Allowance, type Terms } from '../expression/allowance.ts';
import { RuleFault, type RuleRefused } from './fault.ts';
import { buildRule, type RulePlace } from './build.ts';
import { Draft } from './draft.ts';
import { DEFAULT_VARIABLES, type Variables } from './groups.ts';
import { KEYWORDS } from './keywords/registry.ts';
import { RULES_LIMITS } from './limits.ts';
import { ruleTexts } from './lines.ts';
import type { Rule } from './rule.ts';
import { tokenize } from './tokens.ts';

export interface RuleSet {
  /** In the order in which they are looked at; `order` is their place. */
  rules: Rule[];
  refused: RuleRefused[];
  /** All that were refused, also beyond those listed. */
  refusedTotal: number;
  /** What rules remember of values (`dataset`). */
  datasets: TextSets;
  /** What is left for expressions, of the rules that were refused too. */
  allowance: Allowance;
}

const SID = /\bsid\s*:\s*(\d{1,10})/;

export function emptyRuleSet(): RuleSet {
  return { rules: [], refused: [], refusedTotal: 0, datasets: new Map(), allowance: new Allowance() };
}

/** One rule. @throws RuleFault */
export function parseRule(
  text: string,
  place: RulePlace,
  datasets: TextSets = new Map(),
  variables: Variables = DEFAULT_VARIABLES,
  terms: Terms = {},
): Rule {
  const tokens = tokenize(text);
  const draft = new Draft(datasets, terms);
  draft.protocol = tokens.protocol.toLowerCase();
  for (const { name, value } of tokens.options) {
    const keyword = KEYWORDS.get(name);
    if (!keyword) throw new RuleFault(name.slice(0, 60), 'this keyword is not supported');
    keyword(draft, value, name);
  }
  for (const name of draft.required)
    if (!KEYWORDS.has(name)) throw new RuleFault(name.slice(0, 60), 'is required, and not supported');
  return buildRule(tokens, draft, place, variables);
}

/** Adds the rules of a file's text to `into`. */
export function parseRules(text: string, file: string, into: RuleSet, variables: Variables = DEFAULT_VARIABLES): void {
  for (const { text: rule, line } of ruleTexts(text)) addRule(rule, { file, line }, into, variables);
}

/** Adds one rule, or the reason why not. `isKnown`: its expressions are known to be ones. */
export function addRule(
  text: string,
  place: RulePlace,
  into: RuleSet,
  variables: Variables = DEFAULT_VARIABLES,
  isKnown = false,
): void {
  try {
    if (into.rules.length >= RULES_LIMITS.rules) throw new RuleFault('rule', 'more rules than can be loaded');
    const terms = { allowance: into.allowance, isKnown };
    into.rules.push(parseRule(text, place, into.datasets, variables, terms));
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    refuse(into, { ...place, sid: sidOf(text), keyword: error.keyword, reason: error.message });
  }
}

function sidOf(text: string): number {
  return Number(SID.exec(text.slice(0, RULES_LIMITS.ruleCharacters))?.[1] ?? 0);
}

function refuse(into: RuleSet, refused: RuleRefused): void {
  into.refusedTotal++;
  if (into.refused.length < RULES_LIMITS.refused) into.refused.push(refused);
}

const ACTION_ORDER = ['pass', 'drop', 'reject', 'alert'];

/**
 * Puts rules in the order in which they are looked at: by action, those that set flags before those that read them, by
 * priority, then as they stood in their files. Of rules with one sid the newest revision counts.
 */
export function orderRules(set: RuleSet): void {
  const newest = new Map<string, Rule>();
  for (const rule of set.rules) {
    const key = `${rule.gid} ${rule.sid}`;
    const other = newest.get(key);
    const loser = !other ? undefined : other.rev >= rule.rev ? rule : other;
    if (loser) refuse(set, { ...loser, keyword: 'sid', reason: 'there is another rule of this sid' });
    if (loser !== rule) newest.set(key, rule);
  }
  set.refused = set.refused.map(({ file, line, sid, keyword, reason }) => ({ file, line, sid, keyword, reason }));
  set.rules = [...newest.values()]
    .map((rule, place) => ({ rule, place }))
    .sort((a, b) => rank(a.rule) - rank(b.rule) || a.rule.priority - b.rule.priority || a.place - b.place)
    .map(({ rule }, order) => Object.assign(rule, { order }));
}

function rank(rule: Rule): number {
  return ACTION_ORDER.indexOf(rule.action) * 4 + (3 - rule.flagUse);
}
