/** Files of JSON that somebody writes: what is wrong in one is said with its place. */
import { readFile, stat } from 'node:fs/promises';
import { faultsInWords, plainFault } from '../../../src-shared/contract/faults.ts';
import type { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { usageError } from './arguments.ts';

const MAX_BYTES = 4 * 1024 ** 2;
/** Faults that are listed. */
const LISTED = 5;

/** Where JSON broke off, without what stands there: it may be a secret. */
function placeOf(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : '';
  const at = Number(/at position (\d+)/.exec(said)?.[1] ?? NaN);
  if (Number.isNaN(at)) return '';
  const before = text.slice(0, at).split('\n');
  return `, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

async function textOf(path: string, cure: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw usageError(`${path}: larger than 4 MiB`, path, cure);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof SondeError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
    const said = error instanceof Error ? error.message : String(error);
    throw new SondeError('read-failed', `${path} cannot be read: ${said}`, path, 'Check the file and its permissions.');
  }
}

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readJsonFile<T>(path: string, shape: z.ZodType<T>, cure: string): Promise<T> {
  const text = await textOf(path, cure);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw usageError(`${path}: not JSON${placeOf(text, error)}`, path, cure);
  }
  const parsed = shape.safeParse(json, { error: plainFault });
  if (parsed.success) return parsed.data;
  throw usageError(`${path}: ${faultsInWords(parsed.error.issues, LISTED)}`, path, cure);
}
