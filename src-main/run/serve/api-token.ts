/** The token of scripts in a file of its owner, so that it stays the same from start to start. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { SondeError } from '../../../src-shared/errors.ts';

const TOKEN = /^[\w.~+/=-]{32,256}$/;
const OTHERS = 0o077;

function wrong(path: string, what: string, cure: string, cause?: unknown): SondeError {
  return new SondeError('read-failed', `${path}: ${what}`, path, cure, { cause });
}

function made(path: string): string {
  const token = randomBytes(32).toString('base64url');
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw wrong(path, 'the token cannot be written', 'Name a file in a folder that you may write to.', error);
  }
  return token;
}

/** The token in the file; a new one where there is no such file. @throws SondeError */
export function readApiToken(path: string): string {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8').trim();
    ({ mode } = statSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return made(path);
    throw wrong(path, 'cannot be read', 'Name a file that you may read.', error);
  }
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw wrong(path, 'others may read it', 'Take that from them: chmod 600, or name a file that is not there yet.');
  }
  if (!TOKEN.test(text)) {
    throw wrong(path, 'holds no token', 'Name a file that is not there yet: it is made, with a token in it.');
  }
  return text;
}
