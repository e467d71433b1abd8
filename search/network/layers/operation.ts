import { InputError } from '../../base/errors.js';

/** Height, width and channels of one image's activation; the batch is never part of a shape here. */
export type Shape = readonly [height: number, width: number, channels: number];

export type ActivationName = 'linear' | 'relu' | 'relu6' | 'swish' | 'sigmoid';

/**
 * `same` gives ceil(in / stride) with TensorFlow's split of the padding (the odd pixel goes to the bottom right);
 * `symmetric` pads (kernel − 1) / 2 on every side as PyTorch does: equal output size for odd kernels, another alignment at stride 2;
 * `valid` pads nothing.
 */
export type Padding = 'same' | 'symmetric' | 'valid';

/** The options of a square window that moves over an image. */
export interface Window {
  /** Side of the window, pixels. */
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** Fields of every layer, whatever its operation. */
export interface Placed {
  /** Unique in the graph, path-like: `stage3/block1/expand/conv`. */
  readonly name: string;
  /** Names of the layers it reads, or `input`. */
  readonly inputs: readonly string[];
  /** Shape of what it writes. */
  readonly shape: Shape;
}

/** Shapes of the tensors that a layer reads, in the order of its inputs. */
export type InputShapes = readonly [Shape, ...Shape[]];

/** Work of one layer for one image. */
export interface Work {
  /** Multiply-adds of convolution, squeeze-and-excite and dense layers; bias adds and batch norm do not count. */
  readonly macs: number;
  /** Elements written by convolution, squeeze-and-excite and dense layers. */
  readonly activations: number;
}

/**
 * What a parameter is to its layer. `kernel` and `bias` belong to convolutions and dense layers; `gamma`, `beta` and the two moving
 * statistics to batch norm.
 */
export type ParameterRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

/** How a parameter starts. */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: 0 | 1 }
  /** Normal with variance 2 / fanOut. */
  | { readonly kind: 'heNormal'; readonly fanOut: number }
  /** Uniform in ±sqrt(6 / (fanIn + fanOut)). */
  | { readonly kind: 'glorotUniform'; readonly fanIn: number; readonly fanOut: number };

/** One array of numbers that a layer owns, before it has values. */
export interface ParameterSpec {
  /** Layer name and the parameter's own: `stage2/block1/expand/conv/kernel`. */
  readonly name: string;
  readonly layer: string;
  readonly role: ParameterRole;
  /** TensorFlow's layout: convolutions [height, width, in, out], depthwise [height, width, channels, 1], dense [in, out]. */
  readonly shape: readonly number[];
  /** False for the moving statistics, which are measured and not learned. */
  readonly trainable: boolean;
  readonly initialiser: Initialiser;
}

/** What an operation keeps in memory between the forward and the backward pass. */
export interface Kept {
  /** Its inputs; several operations that keep the same tensor share it. */
  readonly input?: true;
  /** Its output, likewise. */
  readonly output?: true;
  /** Buffers of its own, each of the size of its output. */
  readonly inside?: number;
  /** Buffers of the size of its output that exist only while its gradient is computed, beside those of the gradients. */
  readonly temporary?: number;
}

/** What an engine keeps for batch norm and activations, by activation. Here engines differ from each other. */
export interface ActivationsKept {
  /** Batch norm together with the activation that follows it, `linear` for none. */
  readonly norm: Readonly<Record<ActivationName, Kept>>;
  /** An activation that follows no batch norm. */
  readonly activation: Readonly<Record<ActivationName, Kept>>;
}

/** Kinds of layers for which an engine's library may keep compiled code and scratch memory, whatever their size. */
export type LibraryKind = 'convolution' | 'wideDepthwise' | 'squeezeExcite';

/**
 * Shape, work, parameters and memory of one operation. `Options` are the fields of its layers in addition to those of every layer.
 *
 * To add an operation: write a file in this folder, register it in index.ts, then add it to the TensorFlow.js builder
 * (workers/engine/tfjs/model/layers) and to the exporters (experiments/handover/exports). The compiler names every registry that lacks it.
 */
export interface Operation<Options extends object> {
  /** Shape of the output. Throws an `InputError` that starts with `path` where the inputs do not fit. */
  shape(options: Options, inputs: InputShapes, path: string): Shape;
  work(layer: Placed & Options, inputs: InputShapes): Work;
  /** In the order in which they are counted and stored. */
  parameters(layer: Placed & Options, inputs: InputShapes): readonly ParameterSpec[];
  /** As TensorFlow.js's gradients keep it (its `GradConfig`s), or ours where we have one (workers/engine/tfjs/model). */
  kept(layer: Placed & Options, engine: ActivationsKept): Kept;
  /** Null: no library keeps anything for it. */
  library(layer: Placed & Options): LibraryKind | null;
  /** True: the output is another view of the input's memory. */
  readonly isView: boolean;
  /** True: the gradient of each input is the gradient of the output itself, in the same memory. */
  readonly sharesGradient: boolean;
}

const noWork: Work = { macs: 0, activations: 0 };

/** Fills in the usual case: no multiply-adds, no parameters, nothing kept by a library, an output in memory of its own. */
export function defineOperation<Options extends object = object>(
  operation: Pick<Operation<Options>, 'shape' | 'kept'> & Partial<Operation<Options>>,
): Operation<Options> {
  return {
    work: () => noWork,
    parameters: () => [],
    library: () => null,
    isView: false,
    sharesGradient: false,
    ...operation,
  };
}

/**
 * Output height and width of a moving window. `same` and `symmetric` agree for odd kernels: ceil(side / stride). Throws an `InputError` that
 * starts with `path` when no window fits.
 */
export function windowSides(window: Window, [height, width]: Shape, path: string): [height: number, width: number] {
  return [outputSide(height, window, path), outputSide(width, window, path)];
}

function outputSide(side: number, { kernel, stride, padding }: Window, path: string): number {
  switch (padding) {
    case 'same':
      return Math.ceil(side / stride);
    case 'symmetric':
      if (kernel % 2 === 0)
        throw new InputError('bad-value', `${path}: expected an odd kernel with symmetric padding, got ${kernel}`);
      return Math.ceil(side / stride);
    case 'valid':
      if (side < kernel)
        throw new InputError('bad-value', `${path}: expected an input of at least ${kernel} px, got ${side} px`);
      return Math.floor((side - kernel) / stride) + 1;
  }
}

/** Throws an `InputError` where two inputs differ in their first `axes` sides: height and width, or also channels. */
export function mustMatch(inputs: InputShapes, axes: 2 | 3, path: string): void {
  const [first] = inputs;
  for (const other of inputs)
    if (first.slice(0, axes).join() !== other.slice(0, axes).join())
      throw new InputError(
        'bad-value',
        `${path}: expected inputs of one size, got ${first.join('×')} and ${other.join('×')}`,
      );
}

/** Elements of an activation. */
export function elements([height, width, channels]: Shape): number {
  return height * width * channels;
}

/** Elements of an array of any rank. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

const zeros: Initialiser = { kind: 'constant', value: 0 };
const ones: Initialiser = { kind: 'constant', value: 1 };

/** A kernel and its bias, one number per output channel; `outputs` is null where there is no bias. Names start with `owner`. */
export function weights(
  owner: string,
  shape: readonly number[],
  initialiser: Initialiser,
  outputs: number | null,
  layer = owner,
): ParameterSpec[] {
  const kernel = parameter(layer, owner, 'kernel', shape, initialiser);
  return outputs === null ? [kernel] : [kernel, parameter(layer, owner, 'bias', [outputs], zeros)];
}

/** Gain, shift and moving statistics of a normalisation over `channels`. */
export function normalisation(layer: string, channels: number): ParameterSpec[] {
  return [
    parameter(layer, layer, 'gamma', [channels], ones),
    parameter(layer, layer, 'beta', [channels], zeros),
    parameter(layer, layer, 'movingMean', [channels], zeros),
    parameter(layer, layer, 'movingVariance', [channels], ones),
  ];
}

function parameter(
  layer: string,
  owner: string,
  role: ParameterRole,
  shape: readonly number[],
  initialiser: Initialiser,
): ParameterSpec {
  const trainable = role !== 'movingMean' && role !== 'movingVariance';
  return { name: `${owner}/${role}`, layer, role, shape, trainable, initialiser };
}
