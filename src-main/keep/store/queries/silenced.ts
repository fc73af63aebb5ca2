/** How much several suppressions would silence, in one pass over the incidents. */
import type Database from 'better-sqlite3';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../../src-shared/domain/suppression.ts';
import { matcher } from '../../../detect/incidents/suppressions/engine.ts';
import { secondsOf } from './common.ts';
import { INCIDENT_COLUMNS, type Stored } from './incidents.ts';
import { incidentMarks } from './protocols.ts';
import { RECENT_MS } from './suppressions.ts';

interface Count {
  total: number;
  critical: number;
}

export interface Silenced {
  silences: Count;
  /** Those that began in the last 30 days. */
  recent: Count;
}

/** Of incidents that nothing silences yet, in the order of the scopes; each scope by itself. `now`: ms since 1970. */
export function countSilenced(db: Database.Database, scopes: readonly SuppressionScope[], now: number): Silenced[] {
  const counts = scopes.map((scope) => {
    const found: Silenced = { silences: { total: 0, critical: 0 }, recent: { total: 0, critical: 0 } };
    return { one: matcher(0, scope), found };
  });
  if (counts.length === 0) return [];
  const marks = incidentMarks(db);
  const sql = `SELECT ${INCIDENT_COLUMNS} WHERE i.suppressed_by IS NULL`;
  for (const stored of db.prepare(sql).iterate() as Iterable<Stored>) {
    const incident = JSON.parse(stored.body) as Incident;
    const known = marks(stored.capture, incident.uid);
    const began = secondsOf(incident.firstTs) * 1000;
    const isRecent = began > now - RECENT_MS && began <= now;
    for (const { one, found } of counts) {
      if (!one.matches(incident, known)) continue;
      for (const count of isRecent ? [found.silences, found.recent] : [found.silences]) {
        count.total++;
        if (incident.severity === 'critical') count.critical++;
      }
    }
  }
  return counts.map(({ found }) => found);
}
