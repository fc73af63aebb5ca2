/** A part of a database as a database of its own: some incidents with their flows and hosts, for a case. */
import type Database from 'better-sqlite3';
import { settingsShape } from '../../../src-shared/contract/topics/settings.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { openDatabase } from './database.ts';
import { DESK_SETTINGS } from './queries/common.ts';

export interface ChosenIncident {
  capture: number;
  uid: string;
}

const CHOOSE = `
  CREATE TEMP TABLE chosen (capture INTEGER, uid TEXT, PRIMARY KEY (capture, uid)) WITHOUT ROWID;
  CREATE TEMP TABLE chosen_hosts (capture INTEGER, host INTEGER, PRIMARY KEY (capture, host)) WITHOUT ROWID;`;

const IN_CAPTURES = 'WHERE capture IN (SELECT capture FROM chosen)';
const OF_INCIDENT = 'JOIN chosen c ON c.capture = t.capture AND c.uid = t.uid';
const OF_HOST = 'JOIN chosen_hosts c ON c.capture = t.capture AND c.host = t.host';

/** In the order that references ask for. Both databases have the same schema, so columns stand in the same order. */
const COPY = `
  INSERT INTO main.captures SELECT * FROM src.captures WHERE id IN (SELECT capture FROM chosen);
  INSERT INTO main.inputs SELECT * FROM src.inputs ${IN_CAPTURES};
  INSERT INTO main.timeline SELECT * FROM src.timeline ${IN_CAPTURES};
  INSERT INTO main.incidents SELECT t.* FROM src.incidents t ${OF_INCIDENT};
  UPDATE main.incidents SET suppressed_by = NULL;
  INSERT INTO main.evidence SELECT t.* FROM src.evidence t ${OF_INCIDENT};
  INSERT INTO main.incident_flows SELECT t.* FROM src.incident_flows t ${OF_INCIDENT};
  INSERT INTO main.incident_changes SELECT t.* FROM src.incident_changes t ${OF_INCIDENT};
  INSERT OR IGNORE INTO main.flows SELECT f.* FROM main.incident_flows k
    JOIN src.flows f ON f.capture = k.capture AND f.id = k.flow;
  INSERT OR IGNORE INTO chosen_hosts SELECT capture, orig_host FROM main.flows;
  INSERT OR IGNORE INTO chosen_hosts SELECT capture, resp_host FROM main.flows;
  INSERT OR IGNORE INTO chosen_hosts SELECT h.capture, h.host FROM main.incidents i, json_each(i.body, '$.sources') a
    JOIN src.hosts h ON h.capture = i.capture AND h.address = a.value;
  INSERT OR IGNORE INTO chosen_hosts SELECT h.capture, h.host FROM main.incidents i, json_each(i.body, '$.targets') a
    JOIN src.hosts h ON h.capture = i.capture AND h.address = a.value;
  INSERT INTO main.hosts SELECT t.* FROM src.hosts t ${OF_HOST};
  INSERT INTO main.windows SELECT t.* FROM src.windows t ${OF_HOST};
  INSERT INTO main.host_names SELECT n.* FROM main.hosts h JOIN src.host_names n ON n.capture = h.capture AND n.address = h.address;
  INSERT INTO main.host_macs SELECT n.* FROM main.hosts h JOIN src.host_macs n ON n.capture = h.capture AND n.address = h.address;
  INSERT INTO main.audit SELECT * FROM src.audit;`;

/** Settings by which it was judged; paths of this machine stay. Secrets are never in a database. */
export function settingsToShow(db: Database.Database, schema: 'main' | 'src'): Record<string, unknown> {
  const text = db.prepare(`SELECT value FROM ${schema}.settings WHERE key = ?`).pluck().get(DESK_SETTINGS);
  if (typeof text !== 'string') return {};
  const known = settingsShape.partial().safeParse(JSON.parse(text), { reportInput: false });
  if (!known.success) return {};
  const { geo: _geo, ...rest } = known.data;
  return rest;
}

function checkChosen(db: Database.Database, chosen: readonly ChosenIncident[]): void {
  const there = db.prepare('SELECT 1 FROM src.incidents WHERE capture = ? AND uid = ?').pluck();
  const gone = chosen.find(({ capture, uid }) => there.get(capture, uid) === undefined);
  if (gone) throw new SondeError('not-found', 'this incident is no longer there', gone.uid, 'Choose another one.');
}

/**
 * Writes the incidents with all that belongs to them from the database at `source` (of this version) to a new one at
 * `out`, which is one file once `work` has been given it and is through.
 *
 * @throws SondeError `not-found` for an incident that is none
 */
export async function extractIncidents<T>(
  source: string,
  out: string,
  chosen: readonly ChosenIncident[],
  work: (db: Database.Database) => Promise<T>,
): Promise<T> {
  const db = openDatabase(out);
  try {
    db.prepare('ATTACH ? AS src').run(source);
    checkChosen(db, chosen);
    db.exec(CHOOSE);
    const choose = db.prepare('INSERT OR IGNORE INTO chosen VALUES (?, ?)');
    db.transaction(() => {
      for (const { capture, uid } of chosen) choose.run(capture, uid);
      db.exec(COPY);
      const settings = JSON.stringify(settingsToShow(db, 'src'));
      db.prepare('INSERT INTO main.settings (key, value) VALUES (?, ?)').run(DESK_SETTINGS, settings);
    })();
    db.exec('DETACH src');
    const done = await work(db);
    db.pragma('journal_mode = DELETE');
    return done;
  } finally {
    db.close();
  }
}

/** What the capture was imported with stays its totals, however little of it is in the case. */
const KEEP_TOTALS = `
  UPDATE captures SET name = name || ' (from a case)', facts = json_set(facts, '$.whole', json(ifnull(
      json_extract(facts, '$.whole'),
      (SELECT json_object('packets', ifnull(sum(packets), 0), 'bytes', ifnull(sum(bytes), 0)) FROM inputs WHERE capture = captures.id))))
    WHERE id = ?`;

/**
 * From now on the capture is one of a case, and what `path` holds (`bytes`: of its packets): the files it was read from
 * stay behind.
 */
export function setPacketFile(
  db: Database.Database,
  capture: number,
  file: { path: string; sha256: string; packets: number; bytes: number } | null,
): void {
  db.prepare(KEEP_TOTALS).run(capture);
  const [first] = db.prepare('SELECT * FROM inputs WHERE capture = ? ORDER BY number LIMIT 1').all(capture) as {
    number: number;
  }[];
  if (!first) return;
  const span = db
    .prepare('SELECT min(first_ts) AS first, max(last_ts) AS last FROM inputs WHERE capture = ?')
    .get(capture) as {
    first: string | null;
    last: string | null;
  };
  db.prepare('DELETE FROM inputs WHERE capture = ? AND number > ?').run(capture, first.number);
  const { path, sha256, packets, bytes } = file ?? { path: '', sha256: '', packets: 0, bytes: 0 };
  db.prepare(
    `UPDATE inputs SET path = ?, sha256 = ?, format = 'pcapng', packets = ?, bytes = ?, first_ts = ?, last_ts = ? WHERE capture = ?`,
  ).run(path, sha256, packets, bytes, span.first, span.last, capture);
}
