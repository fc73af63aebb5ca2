/** Rules and lists as the store keeps them. */
import type { RuleDiff, RuleSourceKind, RuleSourceRow } from '../../../src-shared/contract/topics/rules.ts';

export interface StoredRule {
  gid: number;
  sid: number;
  rev: number;
  priority: number;
  message: string;
  classtype: string;
  text: string;
}

export interface StoredRefusal {
  file: string;
  line: number;
  sid: number;
  keyword: string;
  reason: string;
}

/** Of a list; `files`: names in the data folder. */
export type StoredList = NonNullable<RuleSourceRow['list']> & { files: string[] };

/** The table knows rules, lists and what is allowed: a set of Sigma rules is one of rules that says so beside it. */
export const SIGMA_SET = JSON.stringify({ language: 'sigma' });

/** What a set or list is, by what is written of it. */
export function kindOf(kind: RuleSourceKind, list: string | null): RuleSourceKind {
  return kind === 'rules' && list !== null ? 'sigma' : kind;
}

export interface NewRuleSource {
  /** Absent: a new one. */
  id?: number;
  kind: RuleSourceKind;
  name: string;
  origin: RuleSourceRow['origin'];
  paths: readonly string[];
  /** Milliseconds since 1970. */
  at: number;
  author: string;
  sha256: string;
  rules: readonly StoredRule[];
  refused: readonly StoredRefusal[];
  refusedTotal: number;
  list: StoredList | null;
}

/** What it was before a change: for those who remove its files, or read it again. */
export interface RuleSourceFiles {
  id: number;
  kind: RuleSourceKind;
  name: string;
  origin: RuleSourceRow['origin'];
  paths: string[];
  enabled: boolean;
  sha256: string;
  files: string[];
}

/** What is in force. */
export interface ActiveRules {
  /** Texts of rules in Suricata's language, one a line. */
  text: string;
  /** Sigma rules; of a number that stands in several sets, the first. */
  sigma: { sid: number; text: string }[];
  lists: { id: number; kind: 'list' | 'allow'; name: string; files: string[] }[];
}

/**
 * No rule has this number: under it stands how often a text was longer than an expression looks through, of all rules.
 */
export const CUT_KEY = 0;

export interface RuleHit {
  what: 'sid' | 'list';
  key: number;
  hits: number;
}

/** Carried out by the store's worker. */
export interface RuleMethods {
  /** Added, or in the place of what it was; what that changed of rules. */
  putRuleSource(source: NewRuleSource): { id: number; diff: RuleDiff };
  ruleSources(): RuleSourceFiles[];
  setRuleSource(id: number, enabled: boolean): boolean;
  removeRuleSource(id: number): boolean;
  /** `what`: by number, or by class. */
  setRulesOff(what: 'sid' | 'class', values: readonly string[], off: boolean): void;
  activeRules(): ActiveRules;
  /** `at`: milliseconds since 1970; `capture`: where they were found. */
  addRuleHits(hits: readonly RuleHit[], at: number, capture: number | null): void;
}
