import type { Migration } from '../migrate.js';

/**
 * Searches with their points and networks; trials, which belong to the store and may serve several searches; attempts, curves and
 * results. A result is final: triggers refuse to change or remove one, or to leave the state it stands for.
 * Trials have a number of the store's own beside their id: ids are hashes, and rows in their order would lie scattered over the file,
 * while numbers keep what is written together on the same pages.
 * Times are milliseconds since 1970; shares lie in [0, 1]; a value that was NaN or infinite is NULL.
 */
export const initial: Migration = {
  version: 1,
  sql: `
CREATE TABLE searches (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  simulation TEXT CHECK (json_valid(simulation)),
  dataset_digest TEXT,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE networks (
  search_id INTEGER NOT NULL REFERENCES searches (id),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  architecture TEXT NOT NULL CHECK (json_valid(architecture)),
  macs INTEGER NOT NULL,
  params INTEGER NOT NULL,
  activations INTEGER NOT NULL,
  peak_bytes REAL NOT NULL,
  PRIMARY KEY (search_id, id),
  UNIQUE (search_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE points (
  search_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  role TEXT NOT NULL,
  alpha REAL NOT NULL,
  beta REAL NOT NULL,
  gamma REAL NOT NULL,
  phi REAL NOT NULL,
  nominal REAL NOT NULL,
  realised REAL NOT NULL,
  network_id TEXT NOT NULL,
  PRIMARY KEY (search_id, position),
  FOREIGN KEY (search_id, network_id) REFERENCES networks (search_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trials (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  network_id TEXT NOT NULL,
  seed INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled', 'skipped'))
) STRICT;

CREATE TABLE search_trials (
  search_id INTEGER NOT NULL REFERENCES searches (id),
  position INTEGER NOT NULL,
  trial INTEGER NOT NULL REFERENCES trials (key),
  replicate INTEGER NOT NULL,
  PRIMARY KEY (search_id, position),
  UNIQUE (search_id, trial)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  trial INTEGER NOT NULL REFERENCES trials (key),
  number INTEGER NOT NULL CHECK (number >= 1),
  token TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'running', 'interrupted',
                     'completed', 'diverged', 'timeout', 'oom', 'infeasible', 'crashed', 'lost', 'cancelled')),
  message TEXT,
  queued_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  resumed_at_epoch INTEGER,
  host TEXT,
  pid INTEGER,
  engine TEXT,
  engine_version TEXT,
  device TEXT,
  PRIMARY KEY (trial, number),
  CHECK ((state IN ('queued', 'running')) = (ended_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
  trial INTEGER NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  attempt INTEGER NOT NULL,
  train_loss REAL,
  validation_loss REAL,
  validation_accuracy REAL CHECK (validation_accuracy BETWEEN 0 AND 1),
  learning_rate REAL,
  wall_ms REAL,
  images_per_second REAL,
  PRIMARY KEY (trial, epoch),
  FOREIGN KEY (trial, attempt) REFERENCES attempts (trial, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE results (
  trial INTEGER PRIMARY KEY,
  attempt INTEGER NOT NULL,
  validation_accuracy REAL NOT NULL CHECK (validation_accuracy BETWEEN 0 AND 1),
  validation_loss REAL NOT NULL CHECK (abs(validation_loss) < 1e308),
  trainable_params INTEGER NOT NULL,
  peak_bytes REAL NOT NULL,
  wall_ms REAL NOT NULL,
  dataset_digest TEXT NOT NULL,
  FOREIGN KEY (trial, attempt) REFERENCES attempts (trial, number)
) STRICT;

CREATE TABLE confusion (
  trial INTEGER PRIMARY KEY REFERENCES results (trial),
  classes INTEGER NOT NULL,
  cells TEXT NOT NULL CHECK (json_valid(cells))
) STRICT;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  search_id INTEGER REFERENCES searches (id),
  kind TEXT NOT NULL,
  trial_id TEXT,
  detail TEXT NOT NULL
) STRICT;

CREATE INDEX search_of_trial ON search_trials (trial);

CREATE TRIGGER results_are_final BEFORE UPDATE ON results
BEGIN SELECT RAISE(ABORT, 'a result is final'); END;

CREATE TRIGGER results_stay BEFORE DELETE ON results
BEGIN SELECT RAISE(ABORT, 'a result is final'); END;

CREATE TRIGGER completed_is_final BEFORE UPDATE OF state ON trials WHEN OLD.state = 'completed' AND NEW.state <> 'completed'
BEGIN SELECT RAISE(ABORT, 'a completed trial is final'); END;

CREATE TRIGGER completed_has_result BEFORE UPDATE OF state ON trials
WHEN NEW.state = 'completed' AND NOT EXISTS (SELECT 1 FROM results WHERE trial = NEW.key)
BEGIN SELECT RAISE(ABORT, 'a completed trial has a result'); END;
`,
};
