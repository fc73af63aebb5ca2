/** Suppressions as a list, and what one would silence. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { SuppressionPreview, SuppressionRow } from '../../../../src-shared/contract/topics/suppressions.ts';
import type { Severity } from '../../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../../src-shared/domain/suppression.ts';
import { inForce, matcher } from '../../../detect/incidents/suppressions/engine.ts';
import { secondsOf } from './common.ts';
import { INCIDENT_COLUMNS, rowOf, SEVERITY_RANK, type Stored } from './incidents.ts';
import { incidentMarks } from './protocols.ts';

type Marks = typeof contract.suppressions.marks;

interface StoredSuppression {
  id: number;
  scope: string;
  reason: string;
  author: string;
  createdAt: number;
  expiresAt: number | null;
  enabled: number;
  hits: number;
  lastHitAt: number | null;
}

const DAY_MS = 86_400_000;
/** So long one may be there without silencing anything before it is offered for removal. */
const UNUSED_MS = 7 * DAY_MS;
export const RECENT_MS = 30 * DAY_MS;
const PREVIEWED = 50;
/** Protocols and fingerprints of an incident that are offered. */
const OFFERED = 20;

/** Newest first, with what each silences now. `now`: milliseconds since 1970. */
export function listSuppressions(db: Database.Database, now: number): SuppressionRow[] {
  const rows = db
    .prepare(
      `SELECT id, scope, reason, author, created_at AS createdAt, expires_at AS expiresAt, enabled, last_hit_at AS lastHitAt,
         (SELECT count(*) FROM incidents WHERE suppressed_by = suppressions.id) AS hits FROM suppressions ORDER BY id DESC`,
    )
    .all() as StoredSuppression[];
  return rows.map((r) => {
    const enabled = r.enabled === 1;
    const over = !inForce({ enabled: true, expiresAt: r.expiresAt }, now);
    const unused = r.hits === 0 && r.lastHitAt === null && now - r.createdAt >= UNUSED_MS;
    return {
      ...r,
      scope: JSON.parse(r.scope) as SuppressionRow['scope'],
      enabled,
      state: !enabled ? 'off' : over ? 'expired' : 'active',
      stale: over ? 'expired' : unused ? 'never-hit' : null,
    };
  });
}

const none = (): Record<Severity, number> => ({ critical: 0, warning: 0, info: 0 });

/** What a scope would silence that is not silent yet. `now`: milliseconds since 1970. */
export function previewSuppression(db: Database.Database, scope: SuppressionScope, now: number): SuppressionPreview {
  const one = matcher(0, scope);
  const marks = incidentMarks(db);
  const found: SuppressionPreview = {
    total: 0,
    severities: none(),
    firstTs: null,
    lastTs: null,
    recent: { total: 0, severities: none() },
    pursued: 0,
    already: 0,
    rows: [],
  };
  const sql = `SELECT ${INCIDENT_COLUMNS} ORDER BY ${SEVERITY_RANK} DESC, i.confidence DESC, i.capture DESC, i.number`;
  for (const stored of db.prepare(sql).iterate() as Iterable<Stored>) {
    const incident = JSON.parse(stored.body) as Incident;
    if (!one.matches(incident, marks(stored.capture, incident.uid))) continue;
    if (stored.suppressedBy === null) count(found, stored, incident, now);
    else found.already++;
  }
  return found;
}

function count(found: SuppressionPreview, stored: Stored, { severity, firstTs }: Incident, now: number): void {
  found.total++;
  found.severities[severity]++;
  // Years that are longer than four digits do not sort as text.
  const began = secondsOf(firstTs);
  if (found.firstTs === null || began < secondsOf(found.firstTs)) found.firstTs = firstTs;
  if (found.lastTs === null || began > secondsOf(found.lastTs)) found.lastTs = firstTs;
  if (began * 1000 > now - RECENT_MS && began * 1000 <= now) {
    found.recent.total++;
    found.recent.severities[severity]++;
  }
  if (stored.status === 'investigating' || stored.status === 'closed') found.pursued++;
  if (found.rows.length < PREVIEWED) found.rows.push(rowOf(stored));
}

/** What the flows of an incident tell that a scope may name. */
export function suppressionMarks(db: Database.Database, { capture, uid }: Input<Marks>): Answer<Marks> {
  const { protocols, ja4 } = incidentMarks(db)(capture, uid);
  const some = (all: ReadonlySet<string>): string[] => [...all].sort().slice(0, OFFERED);
  return { protocols: some(protocols()), ja4: some(ja4()) };
}
