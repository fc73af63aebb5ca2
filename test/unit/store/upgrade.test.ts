/**
 * Databases of every earlier version, frozen when it was the newest: opened by today's code nothing is lost, all of it can
 * be read, and settings are what they were. A new migration makes the version before it one of these.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { MIGRATIONS, NEWEST } from '../../../src-main/keep/store/migrate.ts';
import { answerer } from '../../../src-main/keep/store/reading.ts';
import type { QueryAnswer, QueryArgs, QueryName } from '../../../src-main/keep/store/queries/index.ts';
import { readSettings } from '../../../src-main/run/api/topics/settings.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import { frozenPath, makeOld, MS, SETTINGS, sqlByMigrations, UID } from './old-database.ts';

type Tables = Record<string, Record<string, unknown>[]>;

function dump(db: Database.Database): Tables {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
  const names = db.prepare(sql).pluck().all() as string[];
  const rows = (name: string) => db.prepare(`SELECT * FROM ${name}`).all() as Record<string, unknown>[];
  return Object.fromEntries(names.map((name) => [name, rows(name)]));
}

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-upgrade-'));
  path = join(folder, 'old.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Open {
  db: Database.Database;
  ask<N extends QueryName>(name: N, ...args: QueryArgs<N>): QueryAnswer<N>;
}

function opened(): Open {
  const db = openDatabase(path);
  db.function('watch', () => 1);
  const answer = answerer(db);
  return { db, ask: (name, ...args) => answer({ name, args }) as never };
}

const VERSIONS = MIGRATIONS.map(({ version }) => version).filter((version) => version < NEWEST);
const SELECTION = { capture: 1, filter: '' };
const SLOW = 60_000;

/** What an earlier Sonde kept, as today's shows it. */
function expectReadable({ ask }: Open, version: number): void {
  expect(ask('listCaptures')).toMatchObject([{ id: 1, name: 'office.pcap', status: 'complete', packets: 600 }]);
  const page = ask('flowPage', { ...SELECTION, sort: 'ts', descending: false, limit: 10 });
  expect(page.rows).toMatchObject([{ id: 0, origH: '10.0.0.66', respH: '10.0.0.9', service: 'dns', score: 0.5 }]);
  expect(page.rows[0]).not.toHaveProperty('process');
  const flow = { facts: { 'dns.query': 'example.org' }, incidents: [UID] };
  expect(ask('getFlow', { capture: 1, id: 0 })).toMatchObject(flow);
  expect(ask('flowTotals', { ...SELECTION, filter: 'process == unset && service == dns' })).toMatchObject({ flows: 1 });
  const found = { incident: { uid: UID, kind: 'port-scan' } };
  expect(ask('getIncident', { capture: 1, uid: UID })).toMatchObject(found);
  const kept = [
    ask('savedFilters').length,
    ask('listSuppressions', MS).length,
    ask('listExperiments').length,
    ask('listLabModels').length,
    ask('ruleSources').length,
  ];
  expect(kept).toEqual([2, 2, 5, 6, 9].map((since) => (version < since ? 0 : 1)));
}

describe.each(VERSIONS)('a database of version %i', (version) => {
  it(
    'loses nothing when it is brought up to date, can be read, and has its settings',
    async () => {
      const before = makeOld(path, version, dump);
      const open = opened();
      const { db } = open;
      expect(db.pragma('user_version', { simple: true })).toBe(NEWEST);
      const after = dump(db);
      for (const [table, rows] of Object.entries(before)) expect(after[table], table).toMatchObject(rows);
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.pragma('foreign_key_check')).toEqual([]);
      expectReadable(open, version);
      const read = db.prepare('SELECT value FROM settings WHERE key = ?').pluck();
      const store = { setting: (key: string) => Promise.resolve(JSON.parse(read.get(key) as string) as unknown) };
      expect(await readSettings(store)).toMatchObject({ ...SETTINGS, devices: [], geo: [] });
      expect(await store.setting('something.else')).toBe('kept');
      db.close();
    },
    SLOW,
  );
});

describe('the databases of these tests', () => {
  it('have a row of every table that a person fills', () => {
    makeOld(path, NEWEST, dump);
    const db = new Database(path, { readonly: true });
    const empty = Object.entries(dump(db)).flatMap(([table, rows]) => (rows.length === 0 ? [table] : []));
    db.close();
    // Queues, counters and what is made anew.
    expect(empty).toEqual([
      'alert_channel_states',
      'alert_deliveries',
      'alert_held',
      'flow_features',
      'lab_promotions',
      'lab_slots',
      'retrain_runs',
      'rule_hits',
      'rule_off',
      'rule_refused',
    ]);
  });

  it.each([...VERSIONS, NEWEST])('are what the migrations up to version %i still make', (version) => {
    // A version that is out there is not changed any more: what is to be otherwise is another migration.
    const schema = (sql: string): string => sql.replace(/^INSERT INTO .*\n/gm, '');
    expect(schema(sqlByMigrations(version))).toBe(schema(readFileSync(frozenPath(version), 'utf8')));
  });

  it('can be asked with filters of today', () => {
    expect(parseFilter('process == curl && process.pid == 7')).toMatchObject({ ok: true });
  });
});
