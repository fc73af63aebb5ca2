/** Rules by number and words; captures by name, file and hash. */
import type Database from 'better-sqlite3';
import type { z } from '../../../../../src-shared/contract/schema.ts';
import type { foundCapture, foundRule } from '../../../../../src-shared/contract/topics/search.ts';
import { WORD_MIN, type Sought } from '../../../../../src-shared/domain/search.ts';
import { likeText } from '../common.ts';
import { ASKED, groupOf, nothingFound, RULES_WALKED, type Group } from './bounds.ts';

export type FoundRule = z.infer<typeof foundRule>;
export type FoundCapture = z.infer<typeof foundCapture>;

export const RULE_BY_SID_SQL = `SELECT r.sid, r.message, s.name AS "set" FROM rules r INDEXED BY rules_sid
  JOIN rule_sources s ON s.id = r.source WHERE r.sid = ? LIMIT ${ASKED}`;

export const RULES_SQL = `SELECT r.sid, r.message, s.name AS "set" FROM (
    SELECT sid, source, message, classtype FROM rules LIMIT ${RULES_WALKED}) r
  JOIN rule_sources s ON s.id = r.source
  WHERE r.message LIKE :like ESCAPE '\\' OR r.classtype LIKE :like ESCAPE '\\' ORDER BY r.sid LIMIT ${ASKED}`;

export function foundRules(db: Database.Database, { text, sid, ranges, mac }: Sought): Group<FoundRule> {
  if (sid !== null) return groupOf(db.prepare(RULE_BY_SID_SQL).all(sid) as FoundRule[]);
  if (text.length < WORD_MIN || ranges.length > 0 || mac !== null) return nothingFound();
  return groupOf(db.prepare(RULES_SQL).all({ like: likeText(text) }) as FoundRule[]);
}

/** Captures are few: a row each, with what they were read from. */
export const CAPTURES_SQL = `SELECT c.id AS capture, c.name,
    CASE WHEN c.name LIKE :like ESCAPE '\\' THEN 'name'
      WHEN EXISTS (SELECT 1 FROM inputs WHERE capture = c.id AND path LIKE :like ESCAPE '\\') THEN 'file' ELSE 'hash' END AS why
  FROM captures c WHERE c.name LIKE :like ESCAPE '\\' OR EXISTS (SELECT 1 FROM inputs WHERE capture = c.id
    AND (path LIKE :like ESCAPE '\\' OR (sha256 <> '' AND sha256 = :hash)))
  ORDER BY c.id DESC LIMIT ${ASKED}`;

export function foundCaptures(db: Database.Database, { text }: Sought): Group<FoundCapture> {
  if (text.length < WORD_MIN) return nothingFound();
  const found = db.prepare(CAPTURES_SQL).all({ like: likeText(text), hash: text.toLowerCase() });
  return groupOf(found as FoundCapture[]);
}
