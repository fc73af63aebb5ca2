/** Flows: what an index tells of all captures at once, and a walk over the flows of one. */
import type Database from 'better-sqlite3';
import type { Answer } from '../../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../../src-shared/contract/index.ts';
import type { z } from '../../../../../src-shared/contract/schema.ts';
import type { foundFlows } from '../../../../../src-shared/contract/topics/search.ts';
import { SondeError } from '../../../../../src-shared/errors.ts';
import { readSought, type Sought } from '../../../../../src-shared/domain/search.ts';
import { captureRecord, selected } from '../common.ts';
import type { Parameter } from '../../filter/sql.ts';
import { ASKED, CAPTURES_WALKED, FLOWS_COUNTED, groupOf, nothingFound, type Group } from './bounds.ts';

export type FoundFlows = z.infer<typeof foundFlows>;

export const PORT_SQL = `SELECT count(*) FROM (SELECT 1 FROM flows INDEXED BY flows_by_resp_port
  WHERE capture = ? AND resp_port = ? LIMIT ${FLOWS_COUNTED + 1})`;
export const SERVICE_SQL = `SELECT count(*) FROM (SELECT 1 FROM flows INDEXED BY flows_by_service
  WHERE capture = ? AND service = ? LIMIT ${FLOWS_COUNTED + 1})`;
const HOST_SQL = 'SELECT sum(flows) FROM hosts WHERE capture = ? AND address_bytes = ?';

interface Lookup {
  sql: string;
  value: Parameter;
  filter: string;
}

/** What an index answers; null: only a walk over all flows does. */
function lookupOf({ port, address, ranges, text, mac }: Sought): Lookup | null {
  if (port !== null) return { sql: PORT_SQL, value: port, filter: `id.resp_p == ${port}` };
  if (address !== null && ranges[0]) return { sql: HOST_SQL, value: ranges[0].first, filter: `host == ${address}` };
  const isWord = ranges.length === 0 && mac === null && /^[a-z][a-z0-9_-]{1,30}$/i.test(text);
  return isWord ? { sql: SERVICE_SQL, value: text.toLowerCase(), filter: `service == ${text.toLowerCase()}` } : null;
}

export interface NamedCapture {
  capture: number;
  captureName: string;
}

/** The newest first, as many as are looked at one by one. */
export function newestCaptures(db: Database.Database): NamedCapture[] {
  const sql = 'SELECT id AS capture, name AS captureName FROM captures ORDER BY id DESC LIMIT ?';
  return db.prepare(sql).all(CAPTURES_WALKED) as NamedCapture[];
}

export function foundFlowsOf(
  db: Database.Database,
  sought: Sought,
  captures: readonly NamedCapture[],
): Group<FoundFlows> {
  const lookup = lookupOf(sought);
  if (lookup === null) return nothingFound();
  const count = db.prepare(lookup.sql).pluck();
  const found: FoundFlows[] = [];
  for (const { capture, captureName } of captures) {
    if (found.length >= ASKED) break;
    const flows = Number(count.get(capture, lookup.value) ?? 0);
    if (flows === 0) continue;
    // Flows of a host are counted whole: its row has the number.
    const more = lookup.sql !== HOST_SQL && flows > FLOWS_COUNTED;
    found.push({ capture, captureName, filter: lookup.filter, flows: more ? FLOWS_COUNTED : flows, more });
  }
  return groupOf(found);
}

/** Walks over the flows of a capture until enough were found. @throws SondeError `not-found`, `bad-request` where nothing is sought */
export function findFlows(db: Database.Database, typed: string, capture: number): Answer<typeof contract.search.flows> {
  captureRecord(db, capture);
  const { text, filter } = readSought(typed);
  // Every flow holds nothing.
  if (text === '') throw new SondeError('bad-request', 'nothing is looked for', 'text', 'Write what is to be found.');
  const where = selected({ capture, filter });
  const sql = `SELECT count(*) FROM (SELECT 1 FROM flows f WHERE ${where.sql} AND watch() LIMIT ${FLOWS_COUNTED + 1})`;
  const flows = Number(db.prepare(sql).pluck().get(where.params));
  return { filter, flows: Math.min(flows, FLOWS_COUNTED), more: flows > FLOWS_COUNTED };
}
