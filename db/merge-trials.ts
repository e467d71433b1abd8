import type { Db } from './file/database.js';

/** Trials of a merged store, by the store that their results came from. */
export interface TrialCounts {
  readonly trials: number;
  /** Finished in the first store only, in the second only, and in both. */
  readonly fromFirst: number;
  readonly fromSecond: number;
  readonly inBoth: number;
  /** Number of those in both whose validation accuracy differs in the second store; it is not taken. */
  readonly differing: number;
}

interface Pair {
  readonly key: number;
  readonly otherKey: number;
  readonly state: string;
  readonly otherState: string;
}

/** The state that is further on wins; of two equal states, that of the first store. */
const rank: Readonly<Record<string, number>> = { completed: 3, failed: 2, cancelled: 1 };

/**
 * Adds to this database what the attached database `other` has beyond it. Both have the latest schema and hold the same searches, with the
 * same networks of their plans; proposed networks may differ. Call it inside a transaction.
 */
export function mergeTrials(db: Db): TrialCounts {
  db.exec(`
    CREATE TEMP TABLE new_proposals AS
      SELECT ours.id AS search_id, theirs.search_id AS other_search_id, theirs.network_id, strategy, parent_id, detail,
        row_number() OVER (PARTITION BY ours.id ORDER BY theirs.number) AS place
      FROM other.proposals AS theirs
      JOIN other.searches AS other_search ON other_search.id = theirs.search_id
      JOIN main.searches AS ours ON ours.hash = other_search.hash
      WHERE NOT EXISTS (SELECT 1 FROM main.networks WHERE search_id = ours.id AND id = theirs.network_id);
    INSERT INTO main.networks (search_id, id, position, architecture, macs, params, activations, peak_bytes, saving)
      SELECT new.search_id, new.network_id, (SELECT max(position) FROM main.networks WHERE search_id = new.search_id) + place,
        architecture, macs, params, activations, peak_bytes, saving
      FROM new_proposals AS new
      JOIN other.networks AS network ON network.search_id = other_search_id AND network.id = new.network_id;
    INSERT INTO main.points (search_id, position, role, alpha, beta, gamma, phi, nominal, realised, network_id, proposed)
      SELECT new.search_id, (SELECT max(position) FROM main.points WHERE search_id = new.search_id)
          + row_number() OVER (PARTITION BY new.search_id ORDER BY point.position),
        role, alpha, beta, gamma, phi, nominal, realised, new.network_id, 1
      FROM new_proposals AS new
      JOIN other.points AS point ON point.search_id = other_search_id AND point.network_id = new.network_id;
    INSERT INTO main.proposals (search_id, number, network_id, strategy, parent_id, detail)
      SELECT search_id, (SELECT coalesce(max(number), 0) FROM main.proposals WHERE search_id = new.search_id) + place,
        network_id, strategy, parent_id, detail
      FROM new_proposals AS new ORDER BY place;
    DROP TABLE new_proposals;
    INSERT INTO main.trials (id, network_id, seed) SELECT id, network_id, seed FROM other.trials WHERE true ON CONFLICT (id) DO NOTHING;
    INSERT INTO main.search_trials (search_id, position, trial, replicate)
      SELECT ours.id, (SELECT max(position) FROM main.search_trials WHERE search_id = ours.id)
          + row_number() OVER (PARTITION BY ours.id ORDER BY member.position), mine.key, member.replicate
      FROM other.search_trials AS member
      JOIN other.searches AS theirs ON theirs.id = member.search_id
      JOIN main.searches AS ours ON ours.hash = theirs.hash
      JOIN other.trials AS trial ON trial.key = member.trial
      JOIN main.trials AS mine ON mine.id = trial.id
      WHERE NOT EXISTS (SELECT 1 FROM main.search_trials WHERE search_id = ours.id AND trial = mine.key);
    UPDATE main.searches SET dataset_digest =
      coalesce(dataset_digest, (SELECT dataset_digest FROM other.searches WHERE hash = main.searches.hash));
    UPDATE main.searches SET cancelled_ms =
      coalesce(cancelled_ms, (SELECT cancelled_ms FROM other.searches WHERE hash = main.searches.hash));
    CREATE TEMP TABLE both_extensions AS
      SELECT search_id, from_id, at_ms FROM main.extensions
      UNION SELECT ours.id, our_origin.id, extension.at_ms FROM other.extensions AS extension
      JOIN other.searches AS theirs ON theirs.id = extension.search_id
      JOIN main.searches AS ours ON ours.hash = theirs.hash
      JOIN other.searches AS their_origin ON their_origin.id = extension.from_id
      JOIN main.searches AS our_origin ON our_origin.hash = their_origin.hash;
    DELETE FROM main.extensions;
    INSERT INTO main.extensions (search_id, from_id, at_ms) SELECT * FROM both_extensions ORDER BY at_ms;
    DROP TABLE both_extensions;
    INSERT INTO main.test_reads (search_id, trial, at_ms, images, accuracy)
      SELECT ours.id, mine.key, reading.at_ms, reading.images, reading.accuracy
      FROM other.test_reads AS reading
      JOIN other.searches AS theirs ON theirs.id = reading.search_id
      JOIN main.searches AS ours ON ours.hash = theirs.hash
      JOIN other.trials AS trial ON trial.key = reading.trial
      JOIN main.trials AS mine ON mine.id = trial.id
      WHERE NOT EXISTS (SELECT 1 FROM main.test_reads WHERE trial = mine.key AND at_ms = reading.at_ms)
      ORDER BY reading.id;
    INSERT INTO main.events (at_ms, search_id, kind, trial_id, detail)
      SELECT at_ms, ours.id, kind, trial_id, detail
      FROM other.events AS event
      LEFT JOIN other.searches AS theirs ON theirs.id = event.search_id
      LEFT JOIN main.searches AS ours ON ours.hash = theirs.hash
      WHERE NOT EXISTS (SELECT 1 FROM main.events AS known
        WHERE known.at_ms = event.at_ms AND known.kind = event.kind AND known.trial_id IS event.trial_id AND known.detail = event.detail)
      ORDER BY event.id;
    CREATE TEMP TABLE both_choices AS
      SELECT search_id, network_id, note, at_ms FROM main.choices
      UNION SELECT ours.id, network_id, note, at_ms FROM other.choices AS choice
      JOIN other.searches AS theirs ON theirs.id = choice.search_id
      JOIN main.searches AS ours ON ours.hash = theirs.hash;
    DELETE FROM main.choices;
    INSERT INTO main.choices (search_id, network_id, note, at_ms) SELECT * FROM both_choices ORDER BY at_ms;
    DROP TABLE both_choices;
    UPDATE main.identity SET id = lower(hex(randomblob(16)));
  `);
  const pairs = db
    .prepare<[], Pair>(`
      SELECT mine.key, theirs.key AS otherKey, mine.state, theirs.state AS otherState
      FROM main.trials AS mine JOIN other.trials AS theirs ON theirs.id = mine.id`)
    .all();
  const merger = trialMerger(db);
  let fromSecond = 0;
  for (const pair of pairs) {
    merger(pair);
    if (pair.otherState === 'completed' && pair.state !== 'completed') fromSecond++;
  }
  const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0;
  const both = `SELECT count(*) FROM main.results AS mine JOIN main.trials AS trial ON trial.key = mine.trial
    JOIN other.trials AS theirs ON theirs.id = trial.id JOIN other.results AS result ON result.trial = theirs.key`;
  const inBoth = count(both) - fromSecond;
  return {
    trials: count('SELECT count(*) FROM main.trials'),
    fromFirst: count('SELECT count(*) FROM main.results') - fromSecond - inBoth,
    fromSecond,
    inBoth,
    differing: count(`${both} WHERE result.validation_accuracy <> mine.validation_accuracy`),
  };
}

/** Merges one trial: always its attempts, and its curve and result if the second store is further on. */
function trialMerger(db: Db): (pair: Pair) => void {
  const attempts = db.prepare<[number], { number: number; token: string }>(
    'SELECT number, token FROM other.attempts WHERE trial = ? ORDER BY number',
  );
  const known = db
    .prepare<[number, string], number>('SELECT number FROM main.attempts WHERE trial = ? AND token = ?')
    .pluck();
  const last = db
    .prepare<[number], number>('SELECT coalesce(max(number), 0) FROM main.attempts WHERE trial = ?')
    .pluck();
  // Nobody continues an attempt that was open in the second store.
  const copied = columnsOf(db, 'attempts', {
    trial: ':key',
    number: ':number',
    state: "iif(state IN ('queued', 'running'), 'interrupted', state)",
    ended_ms: "iif(state IN ('queued', 'running'), coalesce(started_ms, queued_ms), ended_ms)",
  });
  const addAttempt = db.prepare(
    `INSERT OR REPLACE INTO main.attempts (${copied.names}) SELECT ${copied.values} FROM other.attempts WHERE trial = :otherKey AND number = :otherNumber`,
  );
  const isOpen = db
    .prepare<[number, number], number>(
      "SELECT state IN ('queued', 'running', 'interrupted') FROM main.attempts WHERE trial = ? AND number = ?",
    )
    .pluck();
  const interrupt = db.prepare(
    "UPDATE main.attempts SET state = 'interrupted', ended_ms = coalesce(started_ms, queued_ms) WHERE trial = ? AND state IN ('queued', 'running')",
  );
  const forget = db.prepare('DELETE FROM main.epochs WHERE trial = ?');
  const epoch = columnsOf(db, 'epochs', { trial: ':key', attempt: ':number' });
  const addEpochs = db.prepare(
    `INSERT INTO main.epochs (${epoch.names}) SELECT ${epoch.values} FROM other.epochs WHERE trial = :otherKey AND attempt = :otherNumber`,
  );
  const result = columnsOf(db, 'results', { trial: ':key', attempt: ':number' });
  const addResult = db.prepare(
    `INSERT INTO main.results (${result.names}) SELECT ${result.values} FROM other.results WHERE trial = :otherKey AND attempt = :otherNumber`,
  );
  const confusion = columnsOf(db, 'confusion', { trial: ':key' });
  const addConfusion = db.prepare(
    `INSERT INTO main.confusion (${confusion.names}) SELECT ${confusion.values} FROM other.confusion WHERE trial = :otherKey`,
  );
  const mistakes = columnsOf(db, 'mistakes', { trial: ':key' });
  const addMistakes = db.prepare(
    `INSERT INTO main.mistakes (${mistakes.names}) SELECT ${mistakes.values} FROM other.mistakes WHERE trial = :otherKey`,
  );
  const setState = db.prepare('UPDATE main.trials SET state = ? WHERE key = ?');

  return ({ key, otherKey, state, otherState }) => {
    const isTaken = (rank[otherState] ?? 0) > (rank[state] ?? 0);
    const moved: { key: number; number: number; otherKey: number; otherNumber: number }[] = [];
    for (const { number: otherNumber, token } of attempts.all(otherKey)) {
      const same = known.get(key, token);
      const number = same ?? (last.get(key) ?? 0) + 1;
      const at = { key, number, otherKey, otherNumber };
      // The same attempt in both: one store is a later copy of the other, and the attempt that has ended says more.
      if (same === undefined || (isTaken && isOpen.get(key, number) === 1)) addAttempt.run(at);
      moved.push(at);
    }
    if (!isTaken) return;
    interrupt.run(key);
    forget.run(key);
    for (const at of moved) addEpochs.run(at);
    if (otherState === 'completed') {
      for (const at of moved) addResult.run(at);
      addConfusion.run({ key, otherKey });
      addMistakes.run({ key, otherKey });
    }
    setState.run(otherState, key);
  };
}

/** The columns of a table, with expressions in place of some of them. */
function columnsOf(db: Db, table: string, replaced: Readonly<Record<string, string>>) {
  const names = (db.pragma(`main.table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  return { names: names.join(', '), values: names.map((name) => replaced[name] ?? name).join(', ') };
}
