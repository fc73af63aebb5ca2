import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { ModelChoice } from '../../../../src-shared/contract/topics/scoring.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Desk } from '../desk.ts';
import { uploadedName } from '../files.ts';
import type { BulkData, BulkDone, ModelSource } from '../scoring/messages.ts';
import type { KeyedModel } from '../scoring/records.ts';
import { fileOf } from './captures.ts';
import { forgetWhenEnded, plainStem } from './lab.ts';

const BASE = { name: 'base', scores: 'flows', detector: 'ensemble', format: 'sonde-features' } as const;

/** An upload stays as long as uploads do: whoever comes back later sends it again. */
function filePath(desk: Desk, choice: Extract<ModelChoice, { kind: 'file' }>): string {
  return choice.file.kind === 'upload' ? desk.uploads.get(choice.file.id).path : fileOf(desk, choice.file).path;
}

function sourceOf(desk: Desk, choice: ModelChoice): () => Promise<ModelSource> {
  switch (choice.kind) {
    case 'base':
      return () => Promise.resolve({ kind: 'base' });
    case 'kept':
      return async () => {
        const { name } = await desk.readers.ask('getLabModel', [choice.id]);
        return { kind: 'bytes', bytes: await desk.readers.ask('labModelBytes', [choice.id]), name };
      };
    case 'file': {
      const path = filePath(desk, choice);
      return () => Promise.resolve({ kind: 'path', path, name: uploadedName(path) ?? basename(path) });
    }
  }
}

function keyed(desk: Desk, choice: ModelChoice): KeyedModel {
  const source = sourceOf(desk, choice);
  if (choice.kind === 'base') return { key: 'base', source };
  if (choice.kind === 'kept') return { key: `kept ${choice.id}`, source };
  const path = filePath(desk, choice);
  // A file of this machine may be another when it is next looked at.
  const { mtimeMs = 0, size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return { key: `file ${path} ${mtimeMs} ${size}`, source };
}

/** Errors name files as people know them. */
async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = error instanceof SondeError && error.where !== '' ? uploadedName(error.where) : null;
    if (!(error instanceof SondeError) || name === null) throw error;
    const message = error.message.replaceAll(error.where, name);
    throw new SondeError(error.code, message, name, error.cure, { cause: error });
  }
}

/** Removes what a thread that was ended left beside the predictions. */
function removePartial(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(`.${basename(path)}.`)) rmSync(join(dirname(path), name), { force: true });
  }
}

export function scoringHandlers(desk: Desk): DeskHandlers['scoring'] {
  const { readers, lab, scored, records } = desk;
  return {
    models: async (_, { signal }) => {
      const kept = await readers.ask('listLabModels', [], signal);
      return {
        models: [
          { choice: { kind: 'base' }, ...BASE },
          ...kept.map(({ id, name, summary: { detector, format } }) => ({
            choice: { kind: 'kept' as const, id },
            name,
            scores: 'records' as const,
            detector,
            format,
          })),
        ],
      };
    },
    describe: ({ model }) => plainly(() => records.describe(keyed(desk, model))),
    record: ({ model, record }) => plainly(() => records.score(keyed(desk, model), record)),
    start: async ({ file, model, format, label, reasons }, { caller }) => {
      const source = await sourceOf(desk, model)();
      const held = fileOf(desk, file);
      const { id, path: out } = await scored.place();
      const data: BulkData = { file: held.path, out, model: source, format, label, reasons };
      const files = [held.path, ...(source.kind === 'path' ? [source.path] : [])];
      const job = lab.add<BulkDone>({
        kind: 'scores',
        name: held.name,
        worker: 'run/api/scoring/bulk.worker',
        data,
        files,
        keep: async (done) => {
          await scored.keep(id, out, done, { name: held.name, createdAt: desk.now() });
          desk.changes.tell({ what: 'lab', capture: null });
          return { scores: id };
        },
      });
      forgetWhenEnded(desk, job, [held.path]);
      void lab.whenEnded(job).then(() => removePartial(out));
      await desk.audit(
        caller.user,
        'score',
        held.name,
        model.kind === 'base' ? 'base' : source.kind === 'base' ? '' : source.name,
      );
      return { job };
    },
    list: () => ({ files: scored.list() }),
    get: ({ id }) => scored.get(id),
    rows: async ({ id, list, offset, limit }) => ({ rows: await scored.rows(id, list, offset, limit) }),
    download: async ({ id }, { caller }) => {
      const { name } = scored.get(id);
      const held = desk.downloads.place(`${plainStem(name)}-predictions.csv`);
      try {
        await scored.copy(id, held.path);
        await desk.audit(caller.user, 'export', name, 'predictions');
        return { download: held.id, name: held.name, bytes: desk.downloads.get(held.id).bytes };
      } catch (error) {
        desk.downloads.remove(held.id);
        throw error;
      }
    },
    remove: async ({ id }, { caller }) => {
      const { name } = scored.get(id);
      await scored.remove(id);
      await desk.audit(caller.user, 'remove', name, 'predictions');
      desk.changes.tell({ what: 'lab', capture: null });
      return {};
    },
  };
}
