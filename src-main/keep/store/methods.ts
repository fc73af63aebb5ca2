/** What the worker does, on an open database. Every method is one transaction. */
import type Database from 'better-sqlite3';
import { CONN_STATES } from '../../meter/flows/types.ts';
import { alertMethods } from './alert-methods.ts';
import { deskMethods } from './desk-methods.ts';
import { BulkFlows } from './flow-indexes.ts';
import { incidentMethods } from './incident-methods.ts';
import { labModelMethods } from './lab-model-methods.ts';
import { addFlows, addHosts, addWindows, insert } from './rows.ts';
import { ruleMethods } from './rule-methods.ts';
import type { CaptureRow, CaptureSummary, FlowRows, HostRow, StoreMethods } from './types.ts';

/** Numbers of the `conn_state` column to names, for readers of the database. */
export const STATE_NAMES = CONN_STATES;

/** Where the number of the newest capture is kept. */
const LAST_CAPTURE = 'captures.last';

/** Brings what was written into the database itself, so that whoever looks at it next does not wait for that. */
function thenCheckpoint<A extends unknown[]>(db: Database.Database, work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    work(...args);
    db.pragma('wal_checkpoint(PASSIVE)');
  };
}

/** The methods over `db`; the caller wraps errors. */
export function storeMethods(db: Database.Database): StoreMethods {
  const inTransaction = <A extends unknown[], R>(work: (...args: A) => R): ((...args: A) => R) => {
    const run = db.transaction(work);
    return (...args) => run.immediate(...args) as R;
  };
  const bulk = new BulkFlows(db);
  const flows = inTransaction((capture: number, rows: FlowRows, isNew: boolean) => addFlows(db, capture, rows, isNew));
  const hosts = inTransaction((capture: number, rows: readonly HostRow[], isNew: boolean) =>
    addHosts(db, capture, rows, isNew),
  );
  return {
    ...deskMethods(db, inTransaction),
    ...incidentMethods(db, inTransaction),
    ...labModelMethods(db, inTransaction),
    ...alertMethods(db, inTransaction),
    ...ruleMethods(db, inTransaction),
    beginCapture: inTransaction((capture) => {
      // A number is never given again: what still names a capture that was removed must not lead to another one.
      const used = db.prepare('SELECT value FROM settings WHERE key = ?').get(LAST_CAPTURE) as
        { value: string } | undefined;
      const top = db.prepare('SELECT ifnull(max(id), 0) AS id FROM captures').get() as { id: number };
      const id = Math.max(Number(used?.value ?? 0) || 0, top.id) + 1;
      db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(LAST_CAPTURE, String(id));
      const sql = "INSERT INTO captures (id, name, status, imported_at, program) VALUES (?, ?, 'incomplete', ?, ?)";
      db.prepare(sql).run(id, capture.name, capture.importedAt, capture.program);
      return id;
    }),
    addFlows: (capture, rows) => flows(capture, rows, bulk.isOpen),
    beginFlows: (rows) => bulk.begin(rows),
    endFlows: () => bulk.end(),
    removeFlows: inTransaction((capture, ids) => {
      const statement = db.prepare('DELETE FROM flows WHERE capture = ? AND id = ?');
      for (const id of ids) statement.run(capture, id);
    }),
    addWindows: inTransaction((capture, rows) => addWindows(db, capture, rows)),
    addHosts: (capture, rows) => hosts(capture, rows, bulk.isOpen),
    finishCapture: thenCheckpoint(
      db,
      inTransaction((capture: number, summary: CaptureSummary) => {
        const columns = [
          'capture',
          'number',
          'path',
          'sha256',
          'format',
          'link_types',
          'packets',
          'bytes',
          'first_ts',
          'last_ts',
          'warnings',
        ];
        const statement = db.prepare(insert('inputs', columns));
        summary.inputs.forEach((i, n) => {
          const lists = [JSON.stringify(i.linkTypes), JSON.stringify(i.warnings)] as const;
          statement.run(
            capture,
            n,
            i.path,
            i.sha256,
            i.format,
            lists[0],
            i.packets,
            i.bytes,
            i.firstTs,
            i.lastTs,
            lists[1],
          );
        });
        const sql = 'UPDATE captures SET status = ?, report = ? WHERE id = ?';
        db.prepare(sql).run(summary.status, JSON.stringify(summary.report), capture);
      }),
    ),
    captures: () =>
      db
        .prepare(
          `SELECT id, name, status, imported_at AS importedAt,
             (SELECT count(*) FROM flows WHERE capture = captures.id) AS flows,
             (SELECT count(*) FROM incidents WHERE capture = captures.id) AS incidents
           FROM captures ORDER BY id`,
        )
        .all() as CaptureRow[],
    removeCapture: inTransaction((capture) => void db.prepare('DELETE FROM captures WHERE id = ?').run(capture)),
    setting: (key) => {
      const row = db.prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined;
      if (row === undefined) return undefined;
      try {
        return JSON.parse(row.value) as unknown;
      } catch {
        // Written by another program: what is not there has its default.
        return undefined;
      }
    },
    setSetting: inTransaction((key, value) => {
      db.prepare(insert('settings', ['key', 'value'])).run(key, JSON.stringify(value));
    }),
    swapSetting: inTransaction((key, before, value) => {
      const sql = 'SELECT value FROM settings WHERE key = ?';
      const kept = db.prepare(sql).pluck().get(key) as string | undefined;
      if (kept !== (before === undefined ? undefined : JSON.stringify(before))) return false;
      db.prepare(insert('settings', ['key', 'value'])).run(key, JSON.stringify(value));
      return true;
    }),
    addModel: inTransaction((name, sha256, addedAt, bytes) => {
      db.prepare(insert('models', ['sha256', 'name', 'added_at', 'bytes'])).run(sha256, name, addedAt, bytes);
    }),
    check: () => {
      const rows = db.pragma('integrity_check') as { integrity_check: string }[];
      return rows.map((r) => r.integrity_check).filter((text) => text !== 'ok');
    },
  };
}
