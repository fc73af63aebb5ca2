/** What columns of any CSV may be said to be. */

export const COLUMN_TYPES = ['numeric', 'categorical'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/**
 * 'left-out': neither learned from nor compared. 'kind': names the attack. 'time', 'source', 'target', 'group': when a
 * record was, which host opened it, which answered, what belongs together; shortcuts all of them.
 */
export const MAPPED_ROLES = [
  'feature',
  'shortcut',
  'id',
  'left-out',
  'kind',
  'time',
  'source',
  'target',
  'group',
] as const;
export type MappedRole = (typeof MAPPED_ROLES)[number];
