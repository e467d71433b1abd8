import type { Shape } from '../../../search/layers.js';
import { type BatchPart, splitEvenly } from '../batch-parts.js';
import type { Batch } from '../batches.js';

const floatBytes = 4;

/** What all threads of a training must agree on. */
export interface ExchangeLayout {
  readonly shards: number;
  /** Numbers that a shard gives: its gradients and batch norm's moving statistics. */
  readonly results: number;
  /** Images of a whole batch. */
  readonly batch: number;
  readonly shape: Shape;
}

/**
 * Memory that the threads of one training share: the images of each shard, what each shard computes of them, and the mean of that.
 * Nobody waits in here; `ShardPool` sees to it that nobody reads what is being written.
 */
export class Exchange {
  /** Of what the shards computed, weighted by their images. */
  readonly mean: Float32Array;
  private readonly imageSize: number;
  private readonly mostImages: number;

  constructor(
    readonly layout: ExchangeLayout,
    readonly memory: SharedArrayBuffer = new SharedArrayBuffer(bytesOf(layout)),
  ) {
    this.imageSize = imageSizeOf(layout);
    this.mostImages = mostImagesOf(layout);
    this.mean = new Float32Array(memory, 0, layout.results);
  }

  /** Copies a batch to the shards. Returns the images of each. */
  deal({ pixels, labels, count }: Batch): BatchPart[] {
    const parts = splitEvenly(count, this.layout.shards);
    parts.forEach((part, shard) => {
      const images = this.images(shard, part.count);
      images.pixels.set(pixels.subarray(part.offset * this.imageSize, (part.offset + part.count) * this.imageSize));
      images.labels.set(labels.subarray(part.offset, part.offset + part.count));
    });
    return parts;
  }

  /** The images that were dealt to a shard. */
  images(shard: number, count: number): Batch {
    const start = this.layout.results * (1 + this.layout.shards) + shard * this.mostImages * (this.imageSize + 1);
    return {
      pixels: new Float32Array(this.memory, floatBytes * start, count * this.imageSize),
      labels: new Int32Array(this.memory, floatBytes * (start + this.mostImages * this.imageSize), count),
      count,
    };
  }

  /** What a shard has computed. */
  results(shard: number): Float32Array {
    return new Float32Array(this.memory, floatBytes * this.layout.results * (1 + shard), this.layout.results);
  }

  /**
   * Writes this shard's share of the mean, always over the shards in their order: the same number of shards gives the same sum to the
   * last bit, whichever thread comes first.
   */
  reduce(shard: number, counts: readonly number[]): void {
    const { offset, count } = splitEvenly(this.layout.results, this.layout.shards)[shard] as BatchPart;
    const images = counts.reduce((sum, one) => sum + one, 0);
    // A shard without images has computed nothing.
    const given = counts.flatMap((one, other) =>
      one > 0 ? [{ weight: one / images, values: this.results(other).subarray(offset, offset + count) }] : [],
    );
    const mean = this.mean.subarray(offset, offset + count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (const { weight, values } of given) sum += weight * (values[i] as number);
      mean[i] = sum;
    }
  }
}

function imageSizeOf({ shape: [height, width, channels] }: ExchangeLayout): number {
  return height * width * channels;
}

function mostImagesOf({ batch, shards }: ExchangeLayout): number {
  return Math.ceil(batch / shards);
}

function bytesOf(layout: ExchangeLayout): number {
  const images = layout.shards * mostImagesOf(layout) * (imageSizeOf(layout) + 1);
  return floatBytes * (layout.results * (1 + layout.shards) + images);
}
