/** Errors of ours: their details go to a log of the user's, people get an id. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { VERSION } from '../../../src-shared/version.ts';
import { errorLog } from '../error-log.ts';

/** Logs an error. `where`: the file, or "standard error" where none can be written (`details` then went there). */
export function logBug(error: unknown): { id: string; where: string } {
  const id = randomUUID().slice(0, 8);
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const where = errorLog();
  try {
    mkdirSync(dirname(where), { recursive: true, mode: 0o700 });
    appendFileSync(where, `${new Date().toISOString()} ${id} sonde ${VERSION} node ${process.version}\n${details}\n`, {
      mode: 0o600,
    });
    return { id, where };
  } catch {
    process.stderr.write(`${details}\n`);
    return { id, where: 'standard error' };
  }
}

/** Logs it; the sentence for people. */
export function bugMessage(error: unknown): string {
  const { id, where } = logBug(error);
  return `an error of ours (${id}); details are in ${where}`;
}
