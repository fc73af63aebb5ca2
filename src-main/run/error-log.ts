/** Where errors of ours are logged. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The platform's place for a user's state. */
export function errorLog(): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(state, 'sonde', 'errors.log');
}
