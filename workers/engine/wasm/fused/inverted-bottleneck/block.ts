import type * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../../kernels.js';
import type { Runtime, Take } from '../../runtime.js';
import { Normaliser } from '../../stages/normaliser.js';
import { convolutionWindow, type Window, type WindowAttributes } from '../../window.js';

/**
 * Tensors by name. A map: objects whose properties are put together at run time leave V8 a hidden class each, which only a full garbage
 * collection takes away.
 */
export type Named<T extends tf.TensorInfo = tf.TensorInfo> = ReadonlyMap<string, T>;

/** One of the three convolutions with its batch norm. */
export type Part = 'expand' | 'depthwise' | 'project';

export interface Attributes {
  readonly strides: number;
  readonly pad: WindowAttributes['pad'];
  readonly kinds: Readonly<Record<Part, number>>;
  readonly epsilons: Readonly<Record<Part, number>>;
  /** The activation inside of squeeze-and-excite. */
  readonly squeezeKind: number;
  /** Names of the kernel's inputs, in order. */
  readonly inputs: readonly string[];
}

/** The kernel's outputs behind y, which the backward pass reads: each convolution's result with its statistics, and the gate's parts. */
export function savedNames(inputs: readonly string[]): string[] {
  const has = (name: string): boolean => inputs.includes(name);
  return [
    ...(has('expandFilter') ? ['expanded', 'expandMean', 'expandVariance'] : []),
    ...['filtered', 'depthwiseMean', 'depthwiseVariance'],
    ...(has('w1') ? ['pooled', 'hidden', 'gate'] : []),
    ...['projected', 'projectMean', 'projectVariance'],
  ];
}

/**
 * Bytes of what the depthwise convolution reads and writes of some images. Up to eight buffers of that size are used from one kernel to the
 * next and should stay in the second cache level.
 */
const chunkBytes = 1 << 18;

/** Output pixels that are worth a matrix product: with fewer, adding to a weight's gradient costs as much as computing it. */
const leastPixels = 64;

/** Sizes of a block, worked out from the shapes of its operands. */
export class BlockShape {
  readonly window: Window;
  readonly batch: number;
  readonly inChannels: number;
  /** Channels of the depthwise convolution. */
  readonly channels: number;
  readonly outChannels: number;
  /** Channels of the squeezed layer, 0 without squeeze-and-excite. */
  readonly squeezed: number;
  readonly inPixels: number;
  readonly outPixels: number;
  /** Images that are handled together between two statistics. */
  readonly images: number;
  /** Rows of the expansion that are handled together. */
  readonly rows: number;

  constructor(tensors: Named, attributes: Attributes) {
    const [batch, height, width, inChannels] = shapeOf(tensors.get('x'));
    const filter = shapeOf(tensors.get('depthwiseFilter'));
    this.batch = batch;
    this.inChannels = inChannels;
    this.channels = filter[2];
    this.outChannels = shapeOf(tensors.get('projectFilter'))[3];
    this.squeezed = tensors.get('w1')?.shape[1] ?? 0;
    this.window = convolutionWindow([batch, height, width, this.channels], filter, attributes, true);
    this.inPixels = height * width;
    this.outPixels = this.window.outHeight * this.window.outWidth;
    const imageBytes = 4 * this.channels * (this.inPixels + this.outPixels);
    const enough = Math.ceil(leastPixels / this.outPixels);
    this.images = Math.min(batch, Math.max(1, enough, Math.floor(chunkBytes / imageBytes)));
    this.rows = Math.max(64, Math.floor(chunkBytes / 4 / (4 * this.channels)) & ~63);
  }

  /** Shapes of y and of the outputs named by `savedNames`. */
  shapes(): Readonly<Record<string, number[]>> {
    const { batch, channels, squeezed, outChannels, window: w } = this;
    return {
      y: [batch, w.outHeight, w.outWidth, outChannels],
      expanded: [batch, w.inHeight, w.inWidth, channels],
      expandMean: [channels],
      expandVariance: [channels],
      filtered: [batch, w.outHeight, w.outWidth, channels],
      depthwiseMean: [channels],
      depthwiseVariance: [channels],
      pooled: [batch, channels],
      hidden: [batch, squeezed],
      gate: [batch, channels],
      projected: [batch, w.outHeight, w.outWidth, outChannels],
      projectMean: [outChannels],
      projectVariance: [outChannels],
    };
  }

  /** Calls `work` for the images in turn, a few at a time. */
  forEachChunk(work: (first: number, images: number) => void): void {
    for (let first = 0; first < this.batch; first += this.images) {
      work(first, Math.min(this.images, this.batch - first));
    }
  }

  /** Calls `work` for all input pixels in turn, some rows of the matrix at a time. */
  forEachRows(work: (first: number, rows: number) => void): void {
    const total = this.batch * this.inPixels;
    for (let first = 0; first < total; first += this.rows) work(first, Math.min(this.rows, total - first));
  }
}

/** Addresses of a block's tensors by name. */
export class Tensors {
  constructor(
    private readonly runtime: Runtime,
    private readonly infos: Named,
  ) {}

  has(name: string): boolean {
    return this.infos.has(name);
  }

  /** Where element `floats` of a tensor begins. */
  at(name: string, floats = 0): Address {
    const info = this.infos.get(name);
    if (!info) throw new Error(`the block has no ${name}`);
    return this.runtime.address(info) + floats * 4;
  }
}

/** The batch norm of one part, ready to work. */
export function normaliserOf(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  part: Part,
  channels: number,
  attributes: Attributes,
): Normaliser {
  return new Normaliser(runtime, take, channels, attributes.epsilons[part], attributes.kinds[part], {
    gamma: t.at(`${part}Gamma`),
    beta: t.at(`${part}Beta`),
    mean: t.at(`${part}Mean`),
    variance: t.at(`${part}Variance`),
  });
}

function shapeOf(info: tf.TensorInfo | undefined): [number, number, number, number] {
  return info?.shape as [number, number, number, number];
}
