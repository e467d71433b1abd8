import type { Migration } from '../migrate.js';

/** Choices made by hand: the latest of a search counts, and one without a network takes the one before it back. Nothing is overwritten. */
export const choices: Migration = {
  version: 4,
  sql: `
CREATE TABLE choices (
  id INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  network_id TEXT,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  FOREIGN KEY (search_id, network_id) REFERENCES networks (search_id, id)
) STRICT;

CREATE INDEX choice_of_search ON choices (search_id);
`,
};
