/** Saved filters and the audit log, as lists. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { Parameter } from '../filter/sql.ts';
import { decodeCursor, encodeCursor, likeText } from './common.ts';

type AuditList = typeof contract.audit.list;

export function savedFilters(db: Database.Database): { name: string; filter: string; savedAt: number }[] {
  return db.prepare('SELECT name, filter, saved_at AS savedAt FROM saved_filters ORDER BY name').all() as {
    name: string;
    filter: string;
    savedAt: number;
  }[];
}

/** Latest first. */
export function listAudit(db: Database.Database, input: Input<AuditList>): Answer<AuditList> {
  const parts = ['1'];
  const params: Parameter[] = [];
  if (input.actions !== undefined) {
    parts.push(`action IN (${input.actions.map(() => '?').join(', ')})`);
    params.push(...input.actions);
  }
  if (input.search.trim() !== '') {
    parts.push("(user LIKE ? ESCAPE '\\' OR object LIKE ? ESCAPE '\\' OR detail LIKE ? ESCAPE '\\')");
    params.push(...Array.from({ length: 3 }, () => likeText(input.search.trim())));
  }
  const where = parts.join(' AND ');
  const total = (db.prepare(`SELECT count(*) AS n FROM audit WHERE ${where}`).get(params) as { n: number }).n;
  const after = input.cursor === undefined ? [] : decodeCursor(input.cursor, 1);
  const beyond = after.length === 0 ? '' : 'AND id < ?';
  const found = db
    .prepare(`SELECT id, at, user, action, object, detail FROM audit WHERE ${where} ${beyond} ORDER BY id DESC LIMIT ?`)
    .all([...params, ...after, input.limit + 1]) as Answer<AuditList>['rows'];
  const rows = found.slice(0, input.limit);
  return { rows, total, next: found.length > input.limit ? encodeCursor([rows.at(-1)!.id]) : null };
}
