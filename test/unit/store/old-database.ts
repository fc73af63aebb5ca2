/**
 * Databases of every version, frozen as text when that version was the newest (`test/fixtures/databases`, by
 * `node scripts/freeze-databases.mjs`): a row or two of every table that a person fills. They are not made anew, so that
 * a migration that is changed later does not change what it is tested with.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrate, MIGRATIONS } from '../../../src-main/keep/store/migrate.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import { incident } from '../alerts/made.ts';

const TIME = '2026-11-22T04:00:00.000000000Z';
const SEC = Date.parse('2026-11-22T04:00:00Z') / 1000;
export const MS = SEC * 1000;
export const UID = 'a'.repeat(32);
const SHA = 'ab'.repeat(32);
const BODY = JSON.stringify(incident({ flows: 1, sources: ['10.0.0.66'], targets: ['10.0.0.9'] }));
/** Of an old desk: settings that came later are not in it. */
export const SETTINGS = { profile: 'office', budget: 3, networks: ['10.0.0.0/8'] };

type Row = Readonly<Record<string, string | number | null | Uint8Array>>;

/** A row or two of each table, with the columns of today; those of a version that has not all of them go without. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  captures: [{ id: 1, name: 'office.pcap', status: 'complete', imported_at: MS, program: 'sonde 0.1.0', report: '{}' }],
  inputs: [
    {
      capture: 1,
      number: 0,
      path: '/in/office.pcap',
      sha256: SHA,
      format: 'pcap',
      link_types: '["ETHERNET"]',
      packets: 600,
      bytes: 36_000,
      first_ts: TIME,
      last_ts: TIME,
      warnings: '[]',
    },
  ],
  hosts: [host(1, '10.0.0.66', 0.9), host(2, '10.0.0.9', 0.1)],
  flows: [
    {
      capture: 1,
      id: 0,
      uid: 'Cabc',
      community_id: '1:x',
      sec: SEC,
      nano: 5,
      duration: 1.5,
      orig_host: 1,
      orig_port: 40_000,
      resp_host: 2,
      resp_port: 53,
      proto: 17,
      service: 'dns',
      app: 'DNS',
      conn_state: 3,
      history: 'Dd',
      orig_bytes: 40,
      resp_bytes: null,
      missed_bytes: 0,
      orig_pkts: 1,
      orig_ip_bytes: 68,
      resp_pkts: 1,
      resp_ip_bytes: 90,
      vlan: 0,
      tunnel: 0,
      parent: null,
      score: 0.5,
      anomalous: 1,
      facts: '{"dns.query":"example.org"}',
    },
  ],
  windows: [
    {
      capture: 1,
      host: 1,
      length: 60,
      start: SEC,
      ...Object.fromEntries(
        (
          'packets_out packets_in bytes_out bytes_in flows_out flows_in failed_out failed_in peers_out ports_out peers_in ' +
          'new_peers syn_out rst_out icmp_out arp_out dns_queries dns_failures port_entropy peer_entropy'
        )
          .split(' ')
          .map((name) => [name, 1]),
      ),
    },
  ],
  incidents: [
    {
      capture: 1,
      uid: UID,
      number: 1,
      kind: 'port-scan',
      severity: 'warning',
      confidence: 0.9,
      title: 'a scan',
      first_ts: TIME,
      decided_ts: TIME,
      last_ts: TIME,
      body: BODY,
      status: 'investigating',
    },
  ],
  evidence: [{ capture: 1, uid: UID, number: 0, fact: 'ports', value: 300, expected: 2, unit: 'ports' }],
  incident_flows: [{ capture: 1, uid: UID, flow: 0 }],
  models: [{ sha256: SHA, name: 'base', added_at: 1, bytes: new Uint8Array([1, 2]) }],
  settings: [
    { key: 'desk', value: JSON.stringify(SETTINGS) },
    { key: 'something.else', value: '"kept"' },
  ],
  timeline: [{ capture: 1, start: SEC, packets: 600, bytes: 36_000, flows: 1, anomalous: 1 }],
  host_names: [{ capture: 1, address: '10.0.0.66', source: 'dhcp', name: 'laptop' }],
  host_macs: [{ capture: 1, address: '10.0.0.66', mac: '02:00:00:00:00:01' }],
  incident_changes: [
    { id: 1, capture: 1, uid: UID, at: MS, user: 'anna', status: 'investigating', note: 'asked the owner' },
  ],
  suppressions: [
    {
      id: 1,
      scope: '{"kind":"port-scan","source":"10.9.9.9"}',
      reason: 'our scanner',
      author: 'anna',
      created_at: MS,
      expires_at: null,
      enabled: 1,
      last_hit_at: null,
    },
  ],
  saved_filters: [{ name: 'DNS', filter: 'service == dns', saved_at: MS }],
  audit: [{ id: 1, at: MS, user: 'anna', action: 'import', object: 'office.pcap', detail: '' }],
  experiments: [
    {
      id: 1,
      name: 'first',
      created_at: MS,
      user: 'anna',
      options:
        '{"train":["a.csv"],"test":[],"regime":"supervised","split":"time","seeds":[1],"validation":0.2,"targetFpr":0.05,"duplicates":"drop","keepShortcuts":false}',
      files: '["/in/a.csv"]',
      summary:
        '{"format":"nsl-kdd","selected":"mean-z2","rocAuc":0.9,"prAuc":0.8,"recall":0.7,"fpr":0.05,"trainRows":9,"testRows":3,"attacks":1,"warnings":0}',
      report: '{"schema":"sonde.evaluate/1"}',
    },
  ],
  lab_models: [
    {
      id: 1,
      name: 'forest',
      created_at: MS,
      user: 'anna',
      source: '{"kind":"import","detail":"file"}',
      summary: '{}',
      promotable: '{"by":null,"reason":"","columns":[]}',
      sha256: SHA,
      notes: '',
      bytes: new Uint8Array([3]),
    },
  ],
  alert_channels: [
    { id: 'ops', name: 'Ops', kind: 'webhook', enabled: 1, settings: '{"url":"https://example.org/"}', secrets: '[]' },
  ],
  alert_routes: [{ position: 0, body: '{"channels":["ops"]}' }],
  rule_sources: [
    {
      id: 1,
      kind: 'rules',
      name: 'own.rules',
      origin: 'upload',
      paths: '[]',
      enabled: 1,
      added_at: MS,
      read_at: MS,
      author: 'anna',
      sha256: SHA,
      refused: 0,
      list: null,
    },
  ],
  rules: [
    {
      source: 1,
      gid: 1,
      sid: 1_000_001,
      rev: 1,
      priority: 2,
      message: 'a rule',
      classtype: '',
      place: 0,
      text: 'alert tcp any any -> any any (msg:"a rule"; sid:1000001; rev:1;)',
    },
  ],
  quality_dismissed: [{ capture: 1, code: 'snap-length', at: MS, author: 'anna' }],
};

function host(id: number, address: string, risk: number): Row {
  const bytes = parseAddress(address)!;
  const counts = { flows: 1, bytes_out: 68, bytes_in: 90 };
  return { capture: 1, host: id, address, address_bytes: bytes, risk, ...counts, roles: '["client"]' };
}

const columnsOf = (db: Database.Database, table: string): string[] =>
  (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);

function fill(db: Database.Database): void {
  for (const [table, rows] of Object.entries(ROWS)) {
    const columns = columnsOf(db, table);
    for (const row of columns.length === 0 ? [] : rows) {
      const names = Object.keys(row).filter((name) => columns.includes(name));
      const places = names.map(() => '?').join(', ');
      db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`).run(names.map((name) => row[name]));
    }
  }
}

export const frozenPath = (version: number): string =>
  join(import.meta.dirname, '..', '..', 'fixtures', 'databases', `version-${String(version).padStart(2, '0')}.sql`);

/** A database as the Sonde of this version left it; `look` sees it before it is closed. */
export function makeOld<T>(path: string, version: number, look: (db: Database.Database) => T): T {
  const db = new Database(path);
  try {
    db.pragma('synchronous = OFF');
    db.exec(readFileSync(frozenPath(version), 'utf8'));
    return look(db);
  } finally {
    db.close();
  }
}

/** The same by today's migrations, as text. */
export function sqlByMigrations(version: number): string {
  const db = new Database(':memory:');
  try {
    db.pragma('foreign_keys = ON');
    migrate(
      db,
      MIGRATIONS.filter((each) => each.version <= version),
    );
    fill(db);
    return sqlOf(db);
  } finally {
    db.close();
  }
}

/** Tables, rows, then indexes and triggers, each in the order in which it was made. */
function sqlOf(db: Database.Database): string {
  const made = db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid")
    .all() as { type: string; name: string; sql: string }[];
  const tables = made.filter(({ type }) => type === 'table');
  const rest = made.filter(({ type }) => type !== 'table');
  const rows = tables.flatMap(({ name }) => {
    const values = columnsOf(db, name).map((column) => `quote("${column}")`);
    const lines = db
      .prepare(`SELECT ${values.join(" || ', ' || ")} FROM ${name}`)
      .pluck()
      .all() as string[];
    return lines.map((line) => `INSERT INTO ${name} VALUES (${line});`);
  });
  const version = `PRAGMA user_version = ${Number(db.pragma('user_version', { simple: true }))};`;
  const id = `PRAGMA application_id = ${Number(db.pragma('application_id', { simple: true }))};`;
  const sql = (list: typeof made): string[] => list.map((each) => `${each.sql};`);
  return [...sql(tables), ...rows, ...sql(rest), id, version, ''].join('\n');
}
