/** Which model scores; and errors about models in words for people. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { isOfKind } from '../../detect/detectors/container.ts';
import { decodeModel } from '../../detect/detectors/model-file.ts';
import { ModelError, type ModelErrorCode } from '../../detect/detectors/model.ts';
import { LAB_MODEL } from '../../detect/lab/lab-model-kind.ts';
import type { LabModel } from '../../detect/lab/lab-model.ts';
import { resourcePath } from '../paths.ts';
import type { NamedModel } from './triage-types.ts';

/** Largest model file that is read, bytes: those of flows have 0.3 MB, those of records a few. */
const MODEL_MAX = 64 * 1024 * 1024;

const CODES: Readonly<Record<ModelErrorCode, ErrorCode>> = {
  'model-unreadable': 'read-failed',
  'model-damaged': 'damaged-model',
  'model-version': 'wrong-version',
  'model-features': 'wrong-version',
  'too-few-flows': 'too-little-data',
};

/** Runs `work`, turning a ModelError into a SondeError about `where`. */
export async function sayingModel<T>(where: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new SondeError(CODES[error.code], `${where}: ${error.message}`, where, error.cure, { cause: error });
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isFile() && found.size <= MODEL_MAX) return await readFile(path);
    if (!found.isDirectory()) {
      throw new SondeError('damaged-model', `${path}: not a model`, path, 'Name a model that sonde train has saved.');
    }
    throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  } catch (error) {
    if (error instanceof SondeError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const missing = code === 'ENOENT';
    const what = missing ? 'no such file' : code === 'EISDIR' ? 'is a directory' : 'cannot be read';
    const cure = 'Name a model that sonde train has saved.';
    throw new SondeError(missing ? 'not-found' : 'read-failed', `${path}: ${what}`, path, cure, { cause: error });
  }
}

/**
 * The model at `path`, or the base model that ships with Sonde.
 *
 * @throws SondeError when it is missing, damaged, or of another version.
 */
export async function loadScoringModel(path: string | undefined): Promise<NamedModel> {
  const found = await loadAnyModel(path);
  if (found.kind === 'flows') return found;
  const what = `${found.name}: is a model for labelled records, and flows are scored by one of captures`;
  throw new SondeError(
    'damaged-model',
    what,
    found.name,
    'Use it with sonde score, or train one: sonde train CAPTURE….',
  );
}

export type AnyModel =
  ({ kind: 'flows' } & NamedModel) | { kind: 'records'; model: LabModel; name: string; sha256: string };

/**
 * The model at `path`, of flows or of labelled records; or the base model.
 *
 * @throws SondeError when it is missing, damaged, or of another version.
 */
export async function loadAnyModel(path: string | undefined): Promise<AnyModel> {
  const file = path ?? resourcePath('models', 'base.model');
  return anyModelOf(await bytesOf(file), path === undefined ? 'base' : basename(path), file);
}

/** The model that a file's bytes are; `where`: how errors name it. @throws SondeError as `loadAnyModel` */
export function anyModelOf(bytes: Buffer, name: string, where = name): Promise<AnyModel> {
  const named = { name, sha256: createHash('sha256').update(bytes).digest('hex') };
  return sayingModel(where, async (): Promise<AnyModel> => {
    if (!isOfKind(bytes, LAB_MODEL)) return { kind: 'flows', model: decodeModel(bytes), ...named };
    // Most runs need none of its detectors.
    const { decodeLabModel } = await import('../../detect/lab/lab-model-file.ts');
    return { kind: 'records', model: decodeLabModel(bytes), ...named };
  });
}
