/** What several queries need. */
import type Database from 'better-sqlite3';
import { SondeError } from '../../../../src-shared/errors.ts';
import { TextError } from '../../../../src-shared/contract/wire.ts';
import { parseFilter } from '../../../../src-shared/domain/filter/parse.ts';
import {
  addressText,
  contains,
  isGroup,
  looksLikeBroadcast,
  ourNetworks as networksNamed,
  parseNetwork,
  type Network,
} from '../../../../src-shared/domain/network.ts';
import { parseTime } from '../../../../src-shared/domain/time.ts';
import type { CaptureFacts } from '../types.ts';
import { condition, type Condition, type Parameter } from '../filter/sql.ts';

/** Where the desk's settings lie in the table of settings. */
export const DESK_SETTINGS = 'desk';

export interface Range {
  from: number;
  to: number;
}

/** S0, REJ, RSTOS0, RSTRH, SH and SHR, as `conn_state` is stored: never established. */
export const FAILED_STATES = [1, 4, 9, 10, 11, 12] as const;

/** Which flows; as in the contract. */
export interface Selection {
  capture: number;
  filter: string;
  incident?: string | undefined;
  flow?: number | undefined;
  range?: Range | undefined;
}

export interface CaptureRecord {
  id: number;
  name: string;
  status: 'incomplete' | 'complete' | 'partial';
  importedAt: number;
  report: { flows?: { count: number; anomalous: number; cutShort: number }; hostsTotal?: number } & Record<
    string,
    unknown
  >;
  facts: Partial<CaptureFacts>;
}

/** @throws SondeError `not-found` */
export function captureRecord(db: Database.Database, capture: number): CaptureRecord {
  const row = db
    .prepare('SELECT id, name, status, imported_at AS importedAt, report, facts FROM captures WHERE id = ?')
    .get(capture) as
    | { id: number; name: string; status: CaptureRecord['status']; importedAt: number; report: string; facts: string }
    | undefined;
  if (!row)
    throw new SondeError(
      'not-found',
      'this capture is no longer there',
      String(capture),
      'Choose another one from the list.',
    );
  return {
    ...row,
    report: JSON.parse(row.report) as CaptureRecord['report'],
    facts: JSON.parse(row.facts) as Partial<CaptureFacts>,
  };
}

/** Seconds since 1970 of our own time text, with its fraction. */
export function secondsOf(ts: string): number {
  const { sec, nano } = parseTime(ts);
  return sec + nano / 1e9;
}

/** From the first packet to just after the last: whole seconds. Null where there is none. */
export function spanOf(db: Database.Database, capture: number): Range | null {
  const packets = packetSpanOf(db, capture);
  if (packets !== null) return { from: Math.floor(packets.from), to: Math.floor(packets.to) + 1 };
  const flows = db.prepare('SELECT min(sec) AS first, max(sec) AS last FROM flows WHERE capture = ?').get(capture) as {
    first: number | null;
    last: number | null;
  };
  return flows.first === null || flows.last === null ? null : { from: flows.first, to: flows.last + 1 };
}

/** When its first and its last packet were seen, as captures are told of everywhere. Null where that is not known (yet). */
export function packetSpanOf(db: Database.Database, capture: number): Range | null {
  const row = db
    .prepare('SELECT min(first_ts) AS first, max(last_ts) AS last FROM inputs WHERE capture = ?')
    .get(capture) as { first: string | null; last: string | null };
  return row.first === null || row.last === null ? null : { from: secondsOf(row.first), to: secondsOf(row.last) };
}

/** The filter's condition. @throws TextError `bad-filter` pointing at the fault. */
export function filterCondition(text: string, capture: number): Condition | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) {
    const { message, cure, start, end } = parsed.fault;
    throw new TextError('bad-filter', message, 'filter', cure, { start, end });
  }
  return parsed.filter && condition(parsed.filter, capture);
}

/** The condition on `flows f` of a selection. `whole`: it is every flow of the capture. */
export function selected({ capture, filter, incident, flow, range }: Selection): Condition & { whole: boolean } {
  const parts: Condition[] = [{ sql: 'f.capture = ?', params: [capture] }];
  if (range) parts.push({ sql: 'f.sec >= ? AND f.sec < ?', params: [Math.floor(range.from), Math.ceil(range.to)] });
  if (flow !== undefined) parts.push({ sql: 'f.id = ?', params: [flow] });
  if (incident !== undefined) {
    parts.push({
      sql: 'f.id IN (SELECT flow FROM incident_flows WHERE capture = ? AND uid = ?)',
      params: [capture, incident],
    });
  }
  const tests = filterCondition(filter, capture);
  if (tests) parts.push(tests);
  return {
    sql: parts.map((p) => p.sql).join(' AND '),
    params: parts.flatMap((p) => p.params),
    whole: parts.length === 1,
  };
}

/**
 * The networks that are ours: those by which the capture was judged, or, where it was judged before Sonde noted them,
 * those of the settings.
 */
export function ourNetworks(db: Database.Database, capture: number): readonly Network[] {
  const named = networksOf(db, capture) ?? (deskSettings(db)['networks'] as string[] | undefined) ?? [];
  return networksNamed(named.filter((text) => parseNetwork(text) !== null));
}

/** As they were named when the capture was judged; null: not known. */
export function networksOf(db: Database.Database, capture: number): string[] | null {
  const row = db
    .prepare("SELECT json_extract(report, '$.networks') AS networks FROM captures WHERE id = ?")
    .get(capture);
  const { networks } = (row ?? { networks: null }) as { networks: string | null };
  return networks === null ? null : (JSON.parse(networks) as string[]);
}

/** The desk's settings as they are kept: what is missing has its default. */
export function deskSettings(db: Database.Database): Record<string, unknown> {
  const row = db.prepare('SELECT value FROM settings WHERE key = ?').get(DESK_SETTINGS) as
    { value: string } | undefined;
  return row === undefined ? {} : (JSON.parse(row.value) as Record<string, unknown>);
}

export function isLocal(networks: readonly Network[], address: Uint8Array): boolean {
  return networks.some((n) => contains(n, address));
}

/** What is stored of a host that says whose it is. */
export interface Placed {
  address_bytes: Uint8Array;
  bytes_out: number;
}

/** An address of a group, no host: multicast, and the broadcast of a subnet, to which is sent and which never sends. */
export function isGroupHost({ address_bytes: address, bytes_out: sent }: Placed): boolean {
  return isGroup(address) || (sent === 0 && looksLikeBroadcast(address));
}

export function isLocalHost(networks: readonly Network[], host: Placed): boolean {
  return isLocal(networks, host.address_bytes) && !isGroupHost(host);
}

/** `10.0.0.0/24` or `fd00::/64` around an address. */
export function networkAround(address: Uint8Array): string {
  const v4 = address.subarray(0, 10).every((b) => b === 0) && address[10] === 255 && address[11] === 255;
  const first = address.slice();
  first.fill(0, v4 ? 15 : 8);
  return `${addressText(first)}/${v4 ? 24 : 64}`;
}

/** Opaque to callers: the values of the last row's sort columns. */
export function encodeCursor(values: readonly (number | string)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws SondeError `bad-request` for what was never a cursor of this many values. */
export function decodeCursor(text: string, length: number): Parameter[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const fits =
      Array.isArray(values) &&
      values.length === length &&
      values.every((v) => typeof v === 'number' || typeof v === 'string');
    if (fits) return values as Parameter[];
  } catch {
    // Told below.
  }
  throw new SondeError('bad-request', 'the page cannot be gone on with', 'cursor', 'Start again from the first page.');
}

/** Text for LIKE that stands for itself. Use with ESCAPE '\'. */
export function likeText(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
