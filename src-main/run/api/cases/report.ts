/** The report of a capture of a case: as after triage, of the incidents that were chosen alone. */
import { basename } from 'node:path';
import type Database from 'better-sqlite3';
import type { Incident, ReportHost, TriageReport } from '../../../../src-shared/domain/report.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { getCapture } from '../../../keep/store/queries/captures.ts';
import { captureRecord } from '../../../keep/store/queries/common.ts';

/** Incidents of a capture in the extract. */
export function incidentsOf(db: Database.Database, capture: number): Incident[] {
  const bodies = db.prepare('SELECT body FROM incidents WHERE capture = ? ORDER BY number').pluck().all(capture);
  return (bodies as string[]).map((body) => JSON.parse(body) as Incident);
}

function hostsOf(db: Database.Database, capture: number, incidents: readonly Incident[]): ReportHost[] {
  const rows = db
    .prepare(
      `SELECT address, risk, flows, bytes_out AS bytesOut, bytes_in AS bytesIn, roles, device FROM hosts
       WHERE capture = ? ORDER BY risk DESC, host LIMIT 1000`,
    )
    .all(capture) as (Omit<ReportHost, 'roles' | 'device' | 'incidents'> & { roles: string; device: string | null })[];
  return rows.map(({ roles, device, ...row }) => ({
    ...row,
    roles: JSON.parse(roles) as string[],
    ...(device === null ? {} : { device: JSON.parse(device) as NonNullable<ReportHost['device']> }),
    incidents: incidents
      .filter(({ sources, targets }) => sources.includes(row.address) || targets.includes(row.address))
      .map(({ uid }) => uid),
  }));
}

/** What is not there of a capture that was not read to its end. */
const UNFINISHED: Omit<TriageReport, 'inputs' | 'hosts' | 'hostsTotal' | 'incidents'> = {
  schema: 'sonde.triage/1',
  version: VERSION,
  flows: { count: 0, anomalous: 0, cutShort: 0 },
  status: 'not-scored',
  profile: { name: '', reason: 'it was not read to its end' },
  model: null,
  signatures: [],
  rules: { loaded: 0, refused: [] },
  suppressed: 0,
  detectors: [],
  timings: { readMs: 0, totalMs: 0, packetsPerSecond: 0, peakRssBytes: 0 },
};

/** The report of the capture, of the incidents that were chosen alone. */
export function reportOf(db: Database.Database, capture: number): TriageReport {
  const { report } = captureRecord(db, capture);
  const incidents = incidentsOf(db, capture);
  const inputs = getCapture(db, capture).inputs.map((input) => ({ ...input, path: basename(input.path) }));
  const hosts = hostsOf(db, capture, incidents);
  const about = { ...UNFINISHED, ...(report as Partial<TriageReport>), suppressed: 0 };
  return { ...about, inputs, incidents, hosts, hostsTotal: hosts.length };
}
