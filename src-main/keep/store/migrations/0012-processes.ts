import type { Migration } from '../migrate.ts';

/** Programs of this machine that flows belong to; unset where nobody asked, or it could not be told. */
export const processes: Migration = {
  version: 12,
  sql: `
    ALTER TABLE flows ADD COLUMN process_name TEXT NOT NULL DEFAULT '';
    ALTER TABLE flows ADD COLUMN process_pid INTEGER;
    ALTER TABLE flows ADD COLUMN process_user TEXT NOT NULL DEFAULT '';
  `,
};
