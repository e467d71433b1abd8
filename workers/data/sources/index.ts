import type { DatasetSpec } from '../../../search/plan/dataset.js';
import { cifar10 } from './cifar10.js';
import { folder } from './folder/index.js';
import { parquet } from './parquet.js';
import { shapes } from './shapes/index.js';
import type { Source } from './source.js';
import { table } from './table.js';
import { tar } from './tar.js';
import { zip } from './zip.js';

type SpecOf<Name extends DatasetSpec['source']> = Extract<DatasetSpec, { source: Name }>;
type Registry = { readonly [Name in DatasetSpec['source']]: Source<SpecOf<Name>> };

/** Every source by its name in an experiment. `recogniseSource` asks them in this order. */
export const sources: Registry = { shapes, cifar10, table, zip, tar, parquet, folder };

/** The source of a dataset. */
export function sourceOf(spec: DatasetSpec, registry: Registry = sources): Source {
  // The name and the form of a dataset belong together, which the compiler cannot see across a look-up.
  return registry[spec.source] as Source;
}

/** The name of the first source that can read what lies at a path; null where none can. */
export async function recogniseSource(
  place: string,
  registry: Registry = sources,
): Promise<Exclude<DatasetSpec['source'], 'shapes'> | null> {
  for (const [name, source] of Object.entries(registry)) {
    if (await source.recognise(place)) return name as Exclude<DatasetSpec['source'], 'shapes'>;
  }
  return null;
}
