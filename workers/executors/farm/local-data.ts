import { canonicalJson } from '../../../search/base/hash.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { sourceOf } from '../../data/sources/index.js';

/** How long a dataset that could not be opened is not tried again. */
const failureHoldsMs = 30_000;

/** What a worker knows of a dataset that it has opened. */
export type DataFacts = Pick<Dataset, 'digest' | 'counts'>;

/** The datasets of a worker: where they lie on this machine, and what is in them. */
export class LocalData {
  private readonly known = new Map<string, Promise<DataFacts>>();

  /** `folders`: where a dataset is looked for, by the last part of its path, when it is not where it is on the coordinator's machine. */
  constructor(
    private readonly cacheFolder: string,
    private readonly folders: readonly string[] = [],
  ) {}

  /** The dataset as it is to be opened here; null when this machine lacks it. */
  locate(spec: DatasetSpec): DatasetSpec | null {
    return sourceOf(spec).locate(spec, this.folders).found;
  }

  /** Where `locate` looks for a dataset, in words. */
  places(spec: DatasetSpec): string {
    return sourceOf(spec).locate(spec, this.folders).places.join(' or ') || 'nowhere';
  }

  /** Digest and size of a located dataset. It is read once: whoever changes the images restarts the worker. Rejects when it cannot be trained on. */
  facts(spec: DatasetSpec): Promise<DataFacts> {
    const key = canonicalJson(spec);
    let facts = this.known.get(key);
    if (!facts) {
      facts = openDataset(spec, { cacheFolder: this.cacheFolder }).then(({ digest, counts }) => ({ digest, counts }));
      this.known.set(key, facts);
      facts.catch(() => {
        setTimeout(() => this.known.delete(key), failureHoldsMs).unref();
      });
    }
    return facts;
  }
}
