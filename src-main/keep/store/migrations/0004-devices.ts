import type { Migration } from '../migrate.ts';

/** What hosts of ours are taken for. */
export const devices: Migration = {
  version: 4,
  sql: `
    -- JSON, see HostDevice; NULL for strangers, and in captures that were read before.
    ALTER TABLE hosts ADD COLUMN device TEXT;
  `,
};
