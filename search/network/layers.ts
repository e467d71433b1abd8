/**
 * The layer graph: what a network is once its blocks are expanded. The cost model, the memory model, the TensorFlow.js
 * builder, the exporters and the picture on the dashboard walk this graph and nothing else.
 */

/** Height, width and channels of one image's activation; the batch is never part of a shape here. */
export type Shape = readonly [height: number, width: number, channels: number];

export type ActivationName = 'linear' | 'relu' | 'relu6' | 'swish' | 'sigmoid';

/**
 * `same` gives ceil(in / stride) with TensorFlow's split of the padding (the odd pixel goes to the bottom right);
 * `symmetric` pads (kernel − 1) / 2 on every side as PyTorch does: equal output size for odd kernels, another alignment at stride 2;
 * `valid` pads nothing.
 */
export type Padding = 'same' | 'symmetric' | 'valid';

interface Common {
  /** Unique in the graph, path-like: `stage3/block1/expand/conv`. */
  readonly name: string;
  /** Names of the layers it reads, or `input`. */
  readonly inputs: readonly string[];
  /** Shape of what it writes. */
  readonly shape: Shape;
}

export type Layer = Common &
  (
    | {
        readonly op: 'conv';
        readonly filters: number;
        readonly kernel: number;
        readonly stride: number;
        readonly padding: Padding;
        readonly bias: boolean;
      }
    | {
        readonly op: 'depthwise';
        readonly kernel: number;
        readonly stride: number;
        readonly padding: Padding;
        readonly bias: boolean;
      }
    /** `momentum` is the share of the old running statistic that is kept; `epsilon` is added to the variance. */
    | { readonly op: 'batchNorm'; readonly epsilon: number; readonly momentum: number }
    | { readonly op: 'activation'; readonly activation: ActivationName }
    /** Squeeze-and-excite (Hu et al. 2018): mean over the image, dense to `squeezed`, activation, dense back, gate, scale. Both dense layers have biases. */
    | {
        readonly op: 'squeezeExcite';
        readonly squeezed: number;
        readonly activation: ActivationName;
        readonly gate: 'sigmoid';
      }
    | { readonly op: 'maxPool'; readonly kernel: number; readonly stride: number; readonly padding: Padding }
    | { readonly op: 'averagePool'; readonly kernel: number; readonly stride: number; readonly padding: Padding }
    /** Mean over the image; the shape becomes [1, 1, channels]. */
    | { readonly op: 'globalAveragePool' }
    /** The shape becomes [1, 1, height·width·channels]. */
    | { readonly op: 'flatten' }
    /** On [1, 1, channels]; the shape becomes [1, 1, units]. */
    | { readonly op: 'dense'; readonly units: number; readonly bias: boolean }
    | { readonly op: 'dropout'; readonly rate: number }
    /** Stochastic depth (Huang et al. 2016): in training the whole image's activation is dropped with probability `rate`, and otherwise divided by 1 − rate. */
    | { readonly op: 'dropPath'; readonly rate: number }
    | { readonly op: 'add' }
    | { readonly op: 'concat' }
  );

export type LayerOf<Op extends Layer['op']> = Extract<Layer, { op: Op }>;

export interface LayerGraph {
  readonly input: Shape;
  /** In topological order. */
  readonly layers: readonly Layer[];
  /** Name of the layer that writes the logits, shape [1, 1, classes]. */
  readonly output: string;
}
