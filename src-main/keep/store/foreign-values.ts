/** What a database from elsewhere holds: of the right kind and of bounded length, so that nothing that reads it stumbles. */
import type Database from 'better-sqlite3';
import { incidentBody } from '../../../src-shared/contract/topics/incidents.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { settingsShape } from '../../../src-shared/contract/topics/settings.ts';
import { DESK_SETTINGS } from './queries/common.ts';

/** Bytes of a text, unless it is one of those below; what was noted of a change of settings names all of it. */
const TEXT_MAX = 64 * 1024;
const NOTED_MAX = 4 * 1024 ** 2;
const JSON_MAX = 4 * 1024 ** 2;
/** Counts of every rule that told stand in it. */
const REPORT_MAX = 64 * 1024 ** 2;
/** What a Date can be of, milliseconds and seconds; larger counts are none of a capture. */
const NUMBER_MAX = 8.64e15;
const SECONDS_MAX = 8.64e12;
const REAL_MAX = 1e300;
const ADDRESS_BYTES = 16;
/** Incidents of a case are far fewer. */
const ROWS_MAX = 1000;

type Kind = 'object' | 'array';

/** By table and column. `''`, where it says so: nothing was noted. */
const JSON_COLUMNS: ReadonlyMap<string, { kind: Kind; empty?: true }> = new Map([
  ['captures.report', { kind: 'object' }],
  ['captures.facts', { kind: 'object' }],
  ['inputs.link_types', { kind: 'array' }],
  ['inputs.warnings', { kind: 'array' }],
  ['hosts.roles', { kind: 'array' }],
  ['hosts.device', { kind: 'object' }],
  ['incidents.body', { kind: 'object' }],
  ['flows.facts', { kind: 'object', empty: true }],
]);
const SECONDS: ReadonlySet<string> = new Set(['flows.sec', 'timeline.start', 'windows.start']);

interface Shape {
  safeParse(value: unknown): { success: boolean };
}

const object = z.looseObject({});
const objects = z.array(object).nullish();
const number = z.number().optional();

/** What is read of these without another look; of rows that are few. */
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  [
    'captures.report',
    z.looseObject({
      flows: z.looseObject({ count: number, anomalous: number, cutShort: number }).optional(),
      hostsTotal: number,
      profile: z.looseObject({ name: z.string(), reason: z.string() }).nullish(),
      networks: z.array(z.string()).nullish(),
      budget: object.nullish(),
      model: object.nullish(),
      quality: z.array(z.looseObject({ code: z.string() })).nullish(),
      detectors: objects,
      promoted: objects,
      roles: objects,
      networksFound: objects,
    }),
  ],
  [
    'captures.facts',
    z.looseObject({
      totals: object.optional(),
      protocols: objects,
      services: objects,
      apps: objects,
      sizes: objects,
      timelineWidth: z.number().positive().optional(),
      whole: z.looseObject({ packets: z.number(), bytes: z.number() }).optional(),
    }),
  ],
  ['inputs.link_types', z.array(z.string())],
  ['inputs.warnings', z.array(object)],
  [
    'incidents.body',
    incidentBody.extend({
      uid: z.string().max(128),
      explanation: object.optional(),
      places: z.array(object).optional(),
    }),
  ],
]);

interface Column {
  name: string;
  type: string;
}

/** What makes a value odd, as SQL; null: nothing does. */
function oddWhere(table: string, { name, type }: Column): string | null {
  const column = `"${name}"`;
  const key = `${table}.${name}`;
  const json = JSON_COLUMNS.get(key);
  if (json) {
    const wrong = `CASE WHEN json_valid(${column}) THEN json_type(${column}) <> '${json.kind}' ELSE 1 END`;
    const most = key === 'captures.report' ? REPORT_MAX : JSON_MAX;
    return `octet_length(${column}) > ${most} OR (${json.empty ? `${column} <> '' AND ` : ''}${wrong})`;
  }
  if (key === 'settings.value') return `octet_length(${column}) > ${JSON_MAX}`;
  if (key === 'windows.length') return `${column} NOT BETWEEN 1 AND ${SECONDS_MAX}`;
  if (type === 'TEXT') return `octet_length(${column}) > ${key === 'audit.detail' ? NOTED_MAX : TEXT_MAX}`;
  if (type === 'BLOB') return `octet_length(${column}) <> ${ADDRESS_BYTES}`;
  const most = type === 'REAL' ? REAL_MAX : SECONDS.has(key) ? SECONDS_MAX : NUMBER_MAX;
  return type === 'REAL' || type === 'INTEGER' ? `${column} > ${most} OR ${column} < -${most}` : null;
}

/** One walk over the table for all of its columns. */
function oddColumn(db: Database.Database, table: string): string | null {
  const columns = db.pragma(`table_info("${table}")`) as Column[];
  const tests = columns.flatMap((column) => {
    const odd = oddWhere(table, column);
    return odd === null
      ? []
      : [{ name: column.name, odd: `(${column.name === 'device' ? '"device" IS NOT NULL AND ' : ''}(${odd}))` }];
  });
  if (tests.length === 0) return null;
  const which = tests.map(({ name, odd }) => `WHEN ${odd} THEN '${name}'`).join(' ');
  const found = db
    .prepare(`SELECT CASE ${which} END FROM "${table}" WHERE ${tests.map(({ odd }) => odd).join(' OR ')} LIMIT 1`)
    .pluck()
    .get();
  return typeof found === 'string' ? `${table}.${found}` : null;
}

function oddShape(db: Database.Database): string | null {
  for (const [key, shape] of SHAPES) {
    const [table, column] = key.split('.');
    // A database of an older Sonde lacks some.
    const columns = db.pragma(`table_info("${table}")`) as Column[];
    if (!columns.some(({ name }) => name === column)) continue;
    const rows = db
      .prepare(`SELECT "${column}" FROM "${table}" LIMIT ${ROWS_MAX + 1}`)
      .pluck()
      .all() as string[];
    if (rows.length > ROWS_MAX || rows.some((row) => !shape.safeParse(JSON.parse(row)).success)) return key;
  }
  const texts = db.prepare("SELECT 1 FROM hosts, json_each(hosts.roles) e WHERE e.type <> 'text' LIMIT 1");
  return texts.get() === undefined ? null : 'hosts.roles';
}

/** Each of those that this Sonde knows; a newer one may have others. */
function areSettings(db: Database.Database): boolean {
  const text = db.prepare('SELECT value FROM settings WHERE key = ?').pluck().get(DESK_SETTINGS);
  if (typeof text !== 'string') return text === undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const said = new Map(Object.entries(value));
  return Object.entries(settingsShape.shape).every(
    ([name, shape]) => !said.has(name) || shape.safeParse(said.get(name)).success,
  );
}

/** Also what stands beside the body of an incident. */
function oddIncident(db: Database.Database): string | null {
  const said = `SELECT 1 FROM incidents WHERE kind <> json_extract(body, '$.kind') OR severity <> json_extract(body, '$.severity')
    OR first_ts <> json_extract(body, '$.firstTs') LIMIT 1`;
  return db.prepare(said).get() === undefined ? null : 'incidents';
}

/** "captures.report holds …" of the first that is odd; null: nothing is. */
export function oddValue(db: Database.Database, tables: Iterable<string>): string | null {
  for (const table of tables) {
    const odd = oddColumn(db, table);
    if (odd !== null) return `${odd} holds what Sonde does not write`;
  }
  const odd = oddShape(db) ?? oddIncident(db) ?? (areSettings(db) ? null : 'settings.value');
  return odd === null ? null : `${odd} holds what Sonde does not write`;
}
