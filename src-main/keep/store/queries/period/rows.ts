/** Incidents of a stretch of time, over all captures of the database. */
import type Database from 'better-sqlite3';
import type { IncidentKind, IncidentStatus, Severity } from '../../../../../src-shared/domain/incident.ts';
import { formatTime } from '../../../../../src-shared/domain/time.ts';
import { COLUMN } from '../alarm-rate.ts';
import { notSample } from './sample.ts';

export interface PeriodRow {
  capture: number;
  uid: string;
  kind: IncidentKind;
  severity: Severity;
  confidence: number;
  title: string;
  firstTs: string;
  lastTs: string;
  status: IncidentStatus;
  suppressedBy: number | null;
}

const LIGHT = `i.capture, i.uid, i.kind, i.severity, i.confidence, i.title, i.first_ts AS firstTs, i.last_ts AS lastTs,
  i.status, i.suppressed_by AS suppressedBy`;

/** Incidents of the built-in sample are nobody's. */
const OWN = notSample('i.capture');

/** As incidents note their times. `at`: milliseconds since 1970. */
export function timeText(at: number): string {
  const sec = Math.floor(at / 1000);
  return formatTime(sec, Math.round((at - sec * 1000) * 1_000_000));
}

const rankOf = ({ severity }: PeriodRow): number => ['info', 'warning', 'critical'].indexOf(severity);

/** The gravest first, then the surest, then the earliest: the same rows in the same order. */
export function graver(a: PeriodRow, b: PeriodRow): number {
  if (rankOf(a) !== rankOf(b)) return rankOf(b) - rankOf(a);
  if (a.confidence !== b.confidence) return b.confidence - a.confidence;
  if (a.firstTs !== b.firstTs) return a.firstTs < b.firstTs ? -1 : 1;
  return a.uid < b.uid ? -1 : 1;
}

/** One a uid: the same traffic may have been read twice. What somebody judged counts before what nobody did. */
function once(rows: readonly PeriodRow[]): PeriodRow[] {
  const found = new Map<string, PeriodRow>();
  for (const row of rows) {
    const known = found.get(row.uid);
    if (!known || COLUMN[row.status] !== 'notJudged' || COLUMN[known.status] === 'notJudged') found.set(row.uid, row);
  }
  return [...found.values()].sort(graver);
}

/** Those that began from `from` to before `to` (as `timeText` gives them). */
export function begunIn(db: Database.Database, from: string, to: string): PeriodRow[] {
  const sql = `SELECT ${LIGHT} FROM incidents i WHERE i.first_ts >= ? AND i.first_ts < ? AND ${OWN}
    ORDER BY i.capture, i.uid`;
  return once(db.prepare(sql).all(from, to) as PeriodRow[]);
}

/** Alarms (warnings and critical ones) that began before `before`. */
export function begunBefore(db: Database.Database, before: string): PeriodRow[] {
  const sql = `SELECT ${LIGHT} FROM incidents i WHERE i.first_ts < ? AND i.severity <> 'info' AND ${OWN}
    ORDER BY i.capture, i.uid`;
  return once(db.prepare(sql).all(before) as PeriodRow[]);
}

/** Whether there is one of the kind that nothing silences and that began before `before`. */
export function heardBefore(
  db: Database.Database,
  before: string,
  kind: IncidentKind,
  silenced: (rows: readonly PeriodRow[]) => PeriodRow[],
): boolean {
  const sql = `SELECT ${LIGHT} FROM incidents i WHERE i.first_ts < ? AND i.kind = ? AND i.suppressed_by IS NULL AND ${OWN}`;
  for (const row of db.prepare(sql).iterate(before, kind) as Iterable<PeriodRow>)
    if (silenced([row]).some((one) => !isSilent(one))) return true;
  return false;
}

export const isSilent = ({ suppressedBy }: PeriodRow): boolean => suppressedBy !== null;

/** What nobody has closed, expects or silenced. */
export const isOpen = (row: PeriodRow): boolean =>
  !isSilent(row) && (row.status === 'new' || row.status === 'investigating');
