/** Makes a case of incidents: the part of the database, reports, packets, settings, the audit log, and their hashes. */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import {
  AUDIT,
  DATABASE,
  INCIDENTS_MAX,
  packetsName,
  reportName,
  SETTINGS,
  CASE_SCHEMA,
  type CaseManifest,
} from '../../../keep/exports/case/manifest.ts';
import { hashOfFile, writeCase } from '../../../keep/exports/case/write.ts';
import { reportDocument } from '../../../keep/exports/report/build.ts';
import { reportHtml } from '../../../keep/exports/report/html.ts';
import { extractIncidents, setPacketFile, settingsToShow, type ChosenIncident } from '../../../keep/store/extract.ts';
import { storeError } from '../../../keep/store/database.ts';
import { getCapture } from '../../../keep/store/queries/captures.ts';
import type { FleetPackets } from './fleet.ts';
import { writePackets } from './packets.ts';
import { reportOf } from './report.ts';

export interface CaseOptions {
  /** The database, brought up to date by whoever opened it. */
  database: string;
  /** Folder of packets that live sessions kept. */
  rings: string;
  incidents: readonly ChosenIncident[];
  /** What sensors of a fleet handed out for captures of it. */
  fleet?: readonly FleetPackets[];
  out: string;
  title: string;
  note: string;
  now: number;
  user: string;
  /** An empty folder for parts; absent: one is made beside `out`. It is removed at the end. */
  work?: string;
}

type Captures = CaseManifest['captures'];

/** Reports, packets and what the manifest says of each capture. `names` grows by the parts. */
async function capturesOf(
  db: Database.Database,
  folder: string,
  options: CaseOptions,
  names: string[],
): Promise<Captures> {
  const captures: Captures = [];
  const ids = db.prepare('SELECT id FROM captures ORDER BY id').pluck().all() as number[];
  for (const [at, capture] of ids.entries()) {
    const number = at + 1;
    writeFileSync(join(folder, reportName(number)), reportHtml(reportDocument(reportOf(db, capture))));
    names.push(reportName(number));
    const { name, inputs } = getCapture(db, capture);
    const path = join(folder, packetsName(number));
    const { packets, bytes, left } = await writePackets(db, capture, path, options);
    if (packets > 0) names.push(packetsName(number));
    const file = { path: packetsName(number), packets, bytes };
    setPacketFile(db, capture, packets > 0 ? { ...file, sha256: await hashOfFile(path) } : null);
    captures.push({
      number,
      capture,
      name,
      inputs: inputs.map((input) => ({ name: basename(input.path), sha256: input.sha256, bytes: input.bytes })),
      packets,
      left,
    });
  }
  return captures;
}

/** One entry a line, the first first. */
function writeAudit(db: Database.Database, path: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const rows = db.prepare('SELECT id, at, user, action, object, detail FROM audit ORDER BY id');
    for (const row of rows.iterate()) writeSync(file, `${JSON.stringify(row)}\n`);
  } finally {
    closeSync(file);
  }
}

function incidentLines(db: Database.Database): CaseManifest['incidents'] {
  const sql = 'SELECT capture, uid, kind, severity, title FROM incidents ORDER BY capture, number';
  return db.prepare(sql).all() as CaseManifest['incidents'];
}

async function filled(
  db: Database.Database,
  folder: string,
  options: CaseOptions,
): Promise<{ names: string[]; facts: Omit<CaseManifest, 'parts' | 'sha256'> }> {
  // A reader of the desk can be stopped in a walk; here nobody asks to.
  db.function('watch', { directOnly: true }, () => 1);
  const names = [DATABASE];
  const captures = await capturesOf(db, folder, options, names);
  writeFileSync(join(folder, SETTINGS), `${JSON.stringify(settingsToShow(db, 'main'), null, 1)}\n`);
  writeAudit(db, join(folder, AUDIT));
  names.push(SETTINGS, AUDIT);
  const { title, note, now, user } = options;
  const facts = {
    schema: CASE_SCHEMA,
    title,
    note,
    createdAt: now,
    createdBy: user,
    program: `sonde ${VERSION}`,
    incidents: incidentLines(db),
    captures,
  } as const;
  return { names, facts };
}

export const workFolder = (out: string): string => mkdtempSync(join(dirname(out), '.sonde-case-'));

/** @throws SondeError `too-many`, `not-found`, `disk-full`, `write-failed` */
export async function makeCase(options: CaseOptions): Promise<CaseManifest> {
  const { incidents, database, out } = options;
  if (incidents.length === 0 || incidents.length > INCIDENTS_MAX)
    throw new SondeError('too-many', `a case holds 1 to ${INCIDENTS_MAX} incidents`, 'incidents', 'Choose fewer.');
  // Beside the file: packets may be more than a folder for temporary files holds.
  const folder = options.work ?? workFolder(out);
  try {
    for (const name of ['report', 'packets']) mkdirSync(join(folder, name));
    const { names, facts } = await extractIncidents(database, join(folder, DATABASE), incidents, (db) =>
      filled(db, folder, options),
    );
    return await writeCase(folder, names, facts, out);
  } catch (error) {
    throw storeError(error, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
