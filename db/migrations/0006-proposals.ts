import type { Migration } from '../migrate.js';

/**
 * What strategies propose during a search, what they are told, and the facts that were only in the wording of events until now.
 *
 * - `proposals`: a network that a strategy proposed, in the order `number`, with the strategy's name, the network it was derived from and
 *   whatever else the strategy wants to keep, as JSON. It needs no point. `networks.saving` says how its trainings save memory; for a
 *   network of the plan that is NULL, and the plan says it. `points.proposed` tells points that were proposed from those of the plan.
 * - `endings`: how the trials of a search ended, in the order in which that was recorded. A trial that another search had finished ends when
 *   the search takes it on; one that was retried has several endings.
 * - `extensions`: which search was extended to which, oldest first. One search may appear several times.
 * - `searches.cancelled_ms`: when the whole search was last cancelled; NULL if never, or if its cancelled trials were queued again.
 */
export const proposals: Migration = {
  version: 6,
  sql: `
CREATE TABLE proposals (
  search_id INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  network_id TEXT NOT NULL,
  strategy TEXT NOT NULL,
  parent_id TEXT,
  detail TEXT CHECK (json_valid(detail)),
  PRIMARY KEY (search_id, number),
  UNIQUE (search_id, network_id),
  FOREIGN KEY (search_id, network_id) REFERENCES networks (search_id, id),
  FOREIGN KEY (search_id, parent_id) REFERENCES networks (search_id, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE networks ADD COLUMN saving TEXT CHECK (json_valid(saving));
ALTER TABLE points ADD COLUMN proposed INTEGER NOT NULL DEFAULT 0 CHECK (proposed IN (0, 1));

CREATE TABLE endings (
  number INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  trial INTEGER NOT NULL REFERENCES trials (key),
  state TEXT NOT NULL CHECK (state IN ('completed', 'failed', 'cancelled'))
) STRICT;

CREATE INDEX ending_of_search ON endings (search_id);

INSERT INTO endings (search_id, trial, state)
SELECT search_id, trial, state FROM search_trials JOIN trials ON trials.key = trial
WHERE state IN ('completed', 'failed', 'cancelled')
ORDER BY (SELECT max(ended_ms) FROM attempts WHERE attempts.trial = trials.key), search_id, position;

CREATE TRIGGER endings_of_trial AFTER UPDATE OF state ON trials
WHEN NEW.state IN ('completed', 'failed', 'cancelled') AND OLD.state <> NEW.state
BEGIN
  INSERT INTO endings (search_id, trial, state) SELECT search_id, trial, NEW.state FROM search_trials WHERE trial = NEW.key;
END;

CREATE TRIGGER endings_of_shared_trial AFTER INSERT ON search_trials
WHEN (SELECT state FROM trials WHERE key = NEW.trial) IN ('completed', 'failed', 'cancelled')
BEGIN
  INSERT INTO endings (search_id, trial, state) SELECT NEW.search_id, NEW.trial, state FROM trials WHERE key = NEW.trial;
END;

CREATE TABLE extensions (
  id INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  from_id INTEGER NOT NULL REFERENCES searches (id),
  at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO extensions (search_id, from_id, at_ms)
SELECT events.search_id, searches.id, at_ms FROM events
JOIN searches ON events.detail = 'from plan ' || substr(searches.hash, 1, 12)
WHERE kind = 'extended' AND events.search_id IS NOT NULL ORDER BY events.id;

ALTER TABLE searches ADD COLUMN cancelled_ms INTEGER;

UPDATE searches SET cancelled_ms = (
  SELECT max(at_ms) FROM events
  WHERE events.search_id = searches.id AND kind = 'cancelled' AND trial_id IS NULL AND detail = 'all');
`,
  overlay: `
CREATE TEMP VIEW proposals AS
SELECT NULL AS search_id, NULL AS number, NULL AS network_id, NULL AS strategy, NULL AS parent_id, NULL AS detail WHERE false;

CREATE TEMP VIEW networks AS SELECT *, NULL AS saving FROM main.networks;

CREATE TEMP VIEW points AS SELECT *, 0 AS proposed FROM main.points;

CREATE TEMP VIEW endings AS
SELECT row_number() OVER (
    ORDER BY (SELECT max(ended_ms) FROM main.attempts WHERE attempts.trial = trials.key), search_id, position) AS number,
  search_id, trial, state
FROM main.search_trials JOIN main.trials ON trials.key = trial WHERE state IN ('completed', 'failed', 'cancelled');

CREATE TEMP VIEW extensions AS
SELECT events.id, events.search_id, searches.id AS from_id, at_ms FROM main.events
JOIN main.searches ON events.detail = 'from plan ' || substr(searches.hash, 1, 12)
WHERE kind = 'extended' AND events.search_id IS NOT NULL;

CREATE TEMP VIEW searches AS
SELECT *, (
  SELECT max(at_ms) FROM main.events
  WHERE events.search_id = searches.id AND kind = 'cancelled' AND trial_id IS NULL AND detail = 'all') AS cancelled_ms
FROM main.searches;
`,
};
