/**
 * What is done with models of the lab. Promotion, its way back and the audit log are one transaction: a process that is killed
 * leaves the model before or the one after, with the words that belong to it.
 */
import type Database from 'better-sqlite3';
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import { LAB_MODEL_MAX, MOST_SLOTS, SLOT, type Promotion } from '../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { getLabModel, promotedModels, PROMOTION_COLUMNS } from './queries/lab-models.ts';
import type { AuditEntry, ModelChange, StoreMethods } from './types.ts';

type Transaction = <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;

type LabModelMethods = Pick<
  StoreMethods,
  | 'addLabModel'
  | 'renameLabModel'
  | 'removeLabModel'
  | 'promoteLabModel'
  | 'rollBackLabModel'
  | 'withdrawLabModel'
  | 'promotedModels'
  | 'promotedKey'
  | 'addRetrainRun'
  | 'addFeatures'
  | 'removeOldFeatures'
>;

interface Slot {
  model: number;
  promotion: number;
}

const refused = (what: string, where: string, cure: string): SondeError =>
  new SondeError('bad-request', what, where, cure);

function slotOf(db: Database.Database, slot: string): Slot | undefined {
  return db.prepare('SELECT model, promotion FROM lab_slots WHERE slot = ?').get(slot) as Slot | undefined;
}

function nameOf(db: Database.Database, model: number | null): string {
  if (model === null) return '';
  return (db.prepare('SELECT name FROM lab_models WHERE id = ?').pluck().get(model) as string | undefined) ?? '';
}

function audit(db: Database.Database, { at, user, action, object, detail }: AuditEntry): void {
  db.prepare('INSERT INTO audit (at, user, action, object, detail) VALUES (?, ?, ?, ?, ?)').run(
    at,
    plainText(user),
    action,
    plainText(object),
    plainText(detail),
  );
}

/** Notes the change and has the slot follow it. `below`: where a roll-back of this leads. */
function change(
  db: Database.Database,
  slot: string,
  action: Promotion['action'],
  model: number | null,
  below: number | null,
  { at, user, why }: ModelChange,
): Promotion {
  const before = slotOf(db, slot)?.model ?? null;
  const names = [nameOf(db, model), nameOf(db, before)] as const;
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO lab_promotions (at, user, slot, action, model, name, before, before_name, why, below)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(at, plainText(user), slot, action, model, names[0], before, names[1], plainText(why), below);
  if (model === null) db.prepare('DELETE FROM lab_slots WHERE slot = ?').run(slot);
  else {
    const sql = 'INSERT OR REPLACE INTO lab_slots (slot, model, promotion) VALUES (?, ?, ?)';
    db.prepare(sql).run(slot, model, lastInsertRowid);
  }
  const detail = [`lab:${slot}`, ...(names[1] === '' ? [] : [`before: ${names[1]}`]), ...(why === '' ? [] : [why])];
  audit(db, { at, user, action: `model-${action}`, object: names[0] || names[1], detail: detail.join('; ') });
  return db.prepare(`SELECT ${PROMOTION_COLUMNS} FROM lab_promotions WHERE id = ?`).get(lastInsertRowid) as Promotion;
}

function promote(db: Database.Database, id: number, slot: string, by: ModelChange): Promotion {
  if (!SLOT.test(slot)) {
    throw refused(`${slot}: not a name to score under`, slot, 'Use a-z, 0-9 and -, at most 40 characters.');
  }
  const { name, promotable } = getLabModel(db, id);
  if (promotable.by === null) {
    const cure = 'Train one on a file of sonde features, or on flows.';
    throw refused(`${name} cannot score flows: ${promotable.reason}`, name, cure);
  }
  const now = slotOf(db, slot);
  if (now?.model === id) throw refused(`${name} scores as lab:${slot} already`, slot, 'There is nothing to do.');
  const used = db.prepare('SELECT count(*) FROM lab_slots').pluck().get() as number;
  if (!now && used >= MOST_SLOTS) {
    throw refused(`${MOST_SLOTS} models score already`, slot, 'Withdraw one of them, or take the place of one.');
  }
  return change(db, slot, 'promote', id, now?.promotion ?? null, by);
}

/** The newest promotion below this one whose model is still there. */
function returnTo(db: Database.Database, promotion: number): { model: number; below: number | null } | undefined {
  const get = db.prepare('SELECT model, below FROM lab_promotions WHERE id = ?');
  const exists = db.prepare('SELECT 1 FROM lab_models WHERE id = ?').pluck();
  let at = (get.get(promotion) as { below: number | null } | undefined)?.below ?? null;
  while (at !== null) {
    const found = get.get(at) as { model: number | null; below: number | null } | undefined;
    if (!found) return undefined;
    if (found.model !== null && exists.get(found.model) !== undefined)
      return { model: found.model, below: found.below };
    at = found.below;
  }
  return undefined;
}

function demandSlot(db: Database.Database, slot: string): Slot {
  const now = slotOf(db, slot);
  if (now) return now;
  throw new SondeError('not-found', `no model scores as lab:${slot}`, slot, 'Choose one of those that do.');
}

function remove(db: Database.Database, id: number): boolean {
  const slot = db.prepare('SELECT slot FROM lab_slots WHERE model = ?').pluck().get(id) as string | undefined;
  if (slot !== undefined) {
    throw refused(`it scores flows as lab:${slot}`, String(id), 'Roll it back or withdraw it first.');
  }
  return db.prepare('DELETE FROM lab_models WHERE id = ?').run(id).changes > 0;
}

export function labModelMethods(db: Database.Database, inTransaction: Transaction): LabModelMethods {
  return {
    addLabModel: inTransaction(({ name, createdAt, user, source, summary, promotable, sha256, bytes, notes }) => {
      if (bytes.byteLength > LAB_MODEL_MAX) {
        throw refused(`${name}: more than ${LAB_MODEL_MAX / 2 ** 20} MB`, name, 'Train a smaller one: fewer trees.');
      }
      const sql = `INSERT INTO lab_models (name, created_at, user, source, summary, promotable, sha256, bytes, notes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
      const parts = [source, summary, promotable].map((part) => JSON.stringify(part));
      const who = [plainText(name), createdAt, plainText(user)] as const;
      return Number(db.prepare(sql).run(...who, ...parts, sha256, bytes, notes ?? '').lastInsertRowid);
    }),
    renameLabModel: inTransaction(
      (id, name) => db.prepare('UPDATE lab_models SET name = ? WHERE id = ?').run(plainText(name), id).changes > 0,
    ),
    removeLabModel: inTransaction((id, { at, user, why }) => {
      const name = nameOf(db, id);
      if (!remove(db, id)) return false;
      audit(db, { at, user, action: 'model-remove', object: name, detail: why });
      return true;
    }),
    promoteLabModel: inTransaction((id, slot, by) => promote(db, id, slot, by)),
    rollBackLabModel: inTransaction((slot, by) => {
      const to = returnTo(db, demandSlot(db, slot).promotion);
      return change(db, slot, 'roll-back', to?.model ?? null, to?.below ?? null, by);
    }),
    withdrawLabModel: inTransaction((slot, by) => {
      demandSlot(db, slot);
      return change(db, slot, 'withdraw', null, null, by);
    }),
    promotedModels: () => promotedModels(db),
    promotedKey: () => {
      const sql = 'SELECT slot, promotion FROM lab_slots ORDER BY slot';
      return JSON.stringify(db.prepare(sql).raw().all());
    },
    addRetrainRun: inTransaction(({ at, user, trigger, outcomes, promote: taken }) => {
      for (const { id, slot, why } of taken) {
        promote(db, id, slot, { at, user, why });
      }
      const body = JSON.stringify({ trigger, outcomes });
      const sql = 'INSERT INTO retrain_runs (at, user, body) VALUES (?, ?, ?)';
      const { lastInsertRowid } = db.prepare(sql).run(at, plainText(user), body);
      for (const { slot, words } of outcomes) {
        audit(db, { at, user, action: 'model-retrain', object: `lab:${slot}`, detail: words });
      }
      return Number(lastInsertRowid);
    }),
    addFeatures: inTransaction((capture, schema, { ids, secs, rows }) => {
      const sql = 'INSERT OR REPLACE INTO flow_features (capture, flow, schema, sec, features) VALUES (?, ?, ?, ?, ?)';
      const statement = db.prepare(sql);
      const width = ids.length === 0 ? 0 : rows.length / ids.length;
      ids.forEach((id, i) => {
        const row = Buffer.from(rows.buffer, rows.byteOffset + i * width * 4, width * 4);
        statement.run(capture, id, schema, secs[i], row);
      });
    }),
    removeOldFeatures: inTransaction(
      (before) =>
        db
          .prepare(
            `DELETE FROM flow_features WHERE sec < @before
               AND capture IN (SELECT id FROM captures WHERE imported_at < @before * 1000) AND NOT EXISTS
               (SELECT 1 FROM incident_flows f WHERE f.capture = flow_features.capture AND f.flow = flow_features.flow)`,
          )
          .run({ before }).changes,
    ),
  };
}
