import * as tf from '@tensorflow/tfjs-core';
import type { Segment } from '../../../../search/network/segments.js';
import type { ParameterSpec } from '../../parameters.js';
import { gradientsAt } from '../session/gradients.js';
import type { StepContext } from './operations.js';
import { runSteps, type Step } from './steps.js';

/** Activations by the name of the layer that wrote them. */
export type Values = Map<string, tf.Tensor4D>;

/** The steps of one segment of a network. They run as they are, or re-computed so that less is kept for the backward pass. */
export class StepSegment {
  /** Names of the trainable parameters of its layers. */
  private readonly parameters: readonly string[];

  constructor(
    private readonly segment: Segment,
    private readonly steps: readonly Step[],
    specs: readonly ParameterSpec[],
  ) {
    const layers = new Set(segment.layers.map(({ name }) => name));
    this.parameters = specs.filter((spec) => spec.trainable && layers.has(spec.layer)).map(({ name }) => name);
  }

  get canRecompute(): boolean {
    return this.segment.canRecompute;
  }

  /** Adds the outputs of the steps to `values` and releases what no later step reads. */
  run(values: Values, context: StepContext): void {
    runSteps(this.steps, values, context);
  }

  /**
   * Does what `run` does for a segment that can be re-computed. Only its inputs are kept for the backward pass, which computes its
   * activations once more.
   */
  runRecomputed(values: Values, context: StepContext): void {
    const { inputs, outputs } = this.segment;
    const [output] = outputs as [string];
    const block = (operands: readonly tf.Tensor4D[], inner: StepContext): tf.Tensor4D => {
      // Copies of the names: the block may release its own inputs.
      const own: Values = new Map(inputs.map((name, i) => [name, (operands[i] as tf.Tensor4D).clone()]));
      runSteps(this.steps, own, inner);
      return own.get(output) as tf.Tensor4D;
    };
    const operands = inputs.map((name) => values.get(name) as tf.Tensor4D);
    // The image is no function of what is trained.
    const isFunction = inputs.map((name) => name !== 'input');
    const weights = this.parameters.map((parameter) => context.weights.get(parameter) as tf.Variable);
    values.set(output, recomputed(block, operands, isFunction, weights, context));
    for (const name of new Set(this.steps.flatMap((step) => step.releases))) {
      if (!inputs.includes(name)) continue;
      values.get(name)?.dispose();
      values.delete(name);
    }
  }
}

/** A differentiable function of activations and of weights that it reads from its context. */
type Block = (operands: readonly tf.Tensor4D[], context: StepContext) => tf.Tensor4D;

/**
 * block(operands), keeping only the operands for the backward pass (re-materialisation: Chen et al. 2016, arXiv 1604.06174). The backward pass
 * runs the block again with the same dropout and leaves batch norm's moving statistics alone. `isFunction` says which operands depend on
 * trained weights, so that their gradients are needed.
 */
function recomputed(
  block: Block,
  operands: readonly tf.Tensor4D[],
  isFunction: readonly boolean[],
  weights: readonly tf.Variable[],
  context: StepContext,
): tf.Tensor4D {
  const again = { ...context, statisticsShare: 0 };
  const wanted = <T>(all: readonly T[]): T[] => all.filter((_, i) => isFunction[i]);
  return tf.customGrad((...given) => {
    const save = given.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    save([...operands]);
    return {
      value: block(operands, context),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradientsAt(() => block(saved as tf.Tensor4D[], again), [...wanted(saved), ...weights], dy),
    };
  })(...wanted(operands), ...weights) as tf.Tensor4D;
}
