/** Models of the lab on their way into a database, and out of it to where flows are scored. */
import { createHash } from 'node:crypto';
import { LAB_MODEL_MAX, MOST_SLOTS, type LabModelRow, type ModelSource } from '../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { LabModel } from '../../detect/lab/lab-model.ts';
import { decodeLabModel } from '../../detect/lab/lab-model-file.ts';
import { promotableOf, summaryOf } from '../../detect/lab/promotable.ts';
import type { PromotedModel } from '../../detect/lab/promoted.ts';
import type { PromotedRow } from '../../keep/store/queries/lab-models.ts';
import type { NewLabModel } from '../../keep/store/types.ts';
import { sayingModel, type AnyModel } from './model.ts';

export interface EntryFacts {
  name: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  user: string;
  source: ModelSource;
  notes?: string;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * What the store keeps of a model file, once it has been seen to be whole.
 *
 * @throws SondeError `damaged-model`, `wrong-version`, `read-failed` where it is none; `bad-request` where it is too large.
 */
export async function labModelEntry(bytes: Uint8Array, facts: EntryFacts): Promise<NewLabModel> {
  if (bytes.byteLength > LAB_MODEL_MAX) {
    const what = `${facts.name}: more than ${LAB_MODEL_MAX / 2 ** 20} MB`;
    throw new SondeError('bad-request', what, facts.name, 'Train a smaller one: fewer trees.');
  }
  const model = await sayingModel(facts.name, () => decodeLabModel(Buffer.from(bytes)));
  const described = { summary: summaryOf(model), promotable: promotableOf(model) };
  return { ...facts, ...described, sha256: sha256Of(bytes), bytes: Uint8Array.from(bytes) };
}

/** @throws SondeError `damaged-model` where it is not what was promoted. */
export async function loadPromoted(rows: readonly PromotedRow[]): Promise<PromotedModel[]> {
  const out: PromotedModel[] = [];
  for (const { slot, name, sha256, bytes } of rows) {
    const where = `the model “${name}” (lab:${slot})`;
    const cure = `Go back to the one before: sonde models roll-back ${slot} --db FILE, or withdraw it.`;
    if (sha256Of(bytes) !== sha256) {
      throw new SondeError(
        'damaged-model',
        `${where} is damaged in the database: nothing was scored by it`,
        name,
        cure,
      );
    }
    const model = await sayingModel(where, () => decodeLabModel(Buffer.from(bytes)));
    demandPromotable(model, name);
    out.push({ slot, name, sha256, model });
  }
  return out;
}

/** Reads it whole. @throws SondeError `damaged-model` where it is not what was kept */
export async function checkKept(row: Pick<LabModelRow, 'name' | 'sha256'>, bytes: Uint8Array): Promise<LabModel> {
  const { name, sha256 } = row;
  if (sha256Of(bytes) !== sha256) {
    const what = `${name}: is damaged in the database`;
    throw new SondeError('damaged-model', what, name, 'Choose another model; remove this one.');
  }
  return sayingModel(name, () => decodeLabModel(Buffer.from(bytes)));
}

/** @throws SondeError `damaged-model` that names the columns packets cannot give. */
export function demandPromotable(model: LabModel, name: string): void {
  const { by, reason } = promotableOf(model);
  if (by !== null) return;
  throw new SondeError(
    'damaged-model',
    `${name}: is a model for labelled records that cannot score flows: ${reason}`,
    name,
    'Use it with sonde score, or train one on a file of sonde features, or on flows.',
  );
}

type OfRecords = Extract<AnyModel, { kind: 'records' }>;

/**
 * Models of files and of a database together. What is called alike is numbered: `random-forest`, `random-forest-2`.
 *
 * @throws SondeError `damaged-model` for one that cannot score flows, `usage` where there are too many.
 */
export function withFiles(kept: readonly PromotedModel[], files: readonly OfRecords[]): PromotedModel[] {
  const out = [...kept];
  for (const { model, name, sha256 } of files) {
    demandPromotable(model, name);
    const { detector } = model.description;
    let slot = detector;
    for (let n = 2; out.some((other) => other.slot === slot); n++) slot = `${detector}-${n}`;
    out.push({ slot, name, sha256, model });
  }
  if (out.length > 2 * MOST_SLOTS) {
    const what = `${out.length} models of the lab at once`;
    throw new SondeError('usage', what, '--model', `Name at most ${2 * MOST_SLOTS}.`);
  }
  return out.sort((a, b) => (a.slot < b.slot ? -1 : 1));
}
