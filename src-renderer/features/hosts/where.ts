/** Whose an address is. */
import type { HostRow } from '../../../src-shared/contract/topics/hosts.ts';

export const GROUP_TITLE = 'An address of a group (multicast or broadcast): whoever listens, no host of its own';

export function whereOf({ local, group }: Pick<HostRow, 'local' | 'group'>): 'ours' | 'group' | 'outside' {
  if (group) return 'group';
  return local ? 'ours' : 'outside';
}
