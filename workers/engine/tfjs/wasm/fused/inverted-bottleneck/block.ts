import type * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../../kernels.js';
import type { Runtime, Take } from '../../runtime.js';
import { Normaliser } from '../../stages/normaliser.js';
import { convolutionWindow, type Window, type WindowAttributes } from '../../window.js';

/** Where a list of tensors holds which. */
export type Places = ReadonlyMap<string, number>;

/** One of the three convolutions with its batch norm. */
export type Part = 'expand' | 'depthwise' | 'project';

export interface Attributes {
  readonly strides: number;
  readonly pad: WindowAttributes['pad'];
  readonly kinds: Readonly<Record<Part, number>>;
  readonly epsilons: Readonly<Record<Part, number>>;
  /** The activation inside of squeeze-and-excite. */
  readonly squeezeKind: number;
  /** Names of the inputs, in order. */
  readonly inputs: readonly string[];
  /** Names of what the forward pass makes for the backward pass, in order. */
  readonly saved: readonly string[];
  /** Inputs, saved, y. */
  readonly forward: Places;
  /** Inputs, saved, dy, and the gradient at the depthwise batch norm. */
  readonly backward: Places;
}

/** The names of a block with these inputs. */
export function namesOf(inputs: readonly string[]): Pick<Attributes, 'inputs' | 'saved' | 'forward' | 'backward'> {
  const saved = savedNames(inputs);
  const places = (...names: string[]): Places => new Map([...inputs, ...saved, ...names].map((name, i) => [name, i]));
  return { inputs, saved, forward: places('y'), backward: places('dy', 'filteredGradient') };
}

/** What the forward pass makes beside y, which the backward pass reads: each convolution's result with its statistics, and the gate's parts. */
function savedNames(inputs: readonly string[]): string[] {
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

  constructor(t: Tensors, attributes: Attributes) {
    const [batch, height, width, inChannels] = t.shape('x');
    const filter = t.shape('depthwiseFilter');
    this.batch = batch;
    this.inChannels = inChannels;
    this.channels = filter[2];
    this.outChannels = t.shape('projectFilter')[3];
    this.squeezed = t.has('w1') ? t.shape('w1')[1] : 0;
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

/** A block's tensors by name. What is listed first may be needed before the rest is there. */
export class Tensors {
  constructor(
    private readonly runtime: Runtime,
    private readonly places: Places,
    private readonly infos: readonly tf.TensorInfo[],
  ) {}

  has(name: string): boolean {
    return this.places.has(name);
  }

  /** Where element `floats` of a tensor begins. */
  at(name: string, floats = 0): Address {
    return this.runtime.address(this.get(name)) + floats * 4;
  }

  shape(name: string): [number, number, number, number] {
    return this.get(name).shape as [number, number, number, number];
  }

  private get(name: string): tf.TensorInfo {
    const info = this.infos[this.places.get(name) ?? -1];
    if (!info) throw new Error(`the block has no ${name}`);
    return info;
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
