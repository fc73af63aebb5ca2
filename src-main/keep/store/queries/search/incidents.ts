/** Incidents by their words, addresses, names and evidence. */
import type Database from 'better-sqlite3';
import type { z } from '../../../../../src-shared/contract/schema.ts';
import type { foundIncident } from '../../../../../src-shared/contract/topics/search.ts';
import { WORD_MIN, type Sought } from '../../../../../src-shared/domain/search.ts';
import { likeText } from '../common.ts';
import { SEVERITY_RANK } from '../incidents.ts';
import { ASKED, groupOf, INCIDENTS_WALKED, nothingFound, type Group } from './bounds.ts';

export type FoundIncident = z.infer<typeof foundIncident>;

/** Parts of the body that hold what was seen; its other parts are words of ours, or numbers. */
const SEEN = ['sources', 'targets', 'domains', 'evidence', 'summary', 'sensors'] as const;

/**
 * The body as text is looked at first: most incidents are out then, and their JSON need not be read. A number is looked
 * for among ports and in the words alone.
 */
export const INCIDENTS_SQL = `SELECT i.capture, c.name AS captureName, i.uid, i.title, i.severity, i.first_ts AS firstTs FROM (
    SELECT capture, uid, title, severity, first_ts, kind, body FROM incidents ORDER BY capture DESC LIMIT ${INCIDENTS_WALKED}) i
  JOIN captures c ON c.id = i.capture
  WHERE i.uid = :text OR i.title LIKE :like ESCAPE '\\' OR i.kind LIKE :like ESCAPE '\\'
    OR (i.body LIKE :inBody ESCAPE '\\' AND (${SEEN.map((part) => `json_extract(i.body, '$.${part}') LIKE :inBody ESCAPE '\\'`).join(' OR ')}))
    OR (:port >= 0 AND EXISTS (SELECT 1 FROM json_each(i.body, '$.ports') WHERE value = :port))
  ORDER BY ${SEVERITY_RANK} DESC, i.capture DESC, i.first_ts DESC LIMIT ${ASKED}`;

export function foundIncidents(db: Database.Database, { text, port, mac }: Sought): Group<FoundIncident> {
  if (text.length < WORD_MIN) return nothingFound();
  const words = mac ?? text;
  const found = db.prepare(INCIDENTS_SQL).all({
    text,
    like: likeText(words),
    // As it stands in JSON.
    inBody: likeText(JSON.stringify(words).slice(1, -1)),
    port: port ?? -1,
  });
  return groupOf(found as FoundIncident[]);
}

export function incidentsLeft(db: Database.Database): boolean {
  const sql = `SELECT count(*) FROM (SELECT 1 FROM incidents LIMIT ${INCIDENTS_WALKED + 1})`;
  return Number(db.prepare(sql).pluck().get()) > INCIDENTS_WALKED;
}
