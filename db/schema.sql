-- The schema of a store, version 6. Written by `npm run schema` from db/migrations; do not edit.

CREATE TABLE searches (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  simulation TEXT CHECK (json_valid(simulation)),
  dataset_digest TEXT,
  created_ms INTEGER NOT NULL
, cancelled_ms INTEGER) STRICT;

CREATE TABLE networks (
  search_id INTEGER NOT NULL REFERENCES searches (id),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  architecture TEXT NOT NULL CHECK (json_valid(architecture)),
  macs INTEGER NOT NULL,
  params INTEGER NOT NULL,
  activations INTEGER NOT NULL,
  peak_bytes REAL NOT NULL, saving TEXT CHECK (json_valid(saving)),
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
  network_id TEXT NOT NULL, proposed INTEGER NOT NULL DEFAULT 0 CHECK (proposed IN (0, 1)),
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
, retried_after INTEGER NOT NULL DEFAULT 0) STRICT;

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

CREATE TABLE identity (id TEXT NOT NULL) STRICT;

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

CREATE TABLE choices (
  id INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  network_id TEXT,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  FOREIGN KEY (search_id, network_id) REFERENCES networks (search_id, id)
) STRICT;

CREATE INDEX choice_of_search ON choices (search_id);

CREATE TABLE mistakes (
  trial INTEGER PRIMARY KEY REFERENCES results (trial),
  images TEXT NOT NULL CHECK (json_valid(images))
) STRICT;

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

CREATE TABLE endings (
  number INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES searches (id),
  trial INTEGER NOT NULL REFERENCES trials (key),
  state TEXT NOT NULL CHECK (state IN ('completed', 'failed', 'cancelled'))
) STRICT;

CREATE INDEX ending_of_search ON endings (search_id);

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
