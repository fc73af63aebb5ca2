/** Which packets belong to the selected flows: five-tuples with the time each flow was alive. */
import type Database from 'better-sqlite3';
import { SondeError } from '../../../../src-shared/errors.ts';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { selected, type Selection } from './common.ts';

/** One flow as an export looks for it; addresses are 16 bytes. */
export interface PacketKey {
  id: number;
  orig: Uint8Array;
  resp: Uint8Array;
  origPort: number;
  respPort: number;
  proto: number;
  vlan: number;
  sec: number;
  nano: number;
  duration: number;
  /** Both ways. */
  packets: number;
}

/** ARP belongs to no flow: that which names one of these addresses (16 bytes each), or claims something for one of these cards. */
export interface ArpNamed {
  addresses: Uint8Array[];
  /** As 48-bit integers. */
  cards: number[];
}

function incidentOf(db: Database.Database, { capture, incident }: Selection): Incident | null {
  if (incident === undefined) return null;
  const row = db.prepare('SELECT body FROM incidents WHERE capture = ? AND uid = ?').get(capture, incident) as
    { body: string } | undefined;
  return row ? (JSON.parse(row.body) as Incident) : null;
}

/** The card an incident of ARP is about stands in its display filter only. */
const CARD = /\barp\.src\.hw_mac == ([0-9a-f]{2}(?::[0-9a-f]{2}){5})/g;

/**
 * What happened in ARP is in no flow. Whoever forges answers writes the addresses of others into them: the incident's
 * own sources alone would show the honest ones.
 */
function arpOf(incident: Incident | null): ArpNamed | null {
  if (!incident) return null;
  const addresses = [...incident.sources, ...incident.targets].flatMap((text) => parseAddress(text) ?? []);
  const cards = [...incident.wiresharkFilter.matchAll(CARD)].map(([, card]) =>
    Number(`0x${card!.replaceAll(':', '')}`),
  );
  return addresses.length + cards.length > 0 ? { addresses, cards } : null;
}

/** Why these packets are in a file of their own: names the incident, or the filter. */
function commentOf(incident: Incident | null, { filter }: Selection): string {
  if (!incident) return filter === '' ? '' : `Packets of the flows with: ${filter}`;
  const { kind, severity, uid, title, firstTs, lastTs } = incident;
  return `Packets of incident ${uid}: ${title} (${kind}, ${severity}), ${firstTs} to ${lastTs}`;
}

/** Flows whose packets are exported at most. */
const KEYS_MAX = 1_000_000;

/** @throws SondeError `too-many` */
export function packetKeys(
  db: Database.Database,
  selection: Selection,
): { keys: PacketKey[]; arp: ArpNamed | null; comment: string; paths: string[]; sha256: string[] } {
  const where = selected(selection);
  const keys = db
    .prepare(
      `SELECT f.id, f.orig_port AS origPort, f.resp_port AS respPort, f.proto, f.vlan, f.sec, f.nano, f.duration, f.orig_pkts + f.resp_pkts AS packets,
         ifnull((SELECT address_bytes FROM hosts WHERE capture = f.capture AND host = f.orig_host), f.orig_address) AS orig,
         ifnull((SELECT address_bytes FROM hosts WHERE capture = f.capture AND host = f.resp_host), f.resp_address) AS resp
       FROM flows f WHERE ${where.sql} AND watch() LIMIT ?`,
    )
    .all([...where.params, KEYS_MAX + 1]) as PacketKey[];
  if (keys.length > KEYS_MAX) {
    throw new SondeError(
      'too-many',
      `more than ${KEYS_MAX.toLocaleString('en-US')} flows are selected`,
      'filter',
      'Narrow the filter.',
    );
  }
  const inputs = db
    .prepare('SELECT path, sha256 FROM inputs WHERE capture = ? ORDER BY number')
    .all(selection.capture) as { path: string; sha256: string }[];
  const incident = incidentOf(db, selection);
  const arp = keys.length === 0 ? arpOf(incident) : null;
  const comment = commentOf(incident, selection);
  return { keys, arp, comment, paths: inputs.map((i) => i.path), sha256: inputs.map((i) => i.sha256) };
}

/** Captures that have an incident of this uid, or files of these hashes, newest first. */
export function incidentKeys(db: Database.Database, find: { uid?: string; sha256?: readonly string[] }): number[] {
  const rows = db
    .prepare(
      `SELECT id FROM captures c WHERE status <> 'incomplete'
         AND (? IS NULL OR EXISTS (SELECT 1 FROM incidents WHERE capture = c.id AND uid = ?))
         AND (? IS NULL OR EXISTS (SELECT 1 FROM inputs WHERE capture = c.id AND sha256 IN (SELECT value FROM json_each(?))))
       ORDER BY id DESC`,
    )
    .all(find.uid ?? null, find.uid ?? null, find.sha256 ? 1 : null, JSON.stringify(find.sha256 ?? [])) as {
    id: number;
  }[];
  return rows.map((r) => r.id);
}
