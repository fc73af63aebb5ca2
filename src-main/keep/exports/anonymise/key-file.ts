/** The key that pseudonyms are made by, and the map that leads back: both stay at home. */
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { safeCell } from '../../../../src-shared/domain/csv.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { addressText } from '../../../../src-shared/domain/network.ts';
import { KEY_BYTES } from './crypto-pan.ts';
import type { Pseudonyms } from './pseudonyms.ts';

const HEX_KEY = new RegExp(`^[0-9a-f]{${KEY_BYTES * 2}}\\s*$`, 'i');
/** For their owner alone. */
const MODE = 0o600;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const isThere = (error: unknown): boolean => codeOf(error) === 'EEXIST';
const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';

/**
 * The key in the file, which is made where it is not there; without a file, one that nobody keeps.
 *
 * @throws SondeError `write-failed` where it cannot be made, `usage` where something else is in it
 */
export function pseudonymKey(path: string | undefined): Uint8Array {
  const fresh = randomBytes(KEY_BYTES);
  if (path === undefined) return fresh;
  try {
    writeFileSync(path, `${fresh.toString('hex')}\n`, { mode: MODE, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (!isThere(error)) {
      const cure = 'Check the folder and its permissions.';
      throw new SondeError('write-failed', `${path} cannot be written (${reasonOf(error)})`, path, cure, {
        cause: error,
      });
    }
  }
  const text = readKey(path);
  if (HEX_KEY.test(text)) return Buffer.from(text.trim(), 'hex');
  const what = `${path}: not a key (${KEY_BYTES * 2} hexadecimal digits)`;
  throw new SondeError('usage', what, '--key', 'Name a file that is not there yet, and Sonde makes a key.');
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const what = `${path} cannot be read (${reasonOf(error)})`;
    throw new SondeError('not-permitted', what, path, 'Check its permissions, or name another key.', { cause: error });
  }
}

/** Where a desk keeps the key of its reports: `sonde anonymise --key` takes it, so that captures agree with them. */
export function pseudonymKeyFile(database: string): string {
  return `${database}.pseudonyms.key`;
}

/** Before the work: a map that cannot be kept would cost the way back. @throws SondeError `write-failed` */
export function checkMap(path: string | undefined, mayReplace: boolean): void {
  if (path === undefined || mayReplace || !existsSync(path)) return;
  throw new SondeError(
    'write-failed',
    `${path} is there already`,
    path,
    'Name another file, or move this one away: without it nobody finds back.',
  );
}

function shown(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length === 16) return addressText(bytes);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

const isSpecial = (path: string): boolean => existsSync(path) && !lstatSync(realpathSync(path)).isFile();

/** A new file takes the place of an old one: its permissions go with it. */
function replaceFile(path: string, text: string): void {
  const real = existsSync(path) ? realpathSync(path) : path;
  const beside = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.partial`);
  try {
    writeFileSync(beside, text, { mode: MODE, flag: 'wx' });
    renameSync(beside, real);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/**
 * Original and pseudonym side by side, of all that `names` made, for its owner alone; what a spreadsheet would take for a formula is
 * written as text.
 *
 * @throws SondeError `write-failed`, `disk-full`
 */
export function writeMap(path: string, names: Pseudonyms, mayReplace: boolean): void {
  const lines = ['original,pseudonym'];
  for (const [original, pseudonym] of names.pairs()) lines.push(`${shown(original)},${shown(pseudonym)}`);
  for (const [original, pseudonym] of names.names()) lines.push(`${safeCell(original)},${safeCell(pseudonym)}`);
  try {
    const text = `${lines.join('\n')}\n`;
    if (!mayReplace || isSpecial(path)) writeFileSync(path, text, { mode: MODE, flag: mayReplace ? 'w' : 'wx' });
    else replaceFile(path, text);
  } catch (error) {
    if (isFull(error))
      throw new SondeError('disk-full', `${path}: the disk is full`, path, 'Free some space, then try again.', {
        cause: error,
      });
    const why = isThere(error) ? 'is there already' : `cannot be written (${reasonOf(error)})`;
    throw new SondeError('write-failed', `${path} ${why}`, path, 'Name another file.', { cause: error });
  }
}
