/** The report of a capture of a case: as after triage, of the incidents that were chosen alone. */
import type Database from 'better-sqlite3';
import type { Incident, TriageReport } from '../../../../src-shared/domain/report.ts';
import { incidentsOf as incidentsIn, reportWith } from '../../../keep/store/queries/capture-report.ts';

/** Incidents of a capture in the extract: those that were chosen. */
export const incidentsOf = (db: Database.Database, capture: number): Incident[] => incidentsIn(db, capture, true);

export function reportOf(db: Database.Database, capture: number): TriageReport {
  return reportWith(db, capture, incidentsOf(db, capture));
}
