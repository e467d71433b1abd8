import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { triscale } from '../support/command-line.js';
import { scratchFolder } from '../support/scratch.js';

/** A search of a fixture, with what the program that wrote the store answered about it. */
interface Answers {
  readonly hash: string;
  readonly status: object;
  readonly select: object;
  /** An export of its coefficients. */
  readonly coefficients: object;
}

const fixtures = path.join(import.meta.dirname, 'fixtures');
const folder = scratchFolder('older-stores');
const options = { cwd: folder, env: { TRISCALE_CACHE: path.join(folder, 'cache') } };
const answers: Record<string, Answers[]> = JSON.parse(readFileSync(path.join(fixtures, 'answers.json'), 'utf8'));
const stores = Object.keys(answers);

/** The default rule of that program. */
const rule = 'fewest-activations';

/** A copy of a fixture, in a folder of its own. */
function storeOf(name: string): string {
  const file = path.join(folder, `${name}-${crypto.randomUUID()}`, `${name}.sqlite`);
  mkdirSync(path.dirname(file));
  copyFileSync(path.join(fixtures, `${name}.sqlite`), file);
  return file;
}

async function ask(...args: string[]): Promise<object> {
  const { code, out, err } = await triscale([...args, '--json'], options);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

/** An answer without its sentences, whose wording may change, and without counts of nothing. */
function numbersOf(answer: unknown): unknown {
  if (typeof answer === 'string') return answer.includes(' ') ? undefined : answer;
  if (Array.isArray(answer)) return answer.map(numbersOf);
  if (typeof answer !== 'object' || answer === null) return answer;
  const fields = Object.entries(answer).map(([key, value]) => [key, key === 'skipped' ? undefined : numbersOf(value)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

describe('a store of schema 5', () => {
  it.each(stores)('answers as it did, without being changed: %s', { timeout: 120_000 }, async (name) => {
    const file = storeOf(name);
    const before = readFileSync(file);
    for (const { hash, status, select, coefficients } of answers[name]!) {
      const at = [file, '--search', hash];
      const { tieSet: ___, ...progress } = numbersOf(status) as Record<string, unknown>;
      expect(numbersOf(await ask('status', ...at))).toMatchObject(progress);
      // That program ranked accuracy as trained, by the rule of this name; its checks and comparisons were others.
      const { health: _, comparison: __, advice: _____, ...chosen } = numbersOf(select) as Record<string, unknown>;
      const isByHand = (select as { choice: { rule: string } }).choice.rule === 'by-hand';
      if (isByHand)
        expect(numbersOf(await ask('select', ...at))).toMatchObject({ chosen: chosen.chosen, choice: chosen.choice });
      else expect(numbersOf(await ask('select', ...at, '--rule', rule))).toMatchObject({ ...chosen, store: file });
      const out = path.join(path.dirname(file), 'coefficients.json');
      if (!isByHand) {
        await ask('export', ...at, '--out', out, '--rule', rule);
        const { version: ____, advice: ______, ...said } = numbersOf(coefficients) as Record<string, unknown>;
        expect(numbersOf(JSON.parse(readFileSync(out, 'utf8')))).toMatchObject(said);
      }
      writeFileSync(out, JSON.stringify(coefficients));
      await ask('verify', out, '--store', file);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it.each(stores)('answers the same once it is brought up to date: %s', (name) => {
    const file = storeOf(name);
    const contents = (reader: StoreReader) =>
      reader.searches().map((summary) => ({
        summary,
        plan: reader.plan(summary.id),
        trials: reader.trials(summary.id),
        curves: reader.curves(summary.id),
        attempts: reader.attempts(summary.id),
        handChoice: reader.handChoice(summary.id),
        events: reader.latestEvents(summary.id, 100),
        extensions: reader.extensions(),
      }));
    const reader = StoreReader.open(file);
    const before = contents(reader);
    reader.close();
    const store = Store.open(file);
    expect(contents(store.read)).toEqual(before);
    store.close();
  });

  it.each([
    ['interrupted', 'longer.json', 3],
    ['complete', 'small.json', 0],
    ['cancelled', 'cancelled.json', 0],
    ['simulated', 'small.json', 0],
  ] as const)(
    'goes on to the end, and trains nothing that is finished again: %s',
    {
      timeout: 180_000,
    },
    async (name, experiment, left) => {
      const file = storeOf(name);
      const finished = resultsOf(file);
      const simulated = name === 'simulated' ? ['--simulate'] : [];
      const args = [path.join(fixtures, experiment), '--store', file, '--engine', 'wasm', '--gigaflops', '10'];
      const ran = await triscale(['run', ...args, ...simulated], options);
      expect(ran, ran.err).toMatchObject({ code: 0 });
      const now = resultsOf(file);
      expect(now.slice(0, finished.length)).toEqual(finished);
      expect(now.length).toBeGreaterThanOrEqual(finished.length + left);
      const reader = StoreReader.open(file);
      for (const { id, trials } of reader.searches()) {
        expect(trials).toMatchObject({ queued: 0, running: 0, failed: 0, cancelled: name === 'cancelled' ? 4 : 0 });
        const completed = reader.attempts(id).filter(({ state }) => state === 'completed');
        expect(new Set(completed.map(({ trialId }) => trialId)).size).toBe(completed.length);
      }
      reader.close();
    },
  );
});

/** Every result of a store with the attempt and the times of that, in the order in which they came. */
function resultsOf(file: string): unknown[] {
  const db = openSqlite(file, { readonly: true });
  try {
    return db
      .prepare(`
        SELECT trials.id, results.*, token, started_ms, ended_ms FROM results JOIN attempts USING (trial)
        JOIN trials ON trials.key = results.trial WHERE attempts.number = results.attempt ORDER BY ended_ms, trials.key`)
      .all();
  } finally {
    db.close();
  }
}
