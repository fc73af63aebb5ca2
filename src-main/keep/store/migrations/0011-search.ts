import type { Migration } from '../migrate.ts';

/** Names of hosts are found across captures by how they begin. */
export const search: Migration = {
  version: 11,
  sql: `
    CREATE INDEX host_names_by_name ON host_names (name COLLATE NOCASE, capture);
  `,
};
