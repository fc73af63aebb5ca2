/** Models of the lab: lists, their bytes, where they score, and what was done with them. */
import type Database from 'better-sqlite3';
import { keptModel, retrainRun } from '../../../../src-shared/contract/topics/models.ts';
import {
  DAMAGED_SUMMARY,
  type LabModelRow,
  type Promotion,
  type RetrainRun,
} from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

interface Stored {
  id: number;
  name: string;
  createdAt: number;
  user: string;
  source: string;
  summary: string;
  promotable: string;
  sha256: string;
  size: number;
  slots: string;
  notes: string;
}

/** A model as it scores. */
export interface PromotedRow {
  slot: string;
  id: number;
  name: string;
  sha256: string;
  bytes: Uint8Array;
}

const COLUMNS = `id, name, created_at AS createdAt, user, source, summary, promotable, sha256, notes, length(bytes) AS size,
  (SELECT json_group_array(slot) FROM (SELECT slot FROM lab_slots WHERE model = lab_models.id ORDER BY slot)) AS slots`;

const described = keptModel.pick({ source: true, summary: true, promotable: true });

/** Of a row whose words cannot be read: listed all the same, so that it can be removed. */
const DAMAGED: Pick<LabModelRow, 'source' | 'summary' | 'promotable'> = {
  source: { kind: 'import', detail: '' },
  summary: DAMAGED_SUMMARY,
  promotable: { by: null, reason: 'what the database says of it is damaged; remove it', columns: [] },
};

function describedOf({ source, summary, promotable }: Stored): typeof DAMAGED {
  try {
    const whole: unknown = Object.fromEntries(
      Object.entries({ source, summary, promotable }).map(([name, text]): [string, unknown] => [
        name,
        JSON.parse(text),
      ]),
    );
    return described.safeParse(whole).success ? (whole as typeof DAMAGED) : DAMAGED;
  } catch {
    return DAMAGED;
  }
}

function rowOf(stored: Stored): LabModelRow {
  const { slots, ...rest } = stored;
  return { ...rest, ...describedOf(stored), slots: JSON.parse(slots) as string[] };
}

export function noSuchModel(id: number | string): SondeError {
  return new SondeError('not-found', 'this model is no longer there', String(id), 'Choose another one from the list.');
}

/** Newest first. */
export function listLabModels(db: Database.Database): LabModelRow[] {
  return (db.prepare(`SELECT ${COLUMNS} FROM lab_models ORDER BY id DESC`).all() as Stored[]).map(rowOf);
}

/** @throws SondeError `not-found` */
export function getLabModel(db: Database.Database, id: number): LabModelRow {
  const found = db.prepare(`SELECT ${COLUMNS} FROM lab_models WHERE id = ?`).get(id) as Stored | undefined;
  if (!found) throw noSuchModel(id);
  return rowOf(found);
}

/** Of its file. @throws SondeError `not-found` */
export function labModelBytes(db: Database.Database, id: number): Uint8Array {
  const bytes = db.prepare('SELECT bytes FROM lab_models WHERE id = ?').pluck().get(id) as Buffer | undefined;
  if (!bytes) throw noSuchModel(id);
  return Uint8Array.from(bytes);
}

/** By slot. */
export function promotedModels(db: Database.Database): PromotedRow[] {
  const sql = `SELECT slot, m.id, m.name, m.sha256, m.bytes FROM lab_slots JOIN lab_models m ON m.id = lab_slots.model
    ORDER BY slot`;
  return (db.prepare(sql).all() as (PromotedRow & { bytes: Buffer })[]).map((row) => ({
    ...row,
    bytes: Uint8Array.from(row.bytes),
  }));
}

export const PROMOTION_COLUMNS =
  'id, at, user, slot, action, model, name, before, before_name AS beforeName, why' as const;

/** Newest first. */
export function listPromotions(db: Database.Database, limit: number): Promotion[] {
  return db
    .prepare(`SELECT ${PROMOTION_COLUMNS} FROM lab_promotions ORDER BY id DESC LIMIT ?`)
    .all(limit) as Promotion[];
}

const toldRun = retrainRun.pick({ trigger: true, outcomes: true });

/** Milliseconds to either side of 1970 that a date can be. */
const DATE_MAX = 8.64e15;

/** One whose words cannot be read is listed all the same, so that the others are. */
function runOf({ body, at, ...rest }: { id: number; at: number; user: string; body: string }): RetrainRun {
  const head = { ...rest, at: Math.abs(at) <= DATE_MAX ? at : 0 };
  try {
    const told = toldRun.safeParse(JSON.parse(body));
    if (told.success) return { ...head, ...told.data };
  } catch {
    // Not even JSON.
  }
  return { ...head, trigger: 'schedule', outcomes: [], damaged: true };
}

/** Newest first. */
export function listRetrainRuns(db: Database.Database, limit: number): RetrainRun[] {
  const rows = db.prepare('SELECT id, at, user, body FROM retrain_runs ORDER BY id DESC LIMIT ?').all(limit);
  return (rows as Parameters<typeof runOf>[0][]).map(runOf);
}

/** What is asked of the flows to learn from. */
export interface LearnableQuestion {
  /** Of the catalogue of features: rows of others are passed over. */
  schema: string;
  /** Flows that began then, seconds since 1970, or whose capture was brought in then. */
  from: number;
  to: number;
  /** Rows at most, of each of the three. */
  most: number;
}

/** Rows of flow features, one after the other. */
export interface LearnableRows {
  rows: number;
  data: Float32Array;
}

export interface Learnable {
  /** Of the time asked for, and of no incident but those that somebody said are expected. */
  ordinary: LearnableRows;
  /** Of incidents that somebody said are expected, whenever. */
  expected: LearnableRows;
  /** Of incidents that somebody has closed, whenever: by row the incident's place in `incidents`. */
  confirmed: LearnableRows & { incident: Int32Array; incidents: { uid: string; kind: string }[] };
}

const MS = 1000;
/** Said to be expected or a false alarm, one by one or by a suppression. */
const isExpected = (table: string): string =>
  `(${table}.status IN ('expected', 'false-alarm') OR ${table}.suppressed_by IS NOT NULL)`;
const IS_EXPECTED = isExpected('i');

function packed(rows: readonly { features: Buffer }[], width: number): LearnableRows {
  const whole = rows.filter(({ features }) => features.byteLength === width * 4);
  const data = new Float32Array(whole.length * width);
  const bytes = new Uint8Array(data.buffer);
  whole.forEach(({ features }, i) => bytes.set(features, i * width * 4));
  return { rows: whole.length, data };
}

/** A spread of at most `most` of them, the same whenever it is asked for. */
const SPREAD = 'ORDER BY (f.flow * 2654435761 + f.capture * 40503) % 1000003, f.capture, f.flow LIMIT ?';

/** Flows that models can learn from. `width`: numbers of a row. */
export function learnableFlows(
  db: Database.Database,
  { schema, from, to, most }: LearnableQuestion,
  width: number,
): Learnable {
  type Row = { features: Buffer };
  const of = (what: string): string =>
    `SELECT f.features FROM flow_features f JOIN captures c ON c.id = f.capture WHERE f.schema = ? AND ${what} ${SPREAD}`;
  const linked = `FROM incident_flows l JOIN incidents i ON i.capture = l.capture AND i.uid = l.uid
    WHERE l.capture = f.capture AND l.flow = f.flow`;
  const ordinary = db
    .prepare(
      of(`((f.sec >= ? AND f.sec < ?) OR (c.imported_at >= ? AND c.imported_at < ?))
        AND NOT EXISTS (SELECT 1 ${linked} AND NOT ${IS_EXPECTED})`),
    )
    .all(schema, from, to, from * MS, to * MS, most) as Row[];
  const expected = db
    .prepare(
      of(`EXISTS (SELECT 1 ${linked} AND ${IS_EXPECTED}) AND NOT EXISTS (SELECT 1 ${linked} AND NOT ${IS_EXPECTED})`),
    )
    .all(schema, most) as Row[];
  const confirmed = db
    .prepare(
      `SELECT f.features, i.uid, i.kind FROM incidents i
       JOIN incident_flows l ON l.capture = i.capture AND l.uid = i.uid
       JOIN flow_features f ON f.capture = l.capture AND f.flow = l.flow
       WHERE f.schema = ? AND i.status = 'closed' AND i.suppressed_by IS NULL
         AND NOT EXISTS (SELECT 1 FROM incident_flows m JOIN incidents j ON j.capture = m.capture AND j.uid = m.uid
           WHERE m.capture = f.capture AND m.flow = f.flow AND ${isExpected('j')})
       ${SPREAD}`,
    )
    .all(schema, most) as (Row & { uid: string; kind: string })[];
  const incidents = new Map<string, { uid: string; kind: string; at: number }>();
  const whole = confirmed.filter(({ features }) => features.byteLength === width * 4);
  const incident = Int32Array.from(whole, ({ uid, kind }) => {
    const known = incidents.get(uid) ?? { uid, kind, at: incidents.size };
    incidents.set(uid, known);
    return known.at;
  });
  return {
    ordinary: packed(ordinary, width),
    expected: packed(expected, width),
    confirmed: {
      ...packed(whole, width),
      incident,
      incidents: [...incidents.values()].map(({ uid, kind }) => ({ uid, kind })),
    },
  };
}
