import type { Migration } from '../migrate.ts';

/** When a host was seen under a name, and who said so; unset for captures that were kept before. */
export const names: Migration = {
  version: 3,
  sql: `
    ALTER TABLE host_names ADD COLUMN first INTEGER;
    ALTER TABLE host_names ADD COLUMN last INTEGER;
    ALTER TABLE host_names ADD COLUMN told_by TEXT NOT NULL DEFAULT '';
  `,
};
