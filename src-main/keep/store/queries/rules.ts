/** Rules and lists as lists: sets, rules, what was refused, classes. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { RuleRow, RuleSourceRow } from '../../../../src-shared/contract/topics/rules.ts';
import type { Parameter } from '../filter/sql.ts';
import { CUT_KEY, kindOf, type StoredList } from '../rule-types.ts';
import { decodeCursor, encodeCursor, likeText } from './common.ts';

type RuleList = typeof contract.rules.list;
type RefusedList = typeof contract.rules.refused;
type Classes = Answer<typeof contract.rules.classes>['classes'];

const SID_OFF = "EXISTS (SELECT 1 FROM rule_off WHERE what = 'sid' AND value = CAST(r.sid AS TEXT))";
const CLASS_OFF = "EXISTS (SELECT 1 FROM rule_off WHERE what = 'class' AND value = r.classtype)";
const IS_OFF = `(s.enabled = 0 OR ${SID_OFF} OR ${CLASS_OFF})`;

interface Row extends Omit<RuleSourceRow, 'enabled' | 'list' | 'path' | 'missing'> {
  enabled: number;
  list: string | null;
  paths: string;
}

function listOf(text: string | null): RuleSourceRow['list'] {
  if (text === null) return null;
  const { format, entries, expired, unseen, doubtful } = JSON.parse(text) as StoredList;
  return { format, entries, expired, unseen, doubtful };
}

/** Sonde's own first. */
export function ruleSources(db: Database.Database): Omit<RuleSourceRow, 'missing'>[] {
  const rows = db
    .prepare(
      `WITH found AS (
         SELECT r.source, count(*) AS rules, sum(${SID_OFF} OR ${CLASS_OFF}) AS off, sum(h.hits) AS hits,
           max(h.last_at) AS lastHitAt
         FROM rules r LEFT JOIN rule_hits h ON h.what = 'sid' AND h.key = r.sid GROUP BY r.source)
       SELECT s.id, kind, name, origin, paths, enabled, added_at AS addedAt, read_at AS readAt, author, refused, list,
         coalesce(f.rules, 0) AS rules, coalesce(f.off, 0) AS off, coalesce(f.hits, l.hits, 0) AS hits,
         coalesce(f.lastHitAt, l.last_at) AS lastHitAt
       FROM rule_sources s LEFT JOIN found f ON f.source = s.id
         LEFT JOIN rule_hits l ON l.what = 'list' AND l.key = s.id
       ORDER BY origin <> 'own', s.id`,
    )
    .all() as Row[];
  return rows.map(({ kind, enabled, list, paths, ...rest }) => ({
    ...rest,
    kind: kindOf(kind, list),
    enabled: enabled === 1,
    list: kind === 'rules' ? null : listOf(list),
    path: (JSON.parse(paths) as string[]).join(', '),
  }));
}

/** Looks at texts longer than an expression looks through; null: there were none. `lastAt`: milliseconds since 1970. */
export function rulesCut(db: Database.Database): { looks: number; lastAt: number } | null {
  const found = db
    .prepare("SELECT hits AS looks, last_at AS lastAt FROM rule_hits WHERE what = 'sid' AND key = ?")
    .get(CUT_KEY) as { looks: number; lastAt: number } | undefined;
  return found ?? null;
}

interface Where {
  sql: string;
  params: Parameter[];
}

function whereOf(
  { source, search }: { source?: number | undefined; search: string },
  fields: readonly string[],
): Where {
  const parts = ['1'];
  const params: Parameter[] = [];
  if (source !== undefined) {
    parts.push('r.source = ?');
    params.push(source);
  }
  const sought = search.trim();
  if (sought !== '') {
    parts.push(`(${fields.map((field) => `${field} LIKE ? ESCAPE '\\'`).join(' OR ')})`);
    params.push(...fields.map(() => likeText(sought)));
  }
  return { sql: parts.join(' AND '), params };
}

const SHOWN = { all: '1', on: `NOT ${IS_OFF}`, off: IS_OFF, hit: 'h.hits > 0' } as const;

/** How many rows came before. */
function offsetOf(cursor: string | undefined): number {
  const offset = cursor === undefined ? 0 : Number(decodeCursor(cursor, 1)[0]);
  return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

/** By number; those that told: latest first. */
export function listRules(db: Database.Database, input: Input<RuleList>): Answer<RuleList> {
  const { limit, show, sids } = input;
  const among = sids === undefined ? '1' : `r.sid IN (${sids.map(Number).join(', ')})`;
  const { sql, params } = whereOf(input, ['r.message', 'r.classtype', 'CAST(r.sid AS TEXT)', 'r.text']);
  const from = `FROM rules r JOIN rule_sources s ON s.id = r.source
    LEFT JOIN rule_hits h ON h.what = 'sid' AND h.key = r.sid WHERE ${sql} AND ${among} AND ${SHOWN[show]}`;
  const total = db.prepare(`SELECT count(*) ${from}`).pluck().get(params) as number;
  const offset = offsetOf(input.cursor);
  const order = show === 'hit' ? 'h.last_at DESC, r.sid' : 'r.sid, r.source';
  const rows = db
    .prepare(
      `SELECT r.source, s.name AS sourceName, r.sid, r.rev, r.priority, r.message, r.classtype, r.text,
         CASE WHEN s.enabled = 0 THEN 'set-off' WHEN ${SID_OFF} THEN 'off' WHEN ${CLASS_OFF} THEN 'class-off' ELSE 'on' END
           AS state,
         coalesce(h.hits, 0) AS hits, h.last_at AS lastHitAt,
         (SELECT id FROM captures WHERE id = h.capture) AS lastCapture
       ${from} ORDER BY ${order} LIMIT ? OFFSET ?`,
    )
    .all([...params, limit, offset]) as RuleRow[];
  return { rows, total, next: nextOf(offset, rows.length, total) };
}

function nextOf(offset: number, rows: number, total: number): string | null {
  return rows > 0 && offset + rows < total ? encodeCursor([offset + rows]) : null;
}

/** By set, then as they stood there. */
export function listRefused(db: Database.Database, input: Input<RefusedList>): Answer<RefusedList> {
  const { sql, params } = whereOf(input, ['r.keyword', 'r.reason', 'CAST(r.sid AS TEXT)', 'r.file']);
  const from = `FROM rule_refused r JOIN rule_sources s ON s.id = r.source WHERE ${sql}`;
  const total = db.prepare(`SELECT count(*) ${from}`).pluck().get(params) as number;
  const offset = offsetOf(input.cursor);
  const rows = db
    .prepare(
      `SELECT r.source, s.name AS sourceName, r.file, r.line, r.sid, r.keyword, r.reason ${from}
       ORDER BY r.source, r.rowid LIMIT ? OFFSET ?`,
    )
    .all([...params, input.limit, offset]) as Answer<RefusedList>['rows'];
  return { rows, total, next: nextOf(offset, rows.length, total) };
}

/** Most rules first. */
export function ruleClasses(db: Database.Database): Classes {
  const rows = db
    .prepare(
      `SELECT r.classtype, count(*) AS rules, coalesce(sum(h.hits), 0) AS hits, NOT ${CLASS_OFF} AS enabled
       FROM rules r LEFT JOIN rule_hits h ON h.what = 'sid' AND h.key = r.sid
       GROUP BY r.classtype ORDER BY rules DESC, r.classtype`,
    )
    .all() as (Omit<Classes[number], 'enabled'> & { enabled: number })[];
  return rows.map((row) => ({ ...row, enabled: row.enabled === 1 }));
}
