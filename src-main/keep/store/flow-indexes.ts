/**
 * The indexes of flows and hosts beside their keys. To keep ten of them in order row by row takes most of the time of writing a row; made over
 * all rows at once they are sorted and written from one end to the other.
 */
import type Database from 'better-sqlite3';
import { CACHE_KIB } from './database.ts';

/** By name, as the migrations made them. */
const FLOW_INDEXES = {
  flows_by_time: '(capture, sec, nano)',
  flows_by_orig: '(capture, orig_host)',
  flows_by_resp: '(capture, resp_host)',
  flows_by_resp_port: '(capture, resp_port)',
  flows_by_duration: '(capture, duration)',
  flows_by_orig_bytes: '(capture, ifnull(orig_bytes, -1))',
  flows_by_resp_bytes: '(capture, ifnull(resp_bytes, -1))',
  flows_by_service: '(capture, service)',
  flows_by_score: '(capture, ifnull(score, -1))',
  flows_anomalous: '(capture, sec, orig_host) WHERE anomalous = 1',
} as const;
const HOST_INDEXES = {
  hosts_by_address: '(address_bytes, capture)',
  hosts_by_risk: '(capture, risk)',
} as const;
const INDEXES = [
  ...Object.entries(FLOW_INDEXES).map(([name, columns]) => ({ name, on: `flows ${columns}` })),
  ...Object.entries(HOST_INDEXES).map(([name, columns]) => ({ name, on: `hosts ${columns}` })),
];

/** Fewer rows are written sooner than the indexes are taken away and made. */
const MANY = 20_000;

/** Memory for pages meanwhile, KiB: rows come in order, and what is sorted needs as much again. */
const CACHE_MEANWHILE_KIB = 64 * 1024;

/** All of it, or nothing: a transaction that was left half done would take in what comes next. */
function orBack(db: Database.Database, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Whether somebody else is about to write: each who adds a capture begins it at the start. */
const isShared = (db: Database.Database): boolean =>
  (db.prepare('SELECT count(*) FROM captures').pluck().get() as number) > 1;

/** The one transaction in which the flows and hosts of a capture are written without indexes. */
export class BulkFlows {
  private readonly db: Database.Database;
  private isBegun = false;

  constructor(db: Database.Database) {
    this.db = db;
  }

  /** To be asked outside of other transactions. */
  get isOpen(): boolean {
    return this.isBegun && this.db.inTransaction;
  }

  /**
   * Begins it where `rows` are many, there are none yet and the capture is the only one, and says whether it did. Whoever else has the
   * database open sees all of it or nothing, with its indexes; a process that is killed leaves nothing behind.
   */
  begin(rows: number): boolean {
    const { db } = this;
    if (rows < MANY || db.inTransaction) return false;
    db.exec('BEGIN IMMEDIATE');
    if (isShared(db) || db.prepare('SELECT 1 FROM flows LIMIT 1').get() !== undefined) {
      db.exec('ROLLBACK');
      return false;
    }
    orBack(db, () => {
      for (const { name } of INDEXES) db.exec(`DROP INDEX IF EXISTS ${name}`);
    });
    db.pragma(`cache_size = -${CACHE_MEANWHILE_KIB}`);
    return (this.isBegun = true);
  }

  /** Makes the indexes over what was written since, and ends the transaction. */
  end(): void {
    const { db } = this;
    this.isBegun = false;
    try {
      orBack(db, () => {
        for (const { name, on } of INDEXES) db.exec(`CREATE INDEX ${name} ON ${on}`);
        db.exec('COMMIT');
      });
    } finally {
      db.pragma(`cache_size = -${CACHE_KIB}`);
    }
  }
}
