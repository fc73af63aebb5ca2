/** What is written of rules and lists. */
import type Database from 'better-sqlite3';
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import { isSigmaNumber, type RuleDiff } from '../../../src-shared/contract/topics/rules.ts';
import {
  kindOf,
  SIGMA_SET,
  type ActiveRules,
  type NewRuleSource,
  type RuleMethods,
  type RuleSourceFiles,
  type StoredList,
} from './rule-types.ts';

type Transaction = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;

/** Names of a difference that are told. */
const NAMED = 100;
const TEXT_MAX = 400;

interface Known {
  gid: number;
  sid: number;
  message: string;
  text: string;
}

const keyOf = ({ gid, sid }: { gid: number; sid: number }): string => `${gid}:${sid}`;
const nameOf = ({ sid, message }: Known): string => (isSigmaNumber(sid) ? message : `${sid} ${message}`.trim());

function diffOf(before: readonly Known[], now: readonly Known[]): RuleDiff {
  const old = new Map(before.map((rule) => [keyOf(rule), rule]));
  const all = new Set(now.map(keyOf));
  const added = now.filter((rule) => !old.has(keyOf(rule)));
  const changed = now.filter((rule) => old.has(keyOf(rule)) && old.get(keyOf(rule))?.text !== rule.text);
  const gone = before.filter((rule) => !all.has(keyOf(rule)));
  const names = (rules: readonly Known[]): string[] => rules.slice(0, NAMED).map(nameOf);
  return {
    added: added.length,
    changed: changed.length,
    gone: gone.length,
    same: now.length - added.length - changed.length,
    names: { added: names(added), changed: names(changed), gone: names(gone) },
    compared: true,
  };
}

function writeSource(db: Database.Database, source: NewRuleSource): number {
  const { id, kind, name, origin, paths, at, author, sha256, refusedTotal, list } = source;
  const isSigma = kind === 'sigma';
  const values = [
    isSigma ? 'rules' : kind,
    plainText(name),
    origin,
    JSON.stringify(paths),
    at,
    plainText(author),
    sha256,
    refusedTotal,
  ];
  const listed = isSigma ? SIGMA_SET : list === null ? null : JSON.stringify(list);
  if (id === undefined) {
    const sql = `INSERT INTO rule_sources (kind, name, origin, paths, added_at, read_at, author, sha256, refused, list)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    return Number(db.prepare(sql).run(...values.slice(0, 5), ...values.slice(4), listed).lastInsertRowid);
  }
  const sql = `UPDATE rule_sources SET kind = ?, name = ?, origin = ?, paths = ?, read_at = ?, author = ?, sha256 = ?,
    refused = ?, list = ? WHERE id = ?`;
  db.prepare(sql).run(...values, listed, id);
  return id;
}

function writeRules(db: Database.Database, id: number, { rules, refused }: NewRuleSource): void {
  db.prepare('DELETE FROM rules WHERE source = ?').run(id);
  db.prepare('DELETE FROM rule_refused WHERE source = ?').run(id);
  const add = db.prepare(
    `INSERT OR REPLACE INTO rules (source, gid, sid, rev, priority, message, classtype, place, text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  rules.forEach(({ gid, sid, rev, priority, message, classtype, text }, place) =>
    add.run(id, gid, sid, rev, priority, plainText(message), plainText(classtype), place, text),
  );
  const refuse = db.prepare(
    'INSERT INTO rule_refused (source, file, line, sid, keyword, reason) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { file, line, sid, keyword, reason } of refused)
    refuse.run(id, plainText(file), line, sid, plainText(keyword), plainText(reason).slice(0, TEXT_MAX));
}

function filesOf(db: Database.Database): RuleSourceFiles[] {
  const sql = 'SELECT id, kind, name, origin, paths, enabled, sha256, list FROM rule_sources ORDER BY id';
  type Row = Omit<RuleSourceFiles, 'paths' | 'files' | 'enabled'> & {
    paths: string;
    list: string | null;
    enabled: number;
  };
  return (db.prepare(sql).all() as Row[]).map(({ kind, paths, list, enabled, ...rest }) => ({
    ...rest,
    kind: kindOf(kind, list),
    enabled: enabled === 1,
    paths: JSON.parse(paths) as string[],
    files: kind === 'rules' || list === null ? [] : (JSON.parse(list) as StoredList).files,
  }));
}

/** Rules of sets that are on, but for those that are switched off by number or class. */
const IN_FORCE = `FROM rules r JOIN rule_sources s ON s.id = r.source WHERE s.enabled = 1
  AND NOT EXISTS (SELECT 1 FROM rule_off WHERE what = 'sid' AND value = CAST(r.sid AS TEXT))
  AND NOT EXISTS (SELECT 1 FROM rule_off WHERE what = 'class' AND value = r.classtype)`;
const IN_ORDER = 'ORDER BY r.source, r.place';

function activeOf(db: Database.Database): ActiveRules {
  const lists = filesOf(db).flatMap(({ id, kind, name, files, enabled }) =>
    kind === 'rules' || kind === 'sigma' || !enabled ? [] : [{ id, kind, name, files }],
  );
  const texts = db.prepare(`SELECT r.text ${IN_FORCE} AND s.list IS NULL ${IN_ORDER}`).pluck().all() as string[];
  const sigma = new Map<number, { sid: number; text: string }>();
  for (const rule of db.prepare(`SELECT r.sid, r.text ${IN_FORCE} AND s.list IS NOT NULL ${IN_ORDER}`).all()) {
    const known = rule as { sid: number; text: string };
    if (!sigma.has(known.sid)) sigma.set(known.sid, known);
  }
  return { text: texts.join('\n'), sigma: [...sigma.values()], lists };
}

export function ruleMethods(db: Database.Database, inTransaction: Transaction): RuleMethods {
  return {
    putRuleSource: inTransaction((source) => {
      const before = db
        .prepare('SELECT gid, sid, message, text FROM rules WHERE source = ? ORDER BY place')
        .all(source.id ?? 0) as Known[];
      const id = writeSource(db, source);
      writeRules(db, id, source);
      return { id, diff: diffOf(before, source.rules) };
    }),
    ruleSources: () => filesOf(db),
    setRuleSource: inTransaction(
      (id, enabled) =>
        db.prepare('UPDATE rule_sources SET enabled = ? WHERE id = ?').run(enabled ? 1 : 0, id).changes > 0,
    ),
    removeRuleSource: inTransaction((id) => db.prepare('DELETE FROM rule_sources WHERE id = ?').run(id).changes > 0),
    setRulesOff: inTransaction((what, values, off) => {
      const sql = off
        ? 'INSERT OR REPLACE INTO rule_off (what, value) VALUES (?, ?)'
        : 'DELETE FROM rule_off WHERE what = ? AND value = ?';
      const statement = db.prepare(sql);
      for (const value of values) statement.run(what, value);
    }),
    activeRules: () => activeOf(db),
    addRuleHits: inTransaction((hits, at, capture) => {
      const statement = db.prepare(
        `INSERT INTO rule_hits (what, key, hits, last_at, capture) VALUES (@what, @key, @hits, @at, @capture)
         ON CONFLICT (what, key) DO UPDATE SET hits = hits + @hits, last_at = max(last_at, @at), capture = @capture`,
      );
      for (const hit of hits) if (hit.hits > 0) statement.run({ ...hit, at, capture });
    }),
  };
}
