import type * as tf from '@tensorflow/tfjs-core';
import type { EngineName } from '../../../search/cost/engine-memory.js';
import type { ActivationName } from '../../../search/network/layers/index.js';

/** The engines that are backends of TensorFlow.js. */
export type TfjsName = Extract<EngineName, 'wasm' | 'tensorflow' | 'webgpu' | 'cpu'>;

/** A backend of TensorFlow.js that is loaded and is its current one. */
export interface Backend {
  readonly name: TfjsName;
  /** Of the engine's own software, such as `4.22.0+relaxed-simd` or `TensorFlow 2.21.0`. */
  readonly version: string;
  /** The device in words, such as the CPU's or the GPU adapter's name. */
  readonly device: string;
  /** The fused operations: this engine's fast form where it has one, the plain composition otherwise. */
  readonly fused: FusedOps;
  /** Only where tensors lie in the memory of this process; a training can be split over threads there. */
  readonly elements?: ElementsInPlace;
  /** Most bytes the engine has held since it was loaded or since `resetPeak`. */
  peakBytes(): number;
  resetPeak(): void;
}

/**
 * The elements of a float tensor in place, to read and to write: valid until something else is computed. A variable that shares its
 * memory is given its own first; of another tensor the caller knows who shares it.
 */
export type ElementsInPlace = (tensor: tf.Tensor) => Float32Array;

/**
 * Operations that TensorFlow.js would compose of many small kernels. Every one is differentiable (`tf.customGrad`) and has a plain
 * composition in `plain.ts` that defines what it computes; an engine may override any of them.
 */
export interface FusedOps {
  /**
   * Batch norm over [batch, height, width] followed by an activation: activation(gamma · (x − mean) / sqrt(variance + epsilon) + beta).
   * In training mean and (biased) variance are the batch's, and the moving statistics are updated in place:
   * moving = momentum · moving + (1 − momentum) · batch, with the unbiased variance as TensorFlow and PyTorch do.
   */
  batchNormActivation(x: tf.Tensor4D, p: BatchNormParams, training: boolean): tf.Tensor4D;
  /** x · sigmoid(activation(mean_hw(x)·W1 + b1)·W2 + b2), broadcast over height and width. W1 [channels, squeezed], W2 [squeezed, channels]. */
  squeezeExcite(x: tf.Tensor4D, p: SqueezeExciteParams): tf.Tensor4D;
  /** x · sigmoid(x), relu and so on, for activations that follow no batch norm. */
  activation<T extends tf.Tensor>(x: T, activation: ActivationName): T;
  /** Mean over the batch of the cross-entropy between softmax(logits) and one-hot labels smoothed to (1 − s)·onehot + s/classes. A scalar. */
  softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing: number): tf.Scalar;
  /** One optimiser step on one variable and its slots, in place. */
  optimizerStep(step: OptimizerStep): void;
  /**
   * Optional, for training: a convolution and the batch norm behind it, with the batch's statistics. The same as `tf.conv2d` and
   * `batchNormActivation`, in fewer passes over memory.
   */
  convBatchNorm?(x: tf.Tensor4D, p: ConvBatchNormParams): tf.Tensor4D;
  /**
   * Optional, for training: the inverted bottleneck of MobileNetV2 and EfficientNet without its shortcut. The same as its convolutions,
   * batch norms and squeeze-and-excite one after the other, with the batch's statistics, in half the memory: what lies between the
   * convolutions is computed again in the backward pass.
   */
  invertedBottleneck?(x: tf.Tensor4D, p: InvertedBottleneckParams): tf.Tensor4D;
}

/** Padding as tfjs-core takes it: by name, or [before, after] for batch, height, width and channels. */
export type ConvPadding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

export interface ConvBatchNormParams {
  /** [kernel height, kernel width, input channels, output channels]. */
  readonly filter: tf.Tensor4D;
  readonly stride: number;
  readonly padding: ConvPadding;
  readonly norm: BatchNormParams;
  /** False: x is no function of what is trained (a batch of images), and its gradient is not computed. */
  readonly inputGradient: boolean;
}

export interface InvertedBottleneckParams {
  /** Filter [1, 1, input channels, expanded channels]; absent where the expansion is 1. */
  readonly expand?: { readonly filter: tf.Tensor4D; readonly norm: BatchNormParams };
  /** Filter [kernel, kernel, expanded channels, 1]. */
  readonly depthwise: {
    readonly filter: tf.Tensor4D;
    readonly stride: number;
    readonly padding: ConvPadding;
    readonly norm: BatchNormParams;
  };
  readonly squeezeExcite?: SqueezeExciteParams;
  /** Filter [1, 1, expanded channels, output channels]. */
  readonly project: { readonly filter: tf.Tensor4D; readonly norm: BatchNormParams };
}

export interface BatchNormParams {
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
  readonly movingMean: tf.Variable<tf.Rank.R1>;
  readonly movingVariance: tf.Variable<tf.Rank.R1>;
  readonly epsilon: number;
  readonly momentum: number;
  readonly activation: ActivationName;
}

export interface SqueezeExciteParams {
  readonly w1: tf.Tensor2D;
  readonly b1: tf.Tensor1D;
  readonly w2: tf.Tensor2D;
  readonly b2: tf.Tensor1D;
  readonly activation: ActivationName;
}

/**
 * `sgd` (PyTorch's form): v ← momentum·v + (g + weightDecay·w); w ← w − learningRate·v.
 * `rmsprop` (TensorFlow's form, decay ρ): s ← ρ·s + (1 − ρ)·g²; v ← momentum·v + learningRate·g/sqrt(s + epsilon); w ← w − v, with g ← g + weightDecay·w first.
 * With `average` given, average ← averageDecay·average + (1 − averageDecay)·w afterwards.
 */
export interface OptimizerStep {
  readonly kind: 'sgd' | 'rmsprop';
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly velocity: tf.Variable;
  /** `rmsprop` only. */
  readonly meanSquare?: tf.Variable | undefined;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** ρ, default 0.9. */
  readonly decay?: number;
  /** Default 1e-3. */
  readonly epsilon?: number;
  readonly average?: tf.Variable | undefined;
  readonly averageDecay?: number;
}

/** How to load an engine: one file per engine, one registry. */
export interface BackendLoader {
  readonly name: TfjsName;
  /** Loads the engine and makes it TensorFlow.js's backend; throws an `InputError` with code `missing-part` that says what is missing and the command that mends it. */
  load(): Promise<Backend>;
}
