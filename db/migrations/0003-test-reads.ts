import type { Migration } from '../migrate.js';

/**
 * Every opening of the test split for a search. A row is there before the images are read and stays, whatever comes of it; accuracy and images
 * follow when they are known.
 */
export const testReads: Migration = {
  version: 3,
  sql: `
CREATE TABLE test_reads (
  id INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  trial INTEGER NOT NULL REFERENCES trials (key),
  at_ms INTEGER NOT NULL,
  images INTEGER,
  accuracy REAL CHECK (accuracy BETWEEN 0 AND 1)
) STRICT;

CREATE TRIGGER test_reads_stay BEFORE DELETE ON test_reads
BEGIN SELECT RAISE(ABORT, 'a reading of the test split stays'); END;
`,
};
