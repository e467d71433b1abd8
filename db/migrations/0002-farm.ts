import type { Migration } from '../migrate.js';

/**
 * An identity for the store, by which its searches are told from those of other stores on a shared server; and, with each trial, the last
 * of its attempts when it was queued again by hand: only those since then count against its retries.
 */
export const farm: Migration = {
  version: 2,
  sql: `
CREATE TABLE identity (id TEXT NOT NULL) STRICT;
INSERT INTO identity VALUES (lower(hex(randomblob(16))));

ALTER TABLE trials ADD COLUMN retried_after INTEGER NOT NULL DEFAULT 0;
`,
};
