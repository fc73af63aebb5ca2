/** The database: whose it is, of which version, whole or damaged. */
import { existsSync } from 'node:fs';
import { plural } from '../../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { examineDatabase, type Examination } from '../../../keep/store/examine.ts';
import { failed, note, ok, warning, type Check, type CheckResult } from '../types.ts';

const MEBIBYTE = 2 ** 20;

function resultOf(path: string, found: Examination): CheckResult {
  const facts = [
    `schema ${found.version}`,
    `${(found.bytes / MEBIBYTE).toFixed(1)} MiB`,
    plural(found.captures, 'capture'),
    plural(found.incidents, 'incident'),
  ].join(', ');
  if (found.faults.length > 0) {
    return failed(
      `${path}: damaged (${found.faults[0]}${found.faults.length > 1 ? `, and ${found.faults.length - 1} more` : ''})`,
      `Keep a copy of it; what can still be read: sqlite3 ${path} .recover. Begin a new one with another --db.`,
    );
  }
  if (found.version < found.newest) return note(`${path}: ${facts}; it is brought up to date when it is opened next`);
  if (found.incomplete > 0) {
    return warning(
      `${path}: sound, ${facts}; ${plural(found.incomplete, 'capture is', 'captures are')} incomplete`,
      'Their reading was interrupted, or goes on now: open those files again, or remove them on the page of captures.',
    );
  }
  return ok(`${path}: sound, ${facts}`);
}

export const database: Check = {
  id: 'database',
  title: 'Database',
  run: async ({ database: path, thorough }) => {
    if (path === null || !existsSync(path)) return note('the desk’s database has not been made yet');
    try {
      return resultOf(path, examineDatabase(path, thorough));
    } catch (error) {
      if (error instanceof SondeError) return failed(error.message, error.cure);
      throw error;
    }
  },
};
