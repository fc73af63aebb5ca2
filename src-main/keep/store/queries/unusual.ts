/**
 * What is unusual about a host: its largest 10-minute window against its other ones, and its whole against other hosts
 * of ours in the same capture. Compared by median and median absolute deviation (Iglewicz and Hoaglin 1993), with a
 * floor so that a host that never changes is not unusual for one packet more.
 */
import type Database from 'better-sqlite3';
import type { Answer } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { Network } from '../../../../src-shared/domain/network.ts';
import { isLocalHost, type Placed } from './common.ts';

type Unusual = Answer<typeof contract.hosts.get>['unusual'][number];

const MEASURES = [
  { column: 'bytes_out', measure: 'sent', unit: 'bytes', floor: 100_000 },
  { column: 'bytes_in', measure: 'received', unit: 'bytes', floor: 100_000 },
  { column: 'flows_out', measure: 'flows opened', unit: 'flows', floor: 20 },
  { column: 'failed_out', measure: 'failed flows', unit: 'flows', floor: 10 },
  { column: 'peers_out', measure: 'hosts contacted', unit: 'hosts', floor: 10 },
  { column: 'ports_out', measure: 'ports tried', unit: 'ports', floor: 10 },
  { column: 'dns_queries', measure: 'names asked for', unit: 'queries', floor: 30 },
] as const;

const LENGTH = 600;
/** Windows, or hosts, that make a comparison. */
const ENOUGH = 5;
/** Deviations beyond which a value is told (Iglewicz and Hoaglin recommend 3.5). */
const FAR = 3.5;
/** Makes the median absolute deviation comparable with a standard deviation. */
const NORMAL = 1.4826;
const LISTED = 12;

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far a value lies above the usual one, in deviations; null where there is too little to compare with. */
function compare(value: number, others: readonly number[], floor: number): { usual: number; far: number } | null {
  if (others.length < ENOUGH) return null;
  const usual = median([...others].sort((a, b) => a - b));
  const deviations = others.map((o) => Math.abs(o - usual)).sort((a, b) => a - b);
  return { usual, far: (value - usual) / Math.max(NORMAL * median(deviations), floor / FAR, usual / FAR) };
}

const told = (value: number): string => Math.round(value).toLocaleString('en-US');

type Row = Record<(typeof MEASURES)[number]['column'], number> & { at: number };

function ownPast(windows: readonly Row[]): (Unusual & { far: number })[] {
  return MEASURES.flatMap(({ column, measure, unit, floor }) => {
    const most = windows.reduce<Row | undefined>(
      (best, w) => (best === undefined || w[column] > best[column] ? w : best),
      undefined,
    );
    if (!most) return [];
    const others = windows.filter((w) => w !== most).map((w) => w[column]);
    const found = compare(most[column], others, floor);
    if (!found || found.far < FAR) return [];
    const text = `${measure}: ${told(most[column])} ${unit} in 10 minutes; usually ${told(found.usual)}`;
    return [
      {
        measure,
        unit,
        value: most[column],
        usual: found.usual,
        against: 'own' as const,
        at: most.at,
        text,
        far: found.far,
      },
    ];
  });
}

function amongPeers(own: Row, peers: readonly Row[]): (Unusual & { far: number })[] {
  return MEASURES.flatMap(({ column, measure, unit, floor }) => {
    const found = compare(
      own[column],
      peers.map((p) => p[column]),
      floor,
    );
    if (!found || found.far < FAR) return [];
    const text = `${measure}: ${told(own[column])} ${unit}; other hosts here: ${told(found.usual)}`;
    return [
      {
        measure,
        unit,
        value: own[column],
        usual: found.usual,
        against: 'peers' as const,
        at: null,
        text,
        far: found.far,
      },
    ];
  });
}

/** Most unusual first. */
export function unusualOf(
  db: Database.Database,
  capture: number,
  host: number,
  networks: readonly Network[],
): Unusual[] {
  const columns = MEASURES.map((m) => m.column);
  const windows = db
    .prepare(`SELECT start AS at, ${columns.join(', ')} FROM windows WHERE capture = ? AND host = ? AND length = ?`)
    .all(capture, host, LENGTH) as Row[];
  const sums = db
    .prepare(
      `SELECT h.host, h.address_bytes, 0 AS at, ${columns.map((c) => `sum(w.${c}) AS ${c}`).join(', ')}
       FROM windows w JOIN hosts h ON h.capture = w.capture AND h.host = w.host WHERE w.capture = ? AND w.length = ? GROUP BY w.host`,
    )
    .all(capture, LENGTH) as (Row & Placed & { host: number })[];
  const own = sums.find((s) => s.host === host);
  const peers = own && isLocalHost(networks, own) ? sums.filter((s) => s !== own && isLocalHost(networks, s)) : [];
  const found = [...ownPast(windows), ...(own ? amongPeers(own, peers) : [])];
  return found
    .sort((a, b) => b.far - a.far)
    .slice(0, LISTED)
    .map(({ far: _, ...rest }) => rest);
}
