/** Experiments of the lab, as lists and one by one. */
import type Database from 'better-sqlite3';
import {
  experimentRow,
  type DamagedExperiment,
  type ExperimentRow,
  type LabReport,
} from '../../../../src-shared/contract/topics/lab.ts';
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

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null where what is kept of it is not what an experiment is. */
function rowOf({ options, summary, ...rest }: Stored): ExperimentRow | null {
  const row = { ...rest, options: parsed(options), summary: parsed(summary) };
  return experimentRow.safeParse(row).success ? (row as ExperimentRow) : null;
}

const stored = (db: Database.Database): Stored[] =>
  db.prepare(`SELECT ${COLUMNS} FROM experiments ORDER BY id DESC`).all() as Stored[];

/** Newest first; those that are damaged are in a list of their own. */
export function listExperiments(db: Database.Database): ExperimentRow[] {
  return stored(db).flatMap((each) => rowOf(each) ?? []);
}

/** Of which is known that they are there, and no more. Newest first. */
export function damagedExperiments(db: Database.Database): DamagedExperiment[] {
  return stored(db)
    .filter((each) => rowOf(each) === null)
    .map(({ id, name, createdAt, user }) => ({ id, name, createdAt, user }));
}

function gone(id: number): SondeError {
  return new SondeError(
    'not-found',
    'this experiment is no longer there',
    String(id),
    'Choose another one from the list.',
  );
}

/** Also of one that is damaged. @throws SondeError `not-found` */
export function nameOfExperiment(db: Database.Database, id: number): string {
  const name = db.prepare('SELECT name FROM experiments WHERE id = ?').pluck().get(id) as string | undefined;
  if (name === undefined) throw gone(id);
  return name;
}

/** @throws SondeError `not-found`; `read-failed` where it is damaged */
export function getExperiment(db: Database.Database, id: number): { row: ExperimentRow; report: LabReport } {
  const sql = `SELECT ${COLUMNS}, report FROM experiments WHERE id = ?`;
  const found = db.prepare(sql).get(id) as (Stored & { report: string }) | undefined;
  if (!found) throw gone(id);
  const { report, ...rest } = found;
  const [row, said] = [rowOf(rest), parsed(report)];
  if (row === null || typeof said !== 'object' || said === null) {
    const what = `${found.name}: what is kept of this experiment is damaged`;
    throw new SondeError('read-failed', what, found.name, 'Remove it in the list of experiments, and make it anew.');
  }
  return { row, report: said as LabReport };
}

/** Of a damaged list none is known. */
function pathsIn(files: string): string[] {
  const list = parsed(files);
  return Array.isArray(list) ? list.filter((path) => typeof path === 'string') : [];
}

/** Paths of the files that one was made with. */
export function filesOfExperiment(db: Database.Database, id: number): string[] {
  const files = db.prepare('SELECT files FROM experiments WHERE id = ?').pluck().get(id) as string | undefined;
  return files === undefined ? [] : pathsIn(files);
}

/** Paths of the files that experiments were made with. */
export function experimentFiles(db: Database.Database): string[] {
  const lists = db.prepare('SELECT files FROM experiments').pluck().all() as string[];
  return lists.flatMap(pathsIn);
}
