/** What is left out of a report of a period because somebody expects it: by the database, and by who asks. */
import type Database from 'better-sqlite3';
import type { Incident } from '../../../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../../../src-shared/domain/suppression.ts';
import { firstMatch, matcher } from '../../../../detect/incidents/suppressions/engine.ts';
import { incidentMarks } from '../protocols.ts';
import type { PeriodRow } from './rows.ts';

/** In force when it is asked, beside the suppressions of the database: those of a file of settings. */
export interface AskedSilence {
  scope: SuppressionScope;
  reason: string;
  author: string;
  /** null: never. */
  expiresAt: number | null;
}

export interface PeriodSilence {
  /** Negative: of those that were asked with. */
  id: number;
  reason: string;
  author: string;
  /** null: never. */
  expiresAt: number | null;
  incidents: number;
}

const SHOWN = 20;

const idOf = (place: number): number => -1 - place;

/** Rows by what silences them: as the database notes it, or one of these. */
export type Silencing = (rows: readonly PeriodRow[]) => PeriodRow[];

export function silencing(db: Database.Database, asked: readonly AskedSilence[]): Silencing {
  if (asked.length === 0) return (rows) => [...rows];
  const matchers = asked.map(({ scope }, place) => matcher(idOf(place), scope));
  const marks = incidentMarks(db);
  const read = db.prepare('SELECT body FROM incidents WHERE capture = ? AND uid = ?').pluck();
  return (rows) =>
    rows.map((row) => {
      if (row.suppressedBy !== null) return row;
      const incident = JSON.parse(read.get(row.capture, row.uid) as string) as Incident;
      return { ...row, suppressedBy: firstMatch(matchers, incident, marks(row.capture, row.uid)) };
    });
}

/** Those that silence any of the rows, the busiest first. */
export function silencesOf(
  db: Database.Database,
  silent: readonly PeriodRow[],
  asked: readonly AskedSilence[],
): PeriodSilence[] {
  const counts = new Map<number, number>();
  for (const { suppressedBy } of silent)
    if (suppressedBy !== null) counts.set(suppressedBy, (counts.get(suppressedBy) ?? 0) + 1);
  const about = db.prepare('SELECT reason, author, expires_at AS expiresAt FROM suppressions WHERE id = ?');
  const found = [...counts].flatMap(([id, incidents]) => {
    const kept = id < 0 ? asked[idOf(id)] : (about.get(id) as Omit<AskedSilence, 'scope'> | undefined);
    if (!kept) return [];
    const { reason, author, expiresAt } = kept;
    return [{ id, reason, author, expiresAt, incidents }];
  });
  return found.sort((a, b) => b.incidents - a.incidents || a.id - b.id).slice(0, SHOWN);
}
