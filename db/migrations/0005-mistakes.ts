import type { Migration } from '../migrate.js';

/**
 * For each finished trial a sample of the validation images that it gets wrong: a list of [image, true class, predicted class, probability].
 * Trials without a row are simulated, or were finished before this schema.
 */
export const mistakes: Migration = {
  version: 5,
  sql: `
CREATE TABLE mistakes (
  trial INTEGER PRIMARY KEY REFERENCES results (trial),
  images TEXT NOT NULL CHECK (json_valid(images))
) STRICT;
`,
  overlay: 'CREATE TEMP VIEW mistakes AS SELECT NULL AS trial, NULL AS images WHERE false;',
};
