/** The report of a capture that is kept: as after triage. */
import { basename } from 'node:path';
import type Database from 'better-sqlite3';
import type { Incident, ReportHost, TriageReport } from '../../../../src-shared/domain/report.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { getCapture } from './captures.ts';
import { captureRecord } from './common.ts';
import { hostNames } from './hosts.ts';

/** Incidents of a capture, the gravest first. `silenced`: those too that a suppression silences. */
export function incidentsOf(db: Database.Database, capture: number, silenced: boolean): Incident[] {
  const heard = silenced ? '' : 'AND suppressed_by IS NULL';
  const bodies = db.prepare(`SELECT body FROM incidents WHERE capture = ? ${heard} ORDER BY number`).pluck();
  return (bodies.all(capture) as string[]).map((body) => JSON.parse(body) as Incident);
}

/** `incidents` by the addresses that took part. */
function hostsOf(db: Database.Database, capture: number, incidents: readonly Incident[]): ReportHost[] {
  const rows = db
    .prepare(
      `SELECT address, risk, flows, bytes_out AS bytesOut, bytes_in AS bytesIn, roles, device FROM hosts
       WHERE capture = ? ORDER BY risk DESC, host LIMIT 1000`,
    )
    .all(capture) as (Omit<ReportHost, 'roles' | 'device' | 'incidents'> & { roles: string; device: string | null })[];
  const concerned = Map.groupBy(
    incidents.flatMap(({ uid, sources, targets }) => [...new Set([...sources, ...targets])].map((at) => ({ at, uid }))),
    ({ at }) => at,
  );
  return rows.map(({ roles, device, ...row }) => ({
    ...row,
    roles: JSON.parse(roles) as string[],
    ...(device === null ? {} : { device: JSON.parse(device) as NonNullable<ReportHost['device']> }),
    incidents: (concerned.get(row.address) ?? []).map(({ uid }) => uid),
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

/** Of the capture with these incidents, and nothing left out for a suppression. Paths are names of files. */
export function reportWith(db: Database.Database, capture: number, incidents: readonly Incident[]): TriageReport {
  const { report } = captureRecord(db, capture);
  const inputs = getCapture(db, capture).inputs.map((input) => ({ ...input, path: basename(input.path) }));
  const hosts = hostsOf(db, capture, incidents);
  const about = { ...UNFINISHED, ...(report as Partial<TriageReport>), suppressed: 0 };
  return { ...about, inputs, incidents: [...incidents], hosts, hostsTotal: hosts.length };
}

/**
 * Of the whole capture as it stands now, without what suppressions silence.
 *
 * @throws SondeError `not-found`
 */
export function captureReport(db: Database.Database, capture: number): TriageReport {
  const { hosts: hostsTotal, suppressed } = getCapture(db, capture);
  const found = reportWith(db, capture, incidentsOf(db, capture, false));
  const concerned = found.hosts.filter(({ incidents }) => incidents.length > 0).map(({ address }) => address);
  const names = new Map(
    hostNames(db, { capture, addresses: concerned }).names.map((each) => [each.address, each.name]),
  );
  const hosts = found.hosts.map((host) => {
    const name = names.get(host.address);
    return name === undefined ? host : { ...host, name };
  });
  return { ...found, hosts, hostsTotal, suppressed };
}
