import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../../../../search/network/layers/index.js';
import type { Normalisation } from '../../../data/dataset.js';
import type { Batch } from '../../../data/loader/batches.js';
import type { BatchPart } from '../../batch-parts.js';

/** Normalised images and their classes. The buffers are used again for the next batch. */
export interface Images {
  /** NHWC; the first count · height · width · channels numbers are valid. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

/** Normalises batches of bytes into one buffer: (byte / 255 − mean) / std by table, mirrored and shifted. Beyond an image's edge is 0, the mean colour. */
export class Normaliser {
  private readonly tables: readonly Float32Array[];
  private pixels = new Float32Array(0);

  constructor({ mean, std }: Normalisation) {
    this.tables = mean.map((centre, channel) =>
      Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - centre) / (std[channel] as number)),
    );
  }

  normalise({ shape, pixels, labels, count, variations }: Batch): Images {
    const size = elements(shape);
    if (this.pixels.length < count * size) this.pixels = new Float32Array(count * size);
    for (let i = 0; i < count; i++) {
      if (!variations) this.write(pixels, shape, i, false, 0, 0);
      else {
        const [mirrored, top, left] = variations.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
        this.write(pixels, shape, i, mirrored !== 0, top, left);
      }
    }
    return { pixels: this.pixels, labels, count };
  }

  /** Writes image `i` of a batch. `top`, `left`: where its crop begins. */
  private write(source: Uint8Array, shape: Shape, i: number, mirrored: boolean, top: number, left: number): void {
    const { pixels, tables } = this;
    const [height, width, channels] = shape;
    const base = i * elements(shape);
    if (top !== 0 || left !== 0) pixels.fill(0, base, base + elements(shape));
    const firstColumn = Math.max(0, -left);
    const lastColumn = Math.min(width, width - left);
    for (let y = Math.max(0, -top); y < Math.min(height, height - top); y++) {
      const fromRow = base + (y + top) * width * channels;
      const toRow = base + y * width * channels;
      for (let x = firstColumn; x < lastColumn; x++) {
        const column = mirrored ? width - 1 - (x + left) : x + left;
        const from = fromRow + column * channels;
        const to = toRow + x * channels;
        for (let channel = 0; channel < channels; channel++) {
          pixels[to + channel] = (tables[channel] as Float32Array)[source[from + channel] as number] as number;
        }
      }
    }
  }
}

/** Images as a tensor [count, height, width, channels]. */
export function toTensor({ pixels, count }: Images, [height, width, channels]: Shape): tf.Tensor4D {
  return tf.tensor4d(pixels.subarray(0, count * height * width * channels), [count, height, width, channels]);
}

/** The images of a part of a batch, without a copy. `imageSize`: numbers of one image. */
export function partOf({ pixels, labels }: Images, { offset, count }: BatchPart, imageSize: number): Images {
  return {
    pixels: pixels.subarray(offset * imageSize, (offset + count) * imageSize),
    labels: labels.subarray(offset, offset + count),
    count,
  };
}

function elements([height, width, channels]: Shape): number {
  return height * width * channels;
}
