import { existsSync } from 'node:fs';
import { StoreReader } from '../../db/reader.js';
import type { SearchSummary } from '../../db/records.js';
import { InputError, show } from '../../search/errors.js';
import { loadExperiment } from './experiment-file.js';

/** Where the search of an experiment is stored unless `--store` says otherwise. Simulated searches have a store of their own. */
export function defaultStore(experiment: string, simulated: boolean): string {
  return `runs/${experiment}${simulated ? '.simulated' : ''}.sqlite`;
}

export interface SearchOptions {
  readonly store?: string;
  readonly search?: string;
  readonly simulated?: boolean;
}

/**
 * Opens the store that an experiment file, a store file or `--store` names, calls `use` with the search in question and closes the store.
 * That search is the one whose plan hash begins with `--search`, or the latest of the experiment.
 */
export function withSearch<T>(
  file: string,
  options: SearchOptions,
  use: (reader: StoreReader, summary: SearchSummary) => T,
): T {
  const isStore = /\.(sqlite3?|db)$/i.test(file);
  const name = isStore ? undefined : loadExperiment(file).spec.name;
  const store = options.store ?? (name === undefined ? file : defaultStore(name, options.simulated ?? false));
  if (!existsSync(store)) {
    const hint = name === undefined ? '' : `; triscale run ${file} makes it`;
    throw new InputError('missing-file', `store: expected a store, got ${show(store)}, which does not exist${hint}`);
  }
  const reader = StoreReader.open(store);
  try {
    const all = reader.searches();
    const summary = all.findLast(
      (search) =>
        (name === undefined || search.name === name) &&
        (options.search === undefined || search.hash.startsWith(options.search)),
    );
    if (!summary) {
      const wanted = options.search
        ? `a search whose hash begins with ${show(options.search)}`
        : `a search called ${show(name)}`;
      const held = all.map((search) => `${search.name} ${search.hash.slice(0, 12)}`).join(', ') || 'none';
      throw new InputError('unknown-name', `store: expected ${wanted} in ${store}, got ${held}`);
    }
    return use(reader, summary);
  } finally {
    reader.close();
  }
}
