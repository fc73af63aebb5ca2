/** What is said of rules and lists. */
import {
  isSigmaNumber,
  type RuleDiff,
  type RuleRow,
  type RuleSourceKind,
  type RuleSourceRow,
} from '../../../src-shared/contract/topics/rules.ts';
import { counted, exact } from '../../lib/numbers.ts';

export const KIND_WORDS: Readonly<Record<RuleSourceKind, string>> = {
  rules: 'Rules',
  sigma: 'Sigma rules',
  list: 'Indicators',
  allow: 'Allowed',
};

export const ORIGIN_WORDS: Readonly<Record<RuleSourceRow['origin'], string>> = {
  own: 'comes with Sonde',
  path: 'read from this machine',
  upload: 'was sent',
};

export const STATE_WORDS: Readonly<Record<RuleRow['state'], string>> = {
  on: 'on',
  off: 'off',
  'class-off': 'its class is off',
  'set-off': 'its set is off',
};

/** Rules of either language, no lists. */
export const isRules = (kind: RuleSourceKind): boolean => kind === 'rules' || kind === 'sigma';

/** A Sigma rule has no number that people know it by. */
export function numberText(sid: number, rev: number): { number: string; rev: string } {
  return isSigmaNumber(sid) ? { number: 'Sigma', rev: '' } : { number: String(sid), rev: `rev ${rev}` };
}

/** What a set or list holds. */
export function contentText({ kind, rules, off, list }: RuleSourceRow): string {
  if (list === null) return `${counted(rules, 'rule')}${off > 0 ? `, ${exact(off)} off` : ''}`;
  const entries = counted(list.entries, 'entry', 'entries');
  const rest = [
    list.expired > 0 ? `${exact(list.expired)} not in force` : '',
    list.unseen > 0 ? `${exact(list.unseen)} that packets do not show` : '',
  ].filter(Boolean);
  return [kind === 'allow' ? `${entries} that are allowed` : entries, ...rest].join(', ');
}

/** Of expressions that are bounded. */
export function cutText(looks: number): string {
  const times = looks === 1 ? 'Once' : `${exact(looks)} times`;
  return `${times} a text was longer than a rule looks through, or took it too long, and what it looks for stood in none of what it saw.`;
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

/** How long ago. */
export function ageText(at: number, now: number): string {
  const past = Math.max(0, now - at);
  for (const [length, unit] of UNITS) if (past >= length) return `${counted(Math.floor(past / length), unit)} ago`;
  return 'just now';
}

export function diffText({ added, changed, gone, same, compared }: RuleDiff, kind: RuleSourceKind): string {
  if (!compared) return 'It was read again; it is too large, or no list of lines, to say what changed.';
  if (added + changed + gone === 0) return 'Nothing has changed.';
  const what = isRules(kind) ? '' : ' (lines)';
  return `${exact(added)} new, ${exact(changed)} changed, ${exact(gone)} gone, ${exact(same)} as before${what}.`;
}
