import { InputError } from '../../../../search/base/errors.js';
import { childSeed, Random } from '../../../../search/base/random.js';
import type { DatasetSpec } from '../../../../search/plan/dataset.js';
import { splits } from '../../dataset.js';
import type { ImageSource, Reader, Source, SourceImage } from '../source.js';
import { arrangements } from './arrangements.js';
import { Canvas } from './canvas.js';
import { forms } from './forms.js';
import { drawScene, type Motif, scenePx } from './scene.js';
import { textures } from './textures.js';

/**
 * Part of the digest: goes up whenever a picture changes by a bit. A test holds it to the hash of some pictures.
 */
export const drawingVersion = 2;

const motifs: ReadonlyMap<string, Motif> = new Map<string, Motif>([
  ...Object.entries(textures).map(([name, texture]) => [name, { texture }] as const),
  ...Object.entries(forms).map(([name, form]) => [name, { form }] as const),
  ...Object.entries(arrangements).map(([name, arrangement]) => [name, { arrangement }] as const),
]);

/** Textures, then forms, then arrangements. */
export const shapeClasses: readonly string[] = [...motifs.keys()];

/** Where a picture comes from. */
interface ShapePlace {
  readonly className: string;
  readonly seed: number;
}

type ShapesSpec = Extract<DatasetSpec, { source: 'shapes' }>;

/** Pictures drawn by the program: they need no files, so they are on every machine. */
export const shapes: Source<ShapesSpec> = {
  recognise: async () => false,
  classes: async () => shapeClasses.length,
  count: async ({ train }) => train,
  open: openShapes,
  reader: shapeReader,
  locate: (spec) => ({ found: spec, places: [] }),
};

/** Pictures drawn from a seed, the same on every machine. Every class gets the same number of each split, to within one. Throws `bad-data`. */
export async function openShapes(spec: ShapesSpec): Promise<ImageSource> {
  const images: SourceImage[] = [];
  for (const split of splits) {
    const count = spec[split];
    if (count < shapeClasses.length) {
      const rule = `expected at least ${shapeClasses.length} images, one of each class`;
      throw new InputError('bad-data', `data.${split}: ${rule}, got ${count}`);
    }
    for (let i = 0; i < count; i++) {
      const className = shapeClasses[i % shapeClasses.length] as string;
      const seed = childSeed(spec.seed, 'shapes', split, i);
      const name = `${split}/${className}/${String(i).padStart(6, '0')}`;
      images.push({
        name,
        className,
        split,
        content: `${drawingVersion} ${className} ${seed}`,
        place: { className, seed },
      });
    }
  }
  return {
    classes: shapeClasses,
    nativeResolutionPx: scenePx,
    images,
    bad: [],
    decoder: 'drawn-area-1',
    reader: shapeReader(),
  };
}

function shapeReader(): Reader {
  const canvas = new Canvas(scenePx);
  return {
    async load({ place }) {
      const pixels = new Uint8ClampedArray(scenePx * scenePx * 3);
      const { className, seed } = place as ShapePlace;
      drawScene(canvas, motifs.get(className) as Motif, new Random(seed));
      canvas.writeBytes(pixels);
      return { kind: 'square', sidePx: scenePx, pixels };
    },
  };
}
