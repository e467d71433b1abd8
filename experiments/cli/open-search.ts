import { existsSync } from 'node:fs';
import { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import { InputError, show } from '../../search/base/errors.js';
import { withSavingsOf } from '../../search/plan/fit-plan.js';
import type { Plan } from '../../search/plan/plan.js';
import { latestRevision } from '../run/extensions.js';
import { planFromOptions } from './options/experiment-options.js';

/** The store of an experiment's search unless `--store` names another. Simulated searches have a separate store. */
export function defaultStore(experiment: string, simulated: boolean): string {
  return `runs/${experiment}${simulated ? '.simulated' : ''}.sqlite`;
}

export interface SearchOptions {
  readonly store?: string;
  readonly search?: string;
  readonly simulated?: boolean;
}

/** The search that is asked for. */
interface Wanted {
  readonly store: string;
  /** Null: any. */
  readonly name: string | null;
  /** The plan of the experiment file as it is now, to notice a stored plan that differs. */
  readonly plan: Plan | null;
}

/**
 * Opens the store that an experiment file, a store file or `--store` names, calls `use` with the search in question and closes the store.
 * That search is the one whose plan hash begins with `--search`, or the latest of the experiment, real unless `--simulated` is given.
 */
export async function withSearch<T>(
  file: string,
  options: SearchOptions,
  use: (reader: StoreReader, summary: SearchSummary) => T,
): Promise<T> {
  const wanted = await wantedSearch(file, options);
  if (!existsSync(wanted.store)) {
    const hint = wanted.name === null ? '' : `; triscale run ${file} creates it`;
    throw new InputError('missing-file', `store ${show(wanted.store)} does not exist${hint}`);
  }
  const reader = StoreReader.open(wanted.store);
  try {
    const summary = findSearch(reader, wanted, options);
    if (wanted.plan && summary.simulation === null) {
      // How trainings save memory depends on the machine, not on the file.
      const { hash } = withSavingsOf(wanted.plan, reader.plan(summary.id));
      if (summary.hash !== hash && summary.hash !== latestRevision(reader, hash)?.hash)
        process.stderr.write(
          `note: the store holds plan ${summary.hash.slice(0, 12)}; ${file} now gives plan ${hash.slice(0, 12)}\n`,
        );
    }
    return use(reader, summary);
  } finally {
    reader.close();
  }
}

async function wantedSearch(file: string, { store, simulated = false }: SearchOptions): Promise<Wanted> {
  if (/\.(sqlite3?|db)$/i.test(file)) return { store: store ?? file, name: null, plan: null };
  const plan = await planFromOptions(file, {});
  const { name } = plan.spec;
  return { store: store ?? defaultStore(name, simulated), name, plan };
}

function findSearch(reader: StoreReader, { store, name }: Wanted, { search, simulated }: SearchOptions): SearchSummary {
  const all = reader.searches();
  const found = all.findLast(
    (one) =>
      (name === null || one.name === name) &&
      (name === null || (one.simulation !== null) === (simulated ?? false)) &&
      (search === undefined || one.hash.startsWith(search)),
  );
  if (found) return found;
  const hash = search === undefined ? '' : ` whose hash begins with ${show(search)}`;
  const kind = name === null ? 'search' : `${simulated ? 'simulated' : 'real'} search called ${show(name)}`;
  const held = all.map((one) => `${one.name} ${one.hash.slice(0, 12)}${one.simulation ? ' (simulated)' : ''}`);
  throw new InputError(
    'unknown-name',
    `store ${show(store)} has no ${kind}${hash}; it has ${held.join(', ') || 'none at all'}`,
  );
}
