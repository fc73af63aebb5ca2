import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { storeMethods } from '../../../src-main/keep/store/methods.ts';
import type { StoreMethods } from '../../../src-main/keep/store/types.ts';
import { flows } from './flow-rows.ts';

/** As many as are worth it. */
const MANY = 20_000;

let folder = '';
let db: Database.Database;
let methods: StoreMethods;
let capture = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-indexes-'));
  db = openDatabase(join(folder, 'kept.db'));
  methods = storeMethods(db);
  capture = methods.beginCapture({ name: 'office.pcap', importedAt: 1_700_000_000_000, program: 'sonde test' });
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every index of flows and hosts as SQLite has it, without regard to how it was spelt. */
function indexes(of: Database.Database): string[] {
  const sql =
    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('flows', 'hosts') AND sql IS NOT NULL";
  return (of.prepare(sql).pluck().all() as string[]).map((text) => text.replaceAll(/\s+/g, ' ')).sort();
}

const rows = (of: Database.Database): unknown => of.prepare('SELECT count(*) FROM flows').pluck().get();

describe('many flows into an empty database', () => {
  it('are written without indexes, which are as before afterwards', () => {
    const before = indexes(db);
    expect(before).toHaveLength(12);
    expect(methods.beginFlows(MANY)).toBe(true);
    expect(indexes(db)).toEqual([]);
    methods.addFlows(capture, { ...flows(3), anomalous: new Uint8Array(3).fill(1) });
    methods.endFlows();
    expect(indexes(db)).toEqual(before);
    expect(rows(db)).toBe(3);
    expect(
      db.prepare('SELECT count(*) FROM flows INDEXED BY flows_by_resp_port WHERE resp_port = 0').pluck().get(),
    ).toBe(3);
    expect(methods.check()).toEqual([]);
  });

  it('hold what was learned of them, and are replaced by what comes later', () => {
    const learned = (facts: string[]): void =>
      methods.addFlows(capture, { ...flows(3), service: ['', 'dns', ''], app: ['', 'DNS', ''], facts });
    const kept = (): unknown => db.prepare('SELECT id, service, app, facts, process_pid FROM flows').raw().all();
    expect(methods.beginFlows(MANY)).toBe(true);
    learned(['', '{"a":"b"}', '{"c":"d"}']);
    methods.endFlows();
    expect(kept()).toEqual([
      [0, '', '', '', null],
      [1, 'dns', 'DNS', '{"a":"b"}', null],
      [2, '', '', '{"c":"d"}', null],
    ]);
    learned(['', '', '{"c":"e"}']);
    expect(kept()).toEqual([
      [0, '', '', '', null],
      [1, 'dns', 'DNS', '', null],
      [2, '', '', '{"c":"e"}', null],
    ]);
  });

  it('are written as ever where somebody else has begun a capture', () => {
    methods.beginCapture({ name: 'other.pcap', importedAt: 1_700_000_000_001, program: 'sonde test' });
    expect(methods.beginFlows(MANY)).toBe(false);
    expect([indexes(db).length, db.inTransaction]).toEqual([12, false]);
  });

  it('leave nothing half done where the indexes cannot be made', () => {
    const before = indexes(db);
    expect(methods.beginFlows(MANY)).toBe(true);
    methods.addFlows(capture, { ...flows(3), anomalous: new Uint8Array(3).fill(1) });
    db.exec('CREATE INDEX flows_by_time ON windows (host)');
    expect(() => methods.endFlows()).toThrow(/already exists/);
    expect([rows(db), db.inTransaction]).toEqual([0, false]);
    expect(indexes(db)).toEqual(before);
  });

  it('are seen by others all at once, and never without indexes', () => {
    const other = openDatabase(join(folder, 'kept.db'));
    const before = indexes(other);
    methods.beginFlows(MANY);
    methods.addFlows(capture, { ...flows(3), anomalous: new Uint8Array(3).fill(1) });
    expect([rows(other), indexes(other)]).toEqual([0, before]);
    methods.endFlows();
    expect([rows(other), indexes(other)]).toEqual([3, before]);
    other.close();
  });

  it('leave nothing behind where the program ends before they are all there', () => {
    const before = indexes(db);
    methods.beginFlows(MANY);
    methods.addFlows(capture, { ...flows(3), anomalous: new Uint8Array(3).fill(1) });
    db.close();
    db = openDatabase(join(folder, 'kept.db'));
    expect([rows(db), indexes(db)]).toEqual([0, before]);
  });

  it('are added one by one where they are few, or others are there already', () => {
    expect(methods.beginFlows(MANY - 1)).toBe(false);
    methods.addFlows(capture, flows(1));
    expect(methods.beginFlows(MANY)).toBe(false);
    expect(db.inTransaction).toBe(false);
    expect(indexes(db)).toHaveLength(12);
  });
});
