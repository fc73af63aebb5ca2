/** Which model scores; and errors about models in words for people. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { SondeError, type ErrorCode } from '../../../src-shared/errors.ts';
import { decodeModel } from '../../detect/detectors/model-file.ts';
import { ModelError, type ModelErrorCode } from '../../detect/detectors/model.ts';
import { resourcePath } from '../paths.ts';
import type { NamedModel } from './triage.ts';

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
    return await readFile(path);
  } catch (error) {
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
