/** What is looked at when something is wrong with Sonde itself. */

/** `failed`: something does not work; `warning`: it works, less well than it could; `note`: a fact to know. */
export type CheckState = 'ok' | 'note' | 'warning' | 'failed';

export interface CheckResult {
  state: CheckState;
  /** What was found, one sentence without a full stop. */
  message: string;
  /** What to do about it; empty where there is nothing to do. */
  cure: string;
}

export interface CheckContext {
  /** The database to look at; null: the desk's own has not been made yet. */
  database: string | null;
  /** Where the desk keeps what is its own. */
  dataFolder: string;
  /** Every page of the database is compared with its indexes, too. */
  thorough: boolean;
}

/** One check: a file of its own in `checks/`, and a line in `registry.ts`. */
export interface Check {
  id: string;
  title: string;
  run(context: CheckContext): Promise<CheckResult>;
}

export interface Finding extends CheckResult {
  id: string;
  title: string;
}

export const ok = (message: string): CheckResult => ({ state: 'ok', message, cure: '' });
export const note = (message: string, cure = ''): CheckResult => ({ state: 'note', message, cure });
export const warning = (message: string, cure: string): CheckResult => ({ state: 'warning', message, cure });
export const failed = (message: string, cure: string): CheckResult => ({ state: 'failed', message, cure });
