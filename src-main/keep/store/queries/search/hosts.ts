/** Hosts by their addresses, names and cards. */
import type Database from 'better-sqlite3';
import type { z } from '../../../../../src-shared/contract/schema.ts';
import type { foundHost, foundName } from '../../../../../src-shared/contract/topics/search.ts';
import { WORD_MIN, type Sought } from '../../../../../src-shared/domain/search.ts';
import { likeText } from '../common.ts';
import { ASKED, groupOf, HOSTS_WALKED, NAMES_WALKED, nothingFound, type Group } from './bounds.ts';

export type FoundHost = z.infer<typeof foundHost>;
export type FoundName = z.infer<typeof foundName>;

/** After every text that begins with the same characters. */
const LAST_CHARACTER = '\u{10ffff}';

/** The index holds addresses in order, so a range of them is short to find. The newest capture's numbers are shown. */
export const HOSTS_SQL = `SELECT address, max(capture) AS capture, count(*) AS captures, flows FROM (
    SELECT h.address, h.address_bytes, h.capture, h.flows FROM hosts h INDEXED BY hosts_by_address
      WHERE h.address_bytes BETWEEN ? AND ? LIMIT ${HOSTS_WALKED})
  GROUP BY address_bytes ORDER BY address_bytes LIMIT ${ASKED}`;

/** From the index of names: whatever begins with the text, in all captures. */
export const NAMES_BEGIN_SQL = `SELECT name, address, source AS "from", capture FROM host_names INDEXED BY host_names_by_name
  WHERE name >= ? COLLATE NOCASE AND name < ? COLLATE NOCASE LIMIT ${HOSTS_WALKED}`;

/** The text within names: newest captures first, at most so many rows. */
export const NAMES_WITHIN_SQL = `SELECT name, address, source AS "from", capture FROM (
    SELECT name, address, source, capture FROM host_names ORDER BY capture DESC LIMIT ${NAMES_WALKED})
  WHERE name LIKE ? ESCAPE '\\' LIMIT ${HOSTS_WALKED}`;

export const CARDS_SQL = `SELECT mac AS name, address, 'mac' AS "from", capture FROM (
    SELECT mac, address, capture FROM host_macs ORDER BY capture DESC LIMIT ${NAMES_WALKED})
  WHERE mac LIKE ? ESCAPE '\\' LIMIT ${HOSTS_WALKED}`;

type Bare<R> = Omit<R, 'captureName'>;

const nameOfCapture = (db: Database.Database): ((capture: number) => string) => {
  const read = db.prepare('SELECT name FROM captures WHERE id = ?').pluck();
  return (capture) => (read.get(capture) as string | undefined) ?? '';
};

export function foundHosts(db: Database.Database, { ranges }: Sought): Group<FoundHost> {
  const read = db.prepare(HOSTS_SQL);
  const found: Bare<Omit<FoundHost, 'name'>>[] = [];
  for (const { first, last } of ranges) {
    if (found.length >= ASKED) break;
    found.push(...(read.all(first, last) as typeof found));
  }
  const best = db.prepare('SELECT name FROM host_names WHERE capture = ? AND address = ? LIMIT 1').pluck();
  const captureName = nameOfCapture(db);
  return groupOf(
    found.map((host) => ({
      ...host,
      name: (best.get(host.capture, host.address) as string | undefined) ?? '',
      captureName: captureName(host.capture),
    })),
  );
}

interface Named {
  name: string;
  address: string;
  from: string;
  capture: number;
}

/** One row a name and address, the newest capture first; a name that is the text itself before all. */
function together(rows: readonly Named[], text: string): Bare<FoundName>[] {
  const found = new Map<string, Bare<FoundName> & { seen: Set<number> }>();
  for (const { name, address, from, capture } of rows) {
    const key = `${name.toLowerCase()}\n${address}`;
    const known = found.get(key);
    if (!known) {
      found.set(key, { name, address, from, capture, captures: 0, seen: new Set([capture]) });
      continue;
    }
    known.seen.add(capture);
    known.capture = Math.max(known.capture, capture);
  }
  const low = text.toLowerCase();
  const rank = ({ name }: { name: string }): number =>
    name.toLowerCase() === low ? 0 : name.toLowerCase().startsWith(low) ? 1 : 2;
  return [...found.values()]
    .map(({ seen, ...row }) => ({ ...row, captures: seen.size }))
    .sort((a, b) => rank(a) - rank(b) || b.capture - a.capture || (a.name < b.name ? -1 : 1));
}

export function foundNames(db: Database.Database, sought: Sought): Group<FoundName> {
  const { text, mac, address } = sought;
  if (text.length < WORD_MIN || address !== null) return nothingFound();
  const rows =
    mac === null
      ? [
          ...(db.prepare(NAMES_BEGIN_SQL).all(text, text + LAST_CHARACTER) as Named[]),
          ...(db.prepare(NAMES_WITHIN_SQL).all(likeText(text)) as Named[]),
        ]
      : (db.prepare(CARDS_SQL).all(likeText(mac)) as Named[]);
  const captureName = nameOfCapture(db);
  const { rows: shown, more } = groupOf(together(rows, text));
  return { rows: shown.map((row) => ({ ...row, captureName: captureName(row.capture) })), more };
}

/** Whether names of older captures were left out of a search for a part of one. */
export function namesLeft(db: Database.Database): boolean {
  const rows = db
    .prepare(`SELECT count(*) FROM (SELECT 1 FROM host_names LIMIT ${NAMES_WALKED + 1})`)
    .pluck()
    .get();
  return Number(rows) > NAMES_WALKED;
}
