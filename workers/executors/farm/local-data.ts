import { canonicalJson } from '../../../search/base/hash.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import { openDataset } from '../../data/open.js';
import { sourceOf } from '../../data/sources/index.js';

/** How long a dataset that could not be opened is not tried again. */
const failureHoldsMs = 30_000;

/** The datasets of a worker: where they lie on this machine, and what is in them. */
export class LocalData {
  private readonly digests = new Map<string, Promise<string>>();

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

  /** Digest of a located dataset. It is read once: whoever changes the images restarts the worker. Rejects when it cannot be trained on. */
  digest(spec: DatasetSpec): Promise<string> {
    const key = canonicalJson(spec);
    let digest = this.digests.get(key);
    if (!digest) {
      digest = openDataset(spec, { cacheFolder: this.cacheFolder }).then((dataset) => dataset.digest);
      this.digests.set(key, digest);
      digest.catch(() => {
        setTimeout(() => this.digests.delete(key), failureHoldsMs).unref();
      });
    }
    return digest;
  }
}
