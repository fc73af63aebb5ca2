/** Captures as the desk lists them. */
import type Database from 'better-sqlite3';
import type { CaptureDetail, CaptureRow } from '../../../../src-shared/contract/topics/captures.ts';
import type { ReportQuality } from '../../../../src-shared/domain/capture-quality.ts';
import { captureRecord, type CaptureRecord } from './common.ts';

interface Joined {
  id: number;
  packets: number | null;
  bytes: number | null;
  firstTs: string | null;
  lastTs: string | null;
  warnings: number | null;
  critical: number;
  warning: number;
  info: number;
  suppressed: number;
}

const SUMS = `
  SELECT c.id,
    (SELECT sum(packets) FROM inputs WHERE capture = c.id) AS packets,
    (SELECT sum(bytes) FROM inputs WHERE capture = c.id) AS bytes,
    (SELECT min(first_ts) FROM inputs WHERE capture = c.id) AS firstTs,
    (SELECT max(last_ts) FROM inputs WHERE capture = c.id) AS lastTs,
    (SELECT sum(json_array_length(warnings)) FROM inputs WHERE capture = c.id) AS warnings,
    (SELECT count(*) FROM incidents WHERE capture = c.id AND suppressed_by IS NULL AND severity = 'critical') AS critical,
    (SELECT count(*) FROM incidents WHERE capture = c.id AND suppressed_by IS NULL AND severity = 'warning') AS warning,
    (SELECT count(*) FROM incidents WHERE capture = c.id AND suppressed_by IS NULL AND severity = 'info') AS info,
    (SELECT count(*) FROM incidents WHERE capture = c.id AND suppressed_by IS NOT NULL) AS suppressed
  FROM captures c WHERE c.id = ?`;

/** What is not in the report yet, as of an import that was cut off. */
function counted(db: Database.Database, table: 'flows' | 'hosts', capture: number): number {
  return (db.prepare(`SELECT count(*) AS n FROM ${table} WHERE capture = ?`).get(capture) as { n: number }).n;
}

function rowOf(db: Database.Database, record: CaptureRecord): CaptureRow {
  const sums = db.prepare(SUMS).get(record.id) as Joined;
  const { packets, bytes } = record.facts.whole ?? sums;
  return {
    id: record.id,
    name: record.name,
    status: record.status,
    importedAt: record.importedAt,
    packets: packets ?? 0,
    bytes: bytes ?? 0,
    firstTs: sums.firstTs,
    lastTs: sums.lastTs,
    flows: record.report.flows?.count ?? counted(db, 'flows', record.id),
    hosts: record.report.hostsTotal ?? counted(db, 'hosts', record.id),
    incidents: { critical: sums.critical, warning: sums.warning, info: sums.info },
    suppressed: sums.suppressed,
    warnings: sums.warnings ?? 0,
  };
}

/** Of a capture that is not complete: what its flows sum up to so far. Walks them. */
function soFar(db: Database.Database, { id, status }: CaptureRecord) {
  if (status !== 'incomplete') return {};
  const sql = `SELECT ifnull(sum(orig_pkts + resp_pkts), 0) AS packets, ifnull(sum(orig_ip_bytes + resp_ip_bytes), 0) AS bytes,
      ifnull(sum(anomalous), 0) AS anomalousFlows FROM flows WHERE capture = ?`;
  return db.prepare(sql).get(id) as Pick<CaptureDetail, 'packets' | 'bytes' | 'anomalousFlows'>;
}

/** Newest first. */
export function listCaptures(db: Database.Database): CaptureRow[] {
  const ids = db.prepare('SELECT id FROM captures ORDER BY id DESC').all() as { id: number }[];
  return ids.map(({ id }) => rowOf(db, captureRecord(db, id)));
}

/** @throws SondeError `not-found` */
/** Null where there is no such capture. */
export function captureName(db: Database.Database, capture: number): string | null {
  const row = db.prepare('SELECT name FROM captures WHERE id = ?').get(capture) as { name: string } | undefined;
  return row?.name ?? null;
}

export function getCapture(db: Database.Database, capture: number): CaptureDetail {
  const record = captureRecord(db, capture);
  const report = record.report as Partial<
    Pick<CaptureDetail, 'profile' | 'networks' | 'budget' | 'model' | 'detectors' | 'promoted'>
  > & {
    status?: CaptureDetail['scores'];
  };
  const inputs = db
    .prepare(
      'SELECT path, sha256, format, link_types AS linkTypes, packets, bytes, first_ts AS firstTs, last_ts AS lastTs, warnings FROM inputs WHERE capture = ? ORDER BY number',
    )
    .all(capture) as (Omit<CaptureDetail['inputs'][number], 'linkTypes' | 'warnings'> & {
    linkTypes: string;
    warnings: string;
  })[];
  return {
    ...rowOf(db, record),
    inputs: inputs.map((i) => ({
      ...i,
      linkTypes: JSON.parse(i.linkTypes) as string[],
      warnings: JSON.parse(i.warnings) as CaptureDetail['inputs'][number]['warnings'],
    })),
    profile: report.profile ?? null,
    networks: report.networks ?? null,
    budget: report.budget ?? null,
    model: report.model ?? null,
    detectors: (report.detectors ?? []).map(({ id, status, flowsScored }) => ({ id, status, flowsScored })),
    promoted: (report.promoted ?? []).map(({ id, name, alarms }) => ({ id, name, alarms })),
    scores: report.status ?? null,
    anomalousFlows: record.report.flows?.anomalous ?? 0,
    cutShort: record.report.flows?.cutShort ?? 0,
    quality: qualityIn(db, record),
    before: sameFiles(db, capture),
    ...soFar(db, record),
  };
}

/** What is wrong with the capture as such; what was put away is marked. Reports of older versions hold none. */
function qualityIn(db: Database.Database, { id, report }: CaptureRecord): CaptureDetail['quality'] {
  const { quality = [] } = report as { quality?: ReportQuality[] };
  const sql = 'SELECT code FROM quality_dismissed WHERE capture = ?';
  const away = new Set(db.prepare(sql).pluck().all(id) as string[]);
  return quality.map((each) => ({ ...each, dismissed: away.has(each.code) }));
}

/** Hashes of files, in order, make captures the same. */
function sameFiles(db: Database.Database, capture: number): CaptureDetail['before'] {
  const files = (of: string): string =>
    `(SELECT group_concat(sha256) FROM (SELECT sha256 FROM inputs WHERE capture = ${of} ORDER BY number))`;
  const sql = `SELECT id AS capture, name FROM captures WHERE id < ? AND ${files('captures.id')} = ${files('?')}
    AND NOT EXISTS (SELECT 1 FROM inputs WHERE capture = ? AND sha256 = '') ORDER BY id DESC LIMIT 5`;
  return db.prepare(sql).all(capture, capture, capture) as CaptureDetail['before'];
}
