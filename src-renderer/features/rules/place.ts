/** Addresses of the view: `#/rules`, `#/rules/all?search=…`, `#/rules/refused`, `#/rules/classes`, `#/rules/try?capture=3`. */
import { writePlace } from '../../lib/address-bar.ts';

export const PARTS = ['', 'all', 'refused', 'classes', 'try'] as const;
export type RulesPart = (typeof PARTS)[number];

export function rulesAddress(part: RulesPart = '', params: Record<string, string> = {}): string {
  return writePlace({ capture: null, view: 'rules', rest: part === '' ? [] : [part], params });
}

export function rulesPart([first = '']: readonly string[]): RulesPart {
  return PARTS.find((part) => part === first) ?? '';
}
