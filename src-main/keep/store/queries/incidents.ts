/** Incidents across captures: rows, and one with its history. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { IncidentRow } from '../../../../src-shared/contract/topics/common.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { notSample } from './period/sample.ts';
import { decodeCursor, encodeCursor, likeText } from './common.ts';
import type { Parameter } from '../filter/sql.ts';

type List = typeof contract.incidents.list;
type Get = typeof contract.incidents.get;

/** Addresses and ports shown in a row. */
const SHOWN = 5;
const WORDS_MAX = 16;
export const SEVERITY_RANK = "CASE i.severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END";

/** As `INCIDENT_COLUMNS` reads it. */
export interface Stored {
  capture: number;
  captureName: string;
  importedAt: number;
  body: string;
  status: IncidentRow['status'];
  suppressedBy: number | null;
  rank: number;
}

export const INCIDENT_COLUMNS = `i.capture, c.name AS captureName, c.imported_at AS importedAt, i.body, i.status,
  i.suppressed_by AS suppressedBy, ${SEVERITY_RANK} AS rank FROM incidents i JOIN captures c ON c.id = i.capture`;

export function rowOf(stored: Stored): IncidentRow {
  const i = JSON.parse(stored.body) as Incident;
  const { kind, severity, confidence, title, summary, firstTs, lastTs, sourcesTotal, targetsTotal, flows, bytes, uid } =
    i;
  return {
    capture: stored.capture,
    captureName: stored.captureName,
    importedAt: stored.importedAt,
    uid,
    number: i.id,
    kind,
    severity,
    confidence,
    title,
    summary,
    firstTs,
    lastTs,
    sources: i.sources.slice(0, SHOWN),
    sourcesTotal,
    targets: i.targets.slice(0, SHOWN),
    targetsTotal,
    ports: i.ports.slice(0, SHOWN),
    flows,
    bytes,
    status: stored.status,
    suppressedBy: stored.suppressedBy,
    ...(i.sensors ? { sensors: i.sensors } : {}),
  };
}

/** `column IN (…)` with a parameter each. */
function among(column: string, values: readonly string[]): { sql: string; params: Parameter[] } {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, params: [...values] };
}

function conditions(input: Input<List>): { sql: string; params: Parameter[] } {
  const parts: string[] = ['1'];
  const params: Parameter[] = [];
  const add = (sql: string, ...more: Parameter[]): void => {
    parts.push(sql);
    params.push(...more);
  };
  if (input.capture !== undefined) add('i.capture = ?', input.capture);
  for (const [column, values] of [
    ['i.status', input.statuses],
    ['i.kind', input.kinds],
    ['i.severity', input.severities],
  ] as const) {
    if (values === undefined) continue;
    const { sql, params: more } = among(column, values);
    add(sql, ...more);
  }
  for (const word of input.search.split(/\s+/).filter(Boolean).slice(0, WORDS_MAX)) {
    add(
      `(i.title LIKE ? ESCAPE '\\' OR i.kind LIKE ? ESCAPE '\\' OR json_extract(i.body, '$.summary') LIKE ? ESCAPE '\\'
        OR json_extract(i.body, '$.sources') LIKE ? ESCAPE '\\' OR json_extract(i.body, '$.targets') LIKE ? ESCAPE '\\'
        OR json_extract(i.body, '$.domains') LIKE ? ESCAPE '\\' OR json_extract(i.body, '$.sensors') LIKE ? ESCAPE '\\')`,
      ...Array.from({ length: 7 }, () => likeText(word)),
    );
  }
  if (input.host !== undefined) add(HOST_IN_IT, input.host, input.host);
  if (input.since !== undefined) add('c.imported_at > ?', input.since);
  if (input.suppressed !== 'show') add(`i.suppressed_by IS ${input.suppressed === 'hide' ? '' : 'NOT '}NULL`);
  return { sql: parts.join(' AND '), params };
}

const HOST_IN_IT = `(EXISTS (SELECT 1 FROM json_each(i.body, '$.sources') WHERE value = ?)
  OR EXISTS (SELECT 1 FROM json_each(i.body, '$.targets') WHERE value = ?))`;

const ORDERS = {
  rank: {
    by: [SEVERITY_RANK, 'i.confidence', 'i.capture', '-i.number'],
    key: (r: Stored, i: IncidentRow) => [r.rank, i.confidence, r.capture, -i.number],
  },
  time: {
    by: ['i.first_ts', 'i.capture', '-i.number'],
    key: (r: Stored, i: IncidentRow) => [i.firstTs, r.capture, -i.number],
  },
} as const;

/** All orders are descending. */
export function listIncidents(db: Database.Database, input: Input<List>): Answer<List> {
  const { sql: fitting, params } = conditions(input);
  const isOwn = notSample('i.capture');
  const sql = input.sample === 'hide' ? `${fitting} AND ${isOwn}` : fitting;
  const { by, key } = ORDERS[input.order];
  const counted = (where: string): number =>
    db
      .prepare(`SELECT count(*) FROM incidents i JOIN captures c ON c.id = i.capture WHERE ${where}`)
      .pluck()
      .get(params) as number;
  const total = counted(sql);
  const ofSample = input.sample === 'hide' ? counted(`${fitting} AND NOT ${isOwn}`) : 0;
  const after = input.cursor === undefined ? [] : decodeCursor(input.cursor, by.length);
  const beyond = after.length === 0 ? '' : `AND (${by.join(', ')}) < (${by.map(() => '?').join(', ')})`;
  const order = by.map((column) => `${column} DESC`).join(', ');
  const stored = db
    .prepare(`SELECT ${INCIDENT_COLUMNS} WHERE ${sql} ${beyond} ORDER BY ${order} LIMIT ?`)
    .all([...params, ...after, input.limit + 1]) as Stored[];
  const page = stored.slice(0, input.limit);
  const rows = page.map(rowOf);
  const more = stored.length > input.limit;
  return { rows, total, ofSample, next: more ? encodeCursor(key(page.at(-1)!, rows.at(-1)!)) : null };
}

function storedIncident(db: Database.Database, capture: number, uid: string): Stored {
  const row = db.prepare(`SELECT ${INCIDENT_COLUMNS} WHERE i.capture = ? AND i.uid = ?`).get(capture, uid) as
    Stored | undefined;
  if (!row)
    throw new SondeError('not-found', 'this incident is no longer there', uid, 'Choose another one from the list.');
  return row;
}

/** @throws SondeError `not-found` */
export function incidentRowOf(db: Database.Database, capture: number, uid: string): IncidentRow {
  return rowOf(storedIncident(db, capture, uid));
}

/** The captures that hold it, the newest first. */
export function incidentCaptures(db: Database.Database, uid: string): number[] {
  return db.prepare('SELECT capture FROM incidents WHERE uid = ? ORDER BY capture DESC').pluck().all(uid) as number[];
}

/** @throws SondeError `not-found` */
export function getIncident(db: Database.Database, { capture, uid }: Input<Get>): Answer<Get> {
  const stored = storedIncident(db, capture, uid);
  const history = db
    .prepare('SELECT at, user, status, note FROM incident_changes WHERE capture = ? AND uid = ? ORDER BY id')
    .all(capture, uid);
  const kept = db
    .prepare('SELECT count(*) AS n FROM incident_flows WHERE capture = ? AND uid = ?')
    .get(capture, uid) as { n: number };
  const incident = JSON.parse(stored.body) as Incident;
  return {
    row: rowOf(stored),
    incident,
    explanation: incident.explanation ?? null,
    history: history as Answer<Get>['history'],
    flowsKept: kept.n,
  };
}

/** Incidents a host takes part in, most severe first, at most 100. */
export function incidentsOfHost(db: Database.Database, capture: number, address: string): IncidentRow[] {
  const sql = `SELECT ${INCIDENT_COLUMNS} WHERE i.capture = ? AND ${HOST_IN_IT} ORDER BY i.number LIMIT 100`;
  return (db.prepare(sql).all(capture, address, address) as Stored[]).map(rowOf);
}
