import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyRuleSet, orderRules, parseRules } from '../../../src-main/detect/signatures/rules/parse.ts';
import { CASES } from './own-cases.ts';
import { alerts } from './talk.ts';

const FOLDER = join(import.meta.dirname, '../../../resources/rules');
const SLOW = 60_000;

function ownRules(): ReturnType<typeof emptyRuleSet> {
  const set = emptyRuleSet();
  for (const name of readdirSync(FOLDER).filter((each) => each.endsWith('.rules')))
    parseRules(readFileSync(join(FOLDER, name), 'utf8'), name, set);
  orderRules(set);
  return set;
}

describe("Sonde's own rules", () => {
  const set = ownRules();

  it('are all taken, each with a number of its own in the range kept for them, a class, and words', () => {
    expect(set.refused).toEqual([]);
    for (const { sid, message, classtype, metadata, trigger } of set.rules) {
      expect(sid >= 1_990_001 && sid <= 1_990_999, String(sid)).toBe(true);
      expect(message, String(sid)).toMatch(/^[A-Za-z0-9].{12,}/);
      expect(classtype, String(sid)).not.toBe('');
      expect(metadata.join(), String(sid)).toMatch(/mitre_technique_id T\d{4}/);
      expect(trigger, String(sid)).not.toBe('once');
    }
  });

  it('are found by a content, or wait for an event: no packet is looked at by a rule for nothing', () => {
    const slow = set.rules.filter(({ fast, trigger }) => fast === null && trigger !== 'event').map(({ sid }) => sid);
    expect(slow).toEqual([]);
  });

  it('each have a case that they tell, and one that they do not', () => {
    const told = new Set(CASES.map(([sid]) => sid));
    expect(set.rules.map(({ sid }) => sid).filter((sid) => !told.has(sid))).toEqual([]);
  });

  it.each(CASES.map(([sid, hit, miss]) => ({ sid, hit, miss })))(
    '$sid',
    ({ sid, hit, miss }) => {
      expect(Object.keys(alerts(set, hit))).toContain(String(sid));
      expect(Object.keys(alerts(set, miss))).not.toContain(String(sid));
    },
    SLOW,
  );
});
