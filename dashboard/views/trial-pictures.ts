import type { StoreReader } from '../../db/reader.js';
import { InputError } from '../../search/base/errors.js';
import type { PicturesView } from '../api.js';
import { type PictureSource, shownPx } from './pictures.js';
import type { StoreViews } from './store-views.js';

interface Shown {
  readonly view: PicturesView;
  /** By place in the validation split. */
  readonly pngs: ReadonlyMap<number, Buffer>;
}

/** Trials whose pictures are kept: each has some hundred kilobytes. */
const mostKept = 16;

/** Pictures of the validation images that trials get wrong: those that the store lists, and no others. */
export class TrialPictures {
  private readonly kept = new Map<string, Promise<Shown | null>>();

  constructor(
    private readonly reader: StoreReader,
    private readonly views: StoreViews,
    private readonly source: PictureSource | undefined,
  ) {}

  /** Whether a trial's pictures can be shown, or why not; null for a trial that is not in this search or has no sample of mistakes. */
  async view(searchId: number, trialId: string): Promise<PicturesView | null> {
    return (await this.shown(searchId, trialId))?.view ?? null;
  }

  /** The PNG file of one of a trial's mistakes; null for any other image. */
  async png(searchId: number, trialId: string, image: number): Promise<Buffer | null> {
    return (await this.shown(searchId, trialId))?.pngs.get(image) ?? null;
  }

  /** Pictures are kept, since a result never changes; a reason why there are none is found out anew. */
  private async shown(searchId: number, trialId: string): Promise<Shown | null> {
    const key = `${searchId} ${trialId}`;
    const known = this.kept.get(key);
    if (known) return known;
    const making = this.make(searchId, trialId);
    this.kept.set(key, making);
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
    let shown: Shown | null = null;
    try {
      shown = await making;
      return shown;
    } finally {
      if (shown === null || shown.view.missing !== null) this.kept.delete(key);
    }
  }

  /** Reads the store before it waits for the images: by then another store may have taken its place, and this one be closed. */
  private async make(searchId: number, trialId: string): Promise<Shown | null> {
    const plan = this.views.plan(searchId);
    if (!plan?.trials.some(({ id }) => id === trialId)) return null;
    const stored = this.reader.mistakes(trialId);
    if (!stored) return null;
    const missing = (reason: string): Shown => ({
      view: { classes: null, sidePx: null, missing: reason },
      pngs: new Map(),
    });
    if (!this.source) return missing('this server was started without access to the images');
    try {
      const data = { dataset: plan.dataset, digest: stored.datasetDigest };
      const { classes, sidePx, pngs } = await this.source(data, stored.images, shownPx);
      return {
        view: { classes, sidePx, missing: null },
        pngs: new Map(stored.images.map(({ image }, i) => [image, pngs[i] as Buffer])),
      };
    } catch (error) {
      if (error instanceof InputError) return missing(error.message);
      throw error;
    }
  }
}
