/** Experiments of the lab, as lists and one by one. */
import type Database from 'better-sqlite3';
import type { ExperimentRow, LabReport } from '../../../../src-shared/contract/topics/lab.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

interface Stored {
  id: number;
  name: string;
  createdAt: number;
  user: string;
  options: string;
  summary: string;
}

const COLUMNS = 'id, name, created_at AS createdAt, user, options, summary';

function rowOf({ options, summary, ...rest }: Stored): ExperimentRow {
  return {
    ...rest,
    options: JSON.parse(options) as ExperimentRow['options'],
    summary: JSON.parse(summary) as ExperimentRow['summary'],
  };
}

/** Newest first. */
export function listExperiments(db: Database.Database): ExperimentRow[] {
  return (db.prepare(`SELECT ${COLUMNS} FROM experiments ORDER BY id DESC`).all() as Stored[]).map(rowOf);
}

/** @throws SondeError `not-found` */
export function getExperiment(db: Database.Database, id: number): { row: ExperimentRow; report: LabReport } {
  const sql = `SELECT ${COLUMNS}, report FROM experiments WHERE id = ?`;
  const found = db.prepare(sql).get(id) as (Stored & { report: string }) | undefined;
  if (!found) {
    const what = 'this experiment is no longer there';
    throw new SondeError('not-found', what, String(id), 'Choose another one from the list.');
  }
  const { report, ...stored } = found;
  return { row: rowOf(stored), report: JSON.parse(report) as LabReport };
}

/** Paths of the files that one was made with. */
export function filesOfExperiment(db: Database.Database, id: number): string[] {
  const files = db.prepare('SELECT files FROM experiments WHERE id = ?').pluck().get(id) as string | undefined;
  return files === undefined ? [] : (JSON.parse(files) as string[]);
}

/** Paths of the files that experiments were made with. */
export function experimentFiles(db: Database.Database): string[] {
  const lists = db.prepare('SELECT files FROM experiments').pluck().all() as string[];
  return lists.flatMap((files) => JSON.parse(files) as string[]);
}
