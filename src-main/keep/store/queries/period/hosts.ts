/** Hosts that took part in the alarms of a period. */
import type Database from 'better-sqlite3';
import type { IncidentKind, Severity } from '../../../../../src-shared/domain/incident.ts';
import { hostNames } from '../hosts.ts';
import type { PeriodRow } from './rows.ts';

export interface PeriodHost {
  address: string;
  /** '' where none is known. */
  name: string;
  /** Incidents that it began, and that were aimed at it. */
  asSource: number;
  asTarget: number;
  counts: Record<Severity, number>;
  /** The gravest first. */
  kinds: IncidentKind[];
}

/** Told by name. */
const SHOWN = 50;
/** Hosts that are counted: a flood from forged addresses has more. */
const COUNTED = 100_000;

interface Found extends PeriodHost {
  /** Where it was met last. */
  capture: number;
}

function counted(db: Database.Database, rows: readonly PeriodRow[]): Map<string, Found> {
  const lists = db.prepare(
    `SELECT json_extract(body, '$.sources') AS sources, json_extract(body, '$.targets') AS targets
     FROM incidents WHERE capture = ? AND uid = ?`,
  );
  const found = new Map<string, Found>();
  const note = (address: string, side: 'asSource' | 'asTarget', { kind, severity, capture }: PeriodRow): void => {
    let host = found.get(address);
    if (!host) {
      if (found.size >= COUNTED) return;
      const counts = { critical: 0, warning: 0, info: 0 };
      found.set(address, (host = { address, name: '', asSource: 0, asTarget: 0, counts, kinds: [], capture }));
    }
    host[side]++;
    host.counts[severity]++;
    host.capture = Math.max(host.capture, capture);
    if (!host.kinds.includes(kind)) host.kinds.push(kind);
  };
  for (const row of rows) {
    const { sources, targets } = lists.get(row.capture, row.uid) as { sources: string; targets: string };
    const begun = new Set(JSON.parse(sources) as string[]);
    for (const address of begun) note(address, 'asSource', row);
    for (const address of new Set(JSON.parse(targets) as string[]))
      if (!begun.has(address)) note(address, 'asTarget', row);
  }
  return found;
}

function worse(a: PeriodHost, b: PeriodHost): number {
  return (
    b.counts.critical - a.counts.critical ||
    b.counts.warning - a.counts.warning ||
    b.asSource - a.asSource ||
    (a.address < b.address ? -1 : 1)
  );
}

/** Of these incidents, those with the most and gravest first, at most 50; and how many there are. */
export function hostsOf(
  db: Database.Database,
  rows: readonly PeriodRow[],
): { hosts: PeriodHost[]; hostsTotal: number } {
  const found = counted(db, rows);
  const shown = [...found.values()].sort(worse).slice(0, SHOWN);
  const names = new Map<string, string>();
  for (const capture of new Set(shown.map((host) => host.capture))) {
    const addresses = shown.filter((host) => host.capture === capture).map(({ address }) => address);
    for (const { address, name } of hostNames(db, { capture, addresses }).names) names.set(address, name);
  }
  const hosts = shown.map(({ capture: _, ...host }) => ({ ...host, name: names.get(host.address) ?? '' }));
  return { hosts, hostsTotal: found.size };
}
