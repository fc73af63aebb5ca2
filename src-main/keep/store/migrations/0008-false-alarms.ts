import type { Migration } from '../migrate.ts';

/** Incidents may be judged to be false alarms. */
export const falseAlarms: Migration = {
  version: 8,
  sql: `
    -- The values that the column admits cannot be changed: another takes its place.
    ALTER TABLE incidents ADD COLUMN judged TEXT NOT NULL DEFAULT 'new'
      CHECK (judged IN ('new', 'investigating', 'expected', 'false-alarm', 'closed'));
    UPDATE incidents SET judged = status WHERE status <> 'new';
    ALTER TABLE incidents DROP COLUMN status;
    ALTER TABLE incidents RENAME COLUMN judged TO status;
  `,
};
