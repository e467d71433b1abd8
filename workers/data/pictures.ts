import type { DatasetSpec } from '../../search/plan/dataset.js';
import { identifyImages } from './make-dataset.js';
import { decodeImages } from './pixels.js';
import type { ImageSource, SourceImage } from './sources/source.js';

/** The validation images of a dataset, to be looked at one by one. */
export interface Pictures {
  readonly classes: readonly string[];
  /** As `Dataset.digest`: equal ones have the same images at the same places. */
  readonly digest: string;
  readonly nativeResolutionPx: number;
  /** Index of the class of each image, by its place in the validation split. */
  readonly labels: readonly number[];
  /**
   * RGB bytes of the images at these places, each resized to a square of this side. Throws `bad-data` where the files are not what they were
   * when this was opened.
   */
  decode(places: readonly number[], resolutionPx: number): Promise<Uint8Array[]>;
}

/** The pictures of a source's images. Nothing is cached: they are a few. */
export function openPictures<Image extends SourceImage>(source: ImageSource<Image>, spec: DatasetSpec): Pictures {
  const { classes, nativeResolutionPx } = source;
  const { images, digest } = identifyImages(source, spec);
  const { validation } = images;
  const labelOf = new Map(classes.map((name, i) => [name, i]));
  return {
    classes,
    digest,
    nativeResolutionPx,
    labels: validation.map(({ className }) => labelOf.get(className) as number),
    async decode(places, resolutionPx) {
      const wanted = places.map((place) => {
        const image = validation[place];
        if (!image) throw new RangeError(`expected a place below ${validation.length}, got ${place}`);
        return image;
      });
      const pixels = await decodeImages(source, wanted, resolutionPx);
      const bytesEach = resolutionPx * resolutionPx * 3;
      return wanted.map((_, i) => pixels.subarray(i * bytesEach, (i + 1) * bytesEach));
    },
  };
}
