/** Hosts: the ranked list, and one host's page. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { HostRow } from '../../../../src-shared/contract/topics/hosts.ts';
import { parseNetwork, rangesOf, type Network } from '../../../../src-shared/domain/network.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { describeCard } from '../../../meter/enrich/mac-vendors.ts';
import type { Parameter } from '../filter/sql.ts';
import { NAME_SOURCES } from '../types.ts';
import {
  decodeCursor,
  encodeCursor,
  FAILED_STATES,
  isGroupHost,
  isLocalHost,
  likeText,
  ourNetworks,
} from './common.ts';
import { knownDevices, type Named } from './devices.ts';
import { incidentsOfHost } from './incidents.ts';
import { protoWord } from './protocols.ts';
import { unusualOf } from './unusual.ts';

type List = typeof contract.hosts.list;
type Get = typeof contract.hosts.get;
type Names = typeof contract.hosts.names;

interface Stored {
  host: number;
  address: string;
  address_bytes: Uint8Array;
  risk: number;
  flows: number;
  bytes_out: number;
  bytes_in: number;
  roles: string;
  device: string | null;
  name: string | null;
  incidents: number;
  key: number | string;
}

/** The best source, then the newest. */
const BEST = `CASE source ${NAME_SOURCES.map((source, rank) => `WHEN '${source}' THEN ${rank}`).join(' ')} END,
  last DESC, last - first DESC, name LIMIT 1`;
const NAME = `(SELECT name FROM host_names n WHERE n.capture = h.capture AND n.address = h.address ORDER BY ${BEST})`;
const INCIDENTS = `(SELECT count(*) FROM incidents i WHERE i.capture = h.capture AND i.suppressed_by IS NULL
  AND (EXISTS (SELECT 1 FROM json_each(i.body, '$.sources') WHERE value = h.address)
    OR EXISTS (SELECT 1 FROM json_each(i.body, '$.targets') WHERE value = h.address)))`;
const ORDERS = {
  risk: 'h.risk',
  flows: 'h.flows',
  bytesOut: 'h.bytes_out',
  bytesIn: 'h.bytes_in',
  address: 'hex(h.address_bytes)',
} as const;

const PEERS = 100;
const WINDOWS = 1440;

function rowOf(h: Stored, networks: readonly Network[], devices: ReadonlyMap<string, Named>): HostRow {
  return {
    address: h.address,
    local: isLocalHost(networks, h),
    group: isGroupHost(h),
    risk: h.risk,
    flows: h.flows,
    bytesOut: h.bytes_out,
    bytesIn: h.bytes_in,
    roles: JSON.parse(h.roles) as string[],
    device: h.device === null ? null : (JSON.parse(h.device) as HostRow['device']),
    incidents: h.incidents,
    name: h.name ?? '',
    known: devices.get(h.address) ?? null,
  };
}

/** Addresses of known devices whose name or role holds the text. */
function knownAs(text: string, devices: ReadonlyMap<string, Named>): string {
  const wanted = text.toLowerCase();
  const found = [...devices].filter(([, { name, role }]) => `${name}\n${role}`.toLowerCase().includes(wanted));
  return JSON.stringify(found.map(([address]) => address));
}

function searched(search: string, devices: ReadonlyMap<string, Named>): { sql: string; params: Parameter[] } {
  const text = search.trim();
  if (text === '') return { sql: '1', params: [] };
  const network = text.includes('/') ? parseNetwork(text) : null;
  if (network) {
    const ranges = rangesOf(network);
    const sql = ranges.map(() => 'h.address_bytes BETWEEN ? AND ?').join(' OR ');
    return { sql: `(${sql})`, params: ranges.flatMap(({ first, last }) => [first, last]) };
  }
  const like = likeText(text);
  return {
    sql: `(h.address LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM host_names n
      WHERE n.capture = h.capture AND n.address = h.address AND n.name LIKE ? ESCAPE '\\')
      OR h.address IN (SELECT value FROM json_each(?)))`,
    params: [like, like, knownAs(text, devices)],
  };
}

export function hostNames(db: Database.Database, { capture, addresses }: Input<Names>): Answer<Names> {
  const devices = knownDevices(db, capture);
  const best = db
    .prepare(
      `SELECT name FROM host_names WHERE capture = ? AND address = ? AND source NOT IN ('http', 'claimed') ORDER BY ${BEST}`,
    )
    .pluck();
  const nameOf = (address: string): string =>
    devices.get(address)?.name || ((best.get(capture, address) as string | undefined) ?? '');
  const named = [...new Set(addresses)].map((address) => ({ address, name: nameOf(address) }));
  return { names: named.filter(({ name }) => name !== '') };
}

/** Among equals those that did most come first, whichever way the column is sorted. */
function tiesOf(descending: boolean): readonly string[] {
  const [most, least] = descending ? ['', '-'] : ['-', ''];
  return [`${most}h.flows`, `${most}(h.bytes_out + h.bytes_in)`, `${least}h.host`];
}

/** What `tiesOf` sorts by, of the last row of a page. */
function cursorOf({ key, flows, bytes_out, bytes_in, host }: Stored, descending: boolean): (number | string)[] {
  const way = descending ? 1 : -1;
  return [key, way * flows, way * (bytes_out + bytes_in), -way * host];
}

export function listHosts(db: Database.Database, input: Input<List>): Answer<List> {
  const devices = knownDevices(db, input.capture);
  const { sql, params } = searched(input.search, devices);
  const column = ORDERS[input.order];
  const [sign, direction] = input.descending ? ['<', 'DESC'] : ['>', 'ASC'];
  const keys = [column, ...tiesOf(input.descending)];
  const after = input.cursor === undefined ? [] : decodeCursor(input.cursor, keys.length);
  const beyond = after.length === 0 ? '' : `AND (${keys.join(', ')}) ${sign} (${keys.map(() => '?').join(', ')})`;
  const order = keys.map((key) => `${key} ${direction}`).join(', ');
  const total = db
    .prepare(`SELECT count(*) AS n FROM hosts h WHERE h.capture = ? AND ${sql}`)
    .get([input.capture, ...params]) as { n: number };
  const page = `SELECT h.*, ${column} AS key FROM hosts h WHERE h.capture = ? AND ${sql} ${beyond}
    ORDER BY ${order} LIMIT ?`;
  // Names and incidents are looked up for the rows of the page only.
  const found = db
    .prepare(`SELECT h.*, ${NAME} AS name, ${INCIDENTS} AS incidents FROM (${page}) h`)
    .all([input.capture, ...params, ...after, input.limit + 1]) as Stored[];
  const networks = ourNetworks(db, input.capture);
  const rows = found.slice(0, input.limit);
  const last = rows.at(-1);
  return {
    rows: rows.map((h) => rowOf(h, networks, devices)),
    total: total.n,
    next: found.length > input.limit && last ? encodeCursor(cursorOf(last, input.descending)) : null,
  };
}

// Without INDEXED BY, SQLite walks over all flows in the order of the groups.

function peersOf(db: Database.Database, capture: number, host: number): Answer<Get>['peers'] {
  const sql = `SELECT h.address, h.risk, sum(p.flows) AS flows, sum(p.out) AS bytesOut, sum(p.back) AS bytesIn FROM (
      SELECT resp_host AS peer, count(*) AS flows, sum(orig_ip_bytes) AS out, sum(resp_ip_bytes) AS back
        FROM flows f INDEXED BY flows_by_orig WHERE capture = ? AND orig_host = ? AND watch() GROUP BY 1
      UNION ALL
      SELECT orig_host, count(*), sum(resp_ip_bytes), sum(orig_ip_bytes) FROM flows f INDEXED BY flows_by_resp WHERE capture = ? AND resp_host = ? AND watch() GROUP BY 1
    ) p JOIN hosts h ON h.capture = ? AND h.host = p.peer GROUP BY p.peer ORDER BY bytesOut + bytesIn DESC, h.address`;
  return db.prepare(sql).all(capture, host, capture, host, capture) as Answer<Get>['peers'];
}

function servicesOf(db: Database.Database, capture: number, host: number): Answer<Get>['services'] {
  // Answered: the responder sent something, and did not only refuse (REJ, RSTOS0, RSTRH, S0, SH, SHR). Of ICMP only
  // echoes count (types 8 and 128 stand where a port would): answering neighbours is no service.
  const sql = `SELECT resp_port AS port, proto, max(service) AS service, count(*) AS flows, count(DISTINCT orig_host) AS clients
    FROM flows f INDEXED BY flows_by_resp WHERE capture = ? AND resp_host = ? AND resp_pkts > 0 AND conn_state NOT IN (${FAILED_STATES.join(', ')})
      AND (proto NOT IN (1, 58) OR orig_port IN (8, 128)) AND watch()
    GROUP BY resp_port, proto ORDER BY flows DESC, resp_port LIMIT 100`;
  const rows = db.prepare(sql).all(capture, host) as {
    port: number;
    proto: number;
    service: string;
    flows: number;
    clients: number;
  }[];
  return rows.map((r) => ({ ...r, proto: protoWord(r.proto) }));
}

function windowsOf(
  db: Database.Database,
  capture: number,
  host: number,
): Pick<Answer<Get>, 'windowLength' | 'windows'> {
  const count = db
    .prepare('SELECT count(*) AS n FROM windows WHERE capture = ? AND host = ? AND length = 60')
    .get(capture, host) as { n: number };
  const windowLength = count.n > WINDOWS ? 600 : 60;
  const sql = `SELECT start, bytes_out AS bytesOut, bytes_in AS bytesIn, flows_out AS flowsOut, flows_in AS flowsIn,
      failed_out AS failedOut, peers_out AS peersOut, ports_out AS portsOut
    FROM windows WHERE capture = ? AND host = ? AND length = ? ORDER BY start LIMIT ?`;
  return { windowLength, windows: db.prepare(sql).all(capture, host, windowLength, WINDOWS) as Answer<Get>['windows'] };
}

function cardsOf(db: Database.Database, capture: number, address: string): Answer<Get>['cards'] {
  const macs = db.prepare('SELECT mac FROM host_macs WHERE capture = ? AND address = ? ORDER BY mac LIMIT 20');
  return (macs.all(capture, address) as { mac: string }[]).map(({ mac }) => {
    const { kind, vendor } = describeCard(mac) ?? { kind: 'assigned', vendor: null };
    return { mac, kind, vendor };
  });
}

/** @throws SondeError `not-found` */
export function getHost(db: Database.Database, { capture, address }: Input<Get>): Answer<Get> {
  const bytes = parseNetwork(address)?.first;
  const stored =
    bytes &&
    (db
      .prepare(
        `SELECT h.*, ${NAME} AS name, ${INCIDENTS} AS incidents, 0 AS key FROM hosts h WHERE h.address_bytes = ? AND h.capture = ?`,
      )
      .get(bytes, capture) as Stored | undefined);
  if (!stored)
    throw new SondeError(
      'not-found',
      `${address} does not occur in this capture`,
      address,
      'Choose a host from the list.',
    );
  const peers = peersOf(db, capture, stored.host);
  const names = db.prepare(
    'SELECT name, source AS "from", first, last, told_by AS "by" FROM host_names WHERE capture = ? AND address = ? ORDER BY source, name LIMIT 100',
  );
  const networks = ourNetworks(db, capture);
  const cards = cardsOf(db, capture, stored.address);
  return {
    host: rowOf(stored, networks, knownDevices(db, capture)),
    names: names.all(capture, stored.address) as Answer<Get>['names'],
    macs: cards.map((card) => card.mac),
    cards,
    vendor: cards.find((card) => card.vendor !== null)?.vendor ?? null,
    incidents: incidentsOfHost(db, capture, stored.address),
    unusual: unusualOf(db, capture, stored.host, networks),
    peers: peers.slice(0, PEERS),
    peersTotal: peers.length,
    services: servicesOf(db, capture, stored.host),
    ...windowsOf(db, capture, stored.host),
  };
}
