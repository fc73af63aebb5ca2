/** Captures of the sample that ships with Sonde: made-up traffic, which what is told of days leaves out. */
import type Database from 'better-sqlite3';
import { SAMPLE_SHA256 } from '../../../../../src-shared/domain/sample.ts';
import { spanOf } from '../common.ts';

/** Condition on a column of capture numbers: not made of the sample alone. Takes no parameters. */
export const notSample = (column: string): string =>
  `${column} NOT IN (SELECT capture FROM inputs GROUP BY capture HAVING min(sha256 = '${SAMPLE_SHA256}') = 1)`;

export interface SampleCapture {
  name: string;
  incidents: number;
}

const NAMED = 20;

/** Those with traffic from before `to` (milliseconds since 1970), which would count otherwise. At most 20. */
export function samplesOf(db: Database.Database, to: number): SampleCapture[] {
  const sql = `SELECT id, name, (SELECT count(*) FROM incidents WHERE capture = c.id) AS incidents FROM captures c
    WHERE NOT ${notSample('id')} ORDER BY id`;
  const all = db.prepare(sql).all() as (SampleCapture & { id: number })[];
  return all
    .filter(({ id }) => (spanOf(db, id)?.from ?? Infinity) * 1000 < to)
    .slice(0, NAMED)
    .map(({ name, incidents }) => ({ name, incidents }));
}
