import type { Shape } from '../../../../../search/network/layers/index.js';
import { type BatchPart, splitEvenly } from '../../../batch-parts.js';
import { type Images, partOf } from '../images.js';
import { Rendezvous } from './rendezvous.js';

const floatBytes = Float32Array.BYTES_PER_ELEMENT;
const doubleBytes = Float64Array.BYTES_PER_ELEMENT;

/** Numbers of an order: images (or none, to load), step and learning rate. */
const orderSize = 3;
const toLoad = -1;

/** What all threads do next. It is written into the exchange: a message would take as long as a part of a small network's step. */
export type Order =
  | { readonly order: 'step'; readonly images: number; readonly step: number; readonly learningRate: number }
  /** Take the values of all variables, in the order of `Trainer.variables`, from the `SharedArrayBuffer` that was sent as a message. */
  | { readonly order: 'load' };

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
 * Memory that the threads of one training share: the order that they follow, the images of each shard, what each shard computes of them,
 * and the mean of that. Nobody waits in here; the meetings of `Rendezvous` see to it that nobody reads what is being written.
 */
export class Exchange {
  /** Of what the shards computed, weighted by their images. */
  readonly mean: Float32Array;
  private readonly order: Float64Array;
  /** Loss and most bytes of each shard. */
  private readonly reports: Float64Array;
  private readonly places: Places;

  constructor(
    readonly layout: ExchangeLayout,
    readonly memory: SharedArrayBuffer = new SharedArrayBuffer(placesOf(layout).bytes),
  ) {
    this.places = placesOf(layout);
    this.order = new Float64Array(memory, this.places.order, orderSize);
    this.reports = new Float64Array(memory, this.places.reports, 2 * layout.shards);
    this.mean = new Float32Array(memory, this.places.results, layout.results);
  }

  /** Where the thread of a shard meets the others. */
  rendezvous(shard: number): Rendezvous {
    return new Rendezvous(this.memory, 0, this.layout.shards, shard);
  }

  give(order: Order): void {
    this.order.set(order.order === 'load' ? [toLoad] : [order.images, order.step, order.learningRate]);
  }

  take(): Order {
    const [images = 0, step = 0, learningRate = 0] = this.order;
    return images === toLoad ? { order: 'load' } : { order: 'step', images, step, learningRate };
  }

  /** Copies its images to every shard but the first, which is the giver's own. Returns those of the first. */
  deal(batch: Images): Images {
    const { imageSize } = this.places;
    const parts = this.partsOf(batch.count).map((part) => partOf(batch, part, imageSize));
    parts.slice(1).forEach((part, i) => {
      const { pixels, labels } = this.images(i + 1, batch.count);
      pixels.set(part.pixels);
      labels.set(part.labels);
    });
    return parts[0] as Images;
  }

  /** The images of a batch of so many that were dealt to a shard. */
  images(shard: number, ofBatch: number): Images {
    const { images, imageSize, mostImages } = this.places;
    const { count } = this.partsOf(ofBatch)[shard] as BatchPart;
    const start = images + floatBytes * (shard - 1) * mostImages * (imageSize + 1);
    return {
      pixels: new Float32Array(this.memory, start, count * imageSize),
      labels: new Int32Array(this.memory, start + floatBytes * mostImages * imageSize, count),
      count,
    };
  }

  /** What a shard has computed. */
  results(shard: number): Float32Array {
    const { results } = this.layout;
    return new Float32Array(this.memory, this.places.results + floatBytes * results * (1 + shard), results);
  }

  /** The mean loss of a shard's images, and the most bytes that its engine has held. */
  report(shard: number, loss: number, peakBytes: number): void {
    this.reports.set([loss, peakBytes], 2 * shard);
  }

  /** The mean loss of a batch of so many images. */
  loss(images: number): number {
    return this.partsOf(images).reduce(
      (sum, { count }, shard) => sum + ((this.reports[2 * shard] as number) * count) / images,
      0,
    );
  }

  /** Most bytes that the engine of a shard has held when it last reported. */
  peakBytes(shard: number): number {
    return this.reports[2 * shard + 1] as number;
  }

  /**
   * Writes this shard's share of the mean of what a batch of so many images gave, always over the shards in their order: the same number
   * of shards gives the same sum to the last bit, whichever thread comes first.
   */
  reduce(shard: number, images: number): void {
    const { offset, count } = splitEvenly(this.layout.results, this.layout.shards)[shard] as BatchPart;
    const mean = this.mean.subarray(offset, offset + count).fill(0);
    this.partsOf(images).forEach((part, other) => {
      // A shard without images has computed nothing.
      if (part.count > 0) addWeighted(mean, part.count / images, this.results(other).subarray(offset, offset + count));
    });
  }

  private partsOf(images: number): BatchPart[] {
    return splitEvenly(images, this.layout.shards);
  }
}

function addWeighted(sums: Float32Array, weight: number, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * (values[i] as number);
}

/** Where things begin, in bytes; sizes of images in numbers. */
interface Places {
  readonly order: number;
  readonly reports: number;
  /** The mean, then the results of each shard. */
  readonly results: number;
  /** Pixels and labels of each shard but the first. */
  readonly images: number;
  readonly imageSize: number;
  readonly mostImages: number;
  /** Of all. */
  readonly bytes: number;
}

function placesOf({ shards, results, batch, shape: [height, width, channels] }: ExchangeLayout): Places {
  const imageSize = height * width * channels;
  const mostImages = Math.ceil(batch / shards);
  const places = { order: Rendezvous.bytes(shards), reports: 0, results: 0, images: 0, imageSize, mostImages };
  places.reports = places.order + doubleBytes * orderSize;
  places.results = places.reports + doubleBytes * 2 * shards;
  places.images = places.results + floatBytes * results * (1 + shards);
  return { ...places, bytes: places.images + floatBytes * (shards - 1) * mostImages * (imageSize + 1) };
}
