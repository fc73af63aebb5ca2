/** What the overview of a capture shows. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import { kindOf, type IncidentKind, type Severity } from '../../../../src-shared/domain/incident.ts';
import { captureRecord, networkAround, secondsOf, spanOf, type Range } from './common.ts';
import { parseNetwork } from '../../../../src-shared/domain/network.ts';
import { listIncidents } from './incidents.ts';
import { getCapture } from './captures.ts';
import { flowTotals } from './flows.ts';
import { protoWord } from './protocols.ts';
import { largest } from './shares.ts';

type Overview = typeof contract.overview;
type Share = Answer<Overview['mix']>['protocols'][number];

const TOP_INCIDENTS = 10;
const MARKED = 500;
const EMPTY: Range = { from: 0, to: 1 };

function spanFor(db: Database.Database, capture: number, range: Range | undefined): Range {
  const span = range ?? spanOf(db, capture) ?? EMPTY;
  const from = Math.floor(span.from);
  return { from, to: Math.max(from + 1, Math.ceil(span.to)) };
}

/** Incidents of a capture that overlap a range and are not silent. */
function severityCounts(
  db: Database.Database,
  capture: number,
  range: Range | undefined,
): { kind: IncidentKind; severity: Severity; count: number }[] {
  const rows = db
    .prepare(
      'SELECT kind, severity, first_ts AS first, last_ts AS last FROM incidents WHERE capture = ? AND suppressed_by IS NULL',
    )
    .all(capture) as {
    kind: IncidentKind;
    severity: Severity;
    first: string;
    last: string;
  }[];
  const counts = new Map<string, { kind: IncidentKind; severity: Severity; count: number }>();
  for (const { kind, severity, first, last } of rows) {
    if (range && (secondsOf(last) < range.from || secondsOf(first) >= range.to)) continue;
    const known = counts.get(`${kind} ${severity}`);
    if (known) known.count++;
    else counts.set(`${kind} ${severity}`, { kind, severity, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}

const plural = (n: number, one: string): string => `${n.toLocaleString('en-US')} ${n === 1 ? one : `${one}s`}`;

function verdictOf(counts: Readonly<Record<Severity, number>>, first: string | undefined, suppressed: number): string {
  const parts = [
    counts.critical > 0 ? `${counts.critical} critical` : '',
    counts.warning > 0 ? plural(counts.warning, 'warning') : '',
    counts.info > 0 ? `${counts.info} for information` : '',
  ].filter(Boolean);
  const silent =
    suppressed > 0 ? ` ${plural(suppressed, 'incident')} ${suppressed === 1 ? 'is' : 'are'} silenced as expected.` : '';
  if (parts.length === 0) return `Nothing stands out.${silent}`;
  return `${parts.join(', ')}${first === undefined ? '' : `; most serious: ${first}`}.${silent}`;
}

/** Where there was nothing to judge: silence must not read as an all-clear. */
function nothingToJudge({ status, packets, flows }: { status: string; packets: number; flows: number }): string {
  if (flows > 0 || status === 'incomplete') return '';
  if (packets === 0) return 'There is no packet in this capture, so there was nothing to judge.';
  return 'There is no IP traffic in this capture, so Sonde could judge next to nothing of it.';
}

/** Hosts that sent or received something in a time, to the minute. */
function hostsWithin(db: Database.Database, capture: number, { from, to }: Range): number {
  const sql =
    'SELECT count(DISTINCT host) AS n FROM windows WHERE capture = ? AND length = ? AND start >= ? AND start < ?';
  return (db.prepare(sql).get(capture, MINUTE, Math.floor(from / MINUTE) * MINUTE, to) as { n: number }).n;
}

export function overviewOf(db: Database.Database, { capture, range }: Input<Overview['get']>): Answer<Overview['get']> {
  const row = getCapture(db, capture);
  const kinds = severityCounts(db, capture, range);
  const severities = { critical: 0, warning: 0, info: 0 };
  for (const { severity, count } of kinds) severities[severity] += count;
  const incidents = listIncidents(db, {
    capture,
    search: '',
    suppressed: 'hide',
    order: 'rank',
    limit: TOP_INCIDENTS * 10,
  })
    .rows.filter((i) => !range || (secondsOf(i.lastTs) >= range.from && secondsOf(i.firstTs) < range.to))
    .slice(0, TOP_INCIDENTS);
  const totals = range ? flowTotals(db, { capture, filter: '', range }) : undefined;
  const bytes = range
    ? (
        db
          .prepare('SELECT ifnull(sum(bytes), 0) AS n FROM timeline WHERE capture = ? AND start >= ? AND start < ?')
          .get(capture, range.from, range.to) as { n: number }
      ).n
    : row.bytes;
  return {
    verdict:
      (incidents.length === 0 && row.suppressed === 0 ? nothingToJudge(row) : '') ||
      verdictOf(severities, incidents[0]?.title, row.suppressed),
    worst:
      severities.critical > 0 ? 'critical' : severities.warning > 0 ? 'warning' : severities.info > 0 ? 'info' : null,
    packets: totals?.packets ?? row.packets,
    bytes,
    flows: totals?.flows ?? row.flows,
    anomalousFlows: totals?.anomalous ?? row.anomalousFlows,
    hosts: range ? hostsWithin(db, capture, range) : row.hosts,
    firstTs: row.firstTs,
    lastTs: row.lastTs,
    severities,
    kinds: kinds.map((k) => ({ ...k, title: kindOf(k.kind).title })),
    suppressed: row.suppressed,
    incidents,
  };
}

/** Width in whole multiples of `least` so that a span gets at most `buckets`. */
function bucketWidth({ from, to }: Range, buckets: number, least: number): number {
  return Math.max(1, Math.ceil((to - from) / buckets / least)) * least;
}

export function timelineOf(db: Database.Database, input: Input<Overview['timeline']>): Answer<Overview['timeline']> {
  const { facts } = captureRecord(db, input.capture);
  const span = spanFor(db, input.capture, input.range);
  const width = bucketWidth(span, input.buckets, facts.timelineWidth ?? 1);
  const start = Math.floor(span.from / width) * width;
  const length = Math.ceil((span.to - start) / width);
  const zeros = (): number[] => Array.from({ length }, () => 0);
  const out = { start, width, packets: zeros(), bytes: zeros(), flows: zeros(), anomalous: zeros() };
  const sql = `SELECT cast((start - ?) / ? AS INTEGER) AS bucket, sum(packets) AS packets, sum(bytes) AS bytes, sum(flows) AS flows, sum(anomalous) AS anomalous
    FROM timeline WHERE capture = ? AND start >= ? AND start < ? GROUP BY 1`;
  const rows = db.prepare(sql).all(start, width, input.capture, start, start + length * width) as Record<
    'bucket' | 'packets' | 'bytes' | 'flows' | 'anomalous',
    number
  >[];
  for (const row of rows) {
    for (const name of ['packets', 'bytes', 'flows', 'anomalous'] as const)
      out[name][Math.floor(row.bucket)] = row[name];
  }
  const marked = listIncidents(db, {
    capture: input.capture,
    search: '',
    suppressed: 'hide',
    order: 'rank',
    limit: MARKED,
  }).rows;
  const incidents = marked
    .map(({ uid, kind, severity, title, firstTs, lastTs }) => ({
      uid,
      kind,
      severity,
      title,
      from: secondsOf(firstTs),
      to: secondsOf(lastTs),
    }))
    .filter((i) => i.to >= span.from && i.from < span.to);
  return { ...out, incidents };
}

const MINUTE = 60;
const LONG = 600;
const MEASURES = {
  bytes: 'bytes_out + bytes_in',
  flows: 'flows_out',
  failures: 'failed_out',
} as const;

interface Cells {
  /** host, total */
  totals: { host: number; total: number }[];
  cells: (hosts: string) => { host: number; bucket: number; value: number }[];
}

function cellsOf(
  db: Database.Database,
  input: Input<Overview['heatmap']>,
  span: Range,
  start: number,
  width: number,
): Cells {
  const { capture, measure } = input;
  if (measure === 'anomaly') {
    const from = 'FROM flows WHERE capture = ? AND anomalous = 1 AND sec >= ? AND sec < ?';
    return {
      totals: db
        .prepare(`SELECT orig_host AS host, count(*) AS total ${from} GROUP BY 1`)
        .all(capture, span.from, span.to) as Cells['totals'],
      cells: (hosts) =>
        db
          .prepare(
            `SELECT orig_host AS host, cast((sec - ?) / ? AS INTEGER) AS bucket, count(*) AS value ${from} AND orig_host IN (SELECT value FROM json_each(?)) GROUP BY 1, 2`,
          )
          .all(start, width, capture, span.from, span.to, hosts) as ReturnType<Cells['cells']>,
    };
  }
  const length = width % LONG === 0 ? LONG : MINUTE;
  const from = 'FROM windows WHERE capture = ? AND length = ? AND start >= ? AND start < ?';
  const value = MEASURES[measure];
  return {
    totals: db
      .prepare(`SELECT host, sum(${value}) AS total ${from} GROUP BY 1 HAVING total > 0`)
      .all(capture, length, start, span.to) as Cells['totals'],
    cells: (hosts) =>
      db
        .prepare(
          `SELECT host, cast((start - ?) / ? AS INTEGER) AS bucket, sum(${value}) AS value ${from} AND host IN (SELECT value FROM json_each(?)) GROUP BY 1, 2`,
        )
        .all(start, width, capture, length, start, span.to, hosts) as ReturnType<Cells['cells']>,
  };
}

interface HeatRow {
  label: string;
  hosts: number[];
  risk: number;
  total: number;
}

export function heatmapOf(db: Database.Database, input: Input<Overview['heatmap']>): Answer<Overview['heatmap']> {
  const { capture, measure, group } = input;
  const span = spanFor(db, capture, input.range);
  let width = bucketWidth(span, input.buckets, measure === 'anomaly' ? 1 : MINUTE);
  if (measure !== 'anomaly' && width >= LONG) width = Math.ceil(width / LONG) * LONG;
  const start = Math.floor(span.from / width) * width;
  const length = Math.ceil((span.to - start) / width);
  const { totals, cells } = cellsOf(db, input, span, start, width);
  const within = input.within === undefined ? null : parseNetwork(input.within);
  const hosts = new Map<number, { address: string; bytes: Uint8Array; risk: number }>();
  const all = within
    ? db
        .prepare(
          'SELECT host, address, address_bytes AS bytes, risk FROM hosts WHERE capture = ? AND address_bytes BETWEEN ? AND ?',
        )
        .all(capture, within.first, within.last)
    : db.prepare('SELECT host, address, address_bytes AS bytes, risk FROM hosts WHERE capture = ?').all(capture);
  for (const h of all as { host: number; address: string; bytes: Uint8Array; risk: number }[]) hosts.set(h.host, h);
  const rows = new Map<string, HeatRow>();
  for (const { host, total } of totals) {
    const known = hosts.get(host);
    if (!known) continue;
    const label = group === 'host' ? known.address : networkAround(known.bytes);
    const row = rows.get(label) ?? { label, hosts: [], risk: 0, total: 0 };
    row.hosts.push(host);
    row.total += total;
    row.risk = Math.max(row.risk, known.risk);
    rows.set(label, row);
  }
  const ranked = [...rows.values()]
    .sort((a, b) => b.total - a.total || b.risk - a.risk || (a.label < b.label ? -1 : 1))
    .slice(0, input.rows);
  const place = new Map<number, number>();
  ranked.forEach((row, n) => row.hosts.forEach((host) => place.set(host, n)));
  const values = ranked.map(() => Array.from({ length }, () => 0));
  let max = 0;
  for (const { host, bucket, value } of cells(JSON.stringify([...place.keys()]))) {
    const line = values[place.get(host)!]!;
    const at = Math.floor(bucket);
    if (at < 0 || at >= length) continue;
    line[at]! += value;
    max = Math.max(max, line[at]!);
  }
  return {
    start,
    width,
    measure,
    rows: ranked.map((row, n) => ({
      label: row.label,
      hosts: row.hosts.length,
      risk: row.risk,
      total: row.total,
      values: values[n]!,
    })),
    rowsTotal: rows.size,
    max,
  };
}

export function mixOf(db: Database.Database, { capture, range }: Input<Overview['mix']>): Answer<Overview['mix']> {
  const { facts } = captureRecord(db, capture);
  if (!range && facts.protocols && facts.services && facts.apps) {
    return { protocols: facts.protocols, services: facts.services, apps: facts.apps };
  }
  const span = spanFor(db, capture, range);
  const by = (column: string): Share[] =>
    db
      .prepare(
        `SELECT ${column} AS name, count(*) AS flows, sum(orig_pkts + resp_pkts) AS packets, sum(orig_ip_bytes + resp_ip_bytes) AS bytes
         FROM flows f WHERE capture = ? AND sec >= ? AND sec < ? AND watch() GROUP BY 1`,
      )
      .all(capture, span.from, span.to) as Share[];
  const protocols = new Map<string, Share>();
  for (const share of by('proto')) {
    const name = protoWord(Number(share.name));
    const known = protocols.get(name);
    if (!known) protocols.set(name, { ...share, name });
    else for (const key of ['flows', 'packets', 'bytes'] as const) known[key] += share[key];
  }
  const named = (list: Share[]): Share[] =>
    largest(list.map((s) => ({ ...s, name: s.name === '' ? 'unknown' : s.name })));
  return { protocols: largest([...protocols.values()]), services: named(by('service')), apps: named(by('app')) };
}

export function packetSizesOf(
  db: Database.Database,
  { capture }: Input<Overview['packetSizes']>,
): Answer<Overview['packetSizes']> {
  return { sizes: captureRecord(db, capture).facts.sizes ?? [] };
}

export function topTalkersOf(
  db: Database.Database,
  { capture, range, by, limit }: Input<Overview['topTalkers']>,
): Answer<Overview['topTalkers']> {
  type Row = Answer<Overview['topTalkers']>['hosts'][number];
  const span = spanFor(db, capture, range);
  // Windows know packets and times; a host's row knows neither. The whole of a capture needs only the long ones, and
  // names only those that are shown.
  const order = { bytes: 'bytesOut + bytesIn', packets: 'packets', flows: 'flows' }[by];
  const sql = `SELECT h.address, h.risk, s.flows, s.packets, s.bytesOut, s.bytesIn FROM (
      SELECT host, sum(flows_out + flows_in) AS flows, sum(packets_out + packets_in) AS packets,
        sum(bytes_out) AS bytesOut, sum(bytes_in) AS bytesIn
      FROM windows WHERE capture = ? AND length = ? AND start >= ? AND start < ?
      GROUP BY host ORDER BY ${order} DESC, host LIMIT ?
    ) s JOIN hosts h ON h.capture = ? AND h.host = s.host ORDER BY ${order} DESC, h.host`;
  const length = !range || span.to - span.from > 100 * LONG ? LONG : MINUTE;
  const first = Math.floor(span.from / length) * length;
  return { hosts: db.prepare(sql).all(capture, length, first, span.to, limit, capture) as Row[] };
}
