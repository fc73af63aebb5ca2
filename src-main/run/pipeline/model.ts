/** Which model scores; and errors about models in words for people. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { decodeModel } from '../../detect/detectors/model-file.ts';
import { ModelError, type ModelErrorCode } from '../../detect/detectors/model.ts';
import { resourcePath } from '../paths.ts';
import type { NamedModel } from './triage.ts';

/** Largest model file that is read, bytes: those of this version have 0.3 MB. */
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
  const file = path ?? resourcePath('models', 'base.model');
  const bytes = await bytesOf(file);
  const model = await sayingModel(file, () => decodeModel(bytes));
  return {
    model,
    name: path === undefined ? 'base' : basename(path),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
