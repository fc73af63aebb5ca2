/** Who runs the program, as the audit log names them. */
import { userInfo } from 'node:os';

export function programUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no entry in the list of users.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
