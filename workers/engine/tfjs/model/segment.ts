import type * as tf from '@tensorflow/tfjs-core';
import { blockOf } from '../../../../search/network/graph.js';
import type { ParameterSpec } from '../../parameters.js';
import type { StepContext } from './operations.js';
import { recomputed } from './recomputed.js';
import { runSteps, type Step } from './steps.js';

/** Activations by the name of the layer that wrote them. */
export type Values = Map<string, tf.Tensor4D>;

/** Steps that follow each other: those of one block, or those of no block. */
export class Segment {
  /** Names of the trainable parameters of its layers. */
  private readonly parameters: readonly string[];

  private constructor(
    private readonly steps: readonly Step[],
    /** Whether they are a block, whose inside nobody else reads. */
    readonly isBlock: boolean,
    specs: readonly ParameterSpec[],
  ) {
    const block = blockOf(this.last.output);
    this.parameters = specs.filter((spec) => spec.trainable && blockOf(spec.layer) === block).map(({ name }) => name);
  }

  /** All steps of a network as segments, in order. */
  static split(steps: readonly Step[], specs: readonly ParameterSpec[]): Segment[] {
    const runs: Step[][] = [];
    for (const step of steps) {
      const run = runs.at(-1);
      if (run?.[0] && blockOf(run[0].output) === blockOf(step.output)) run.push(step);
      else runs.push([step]);
    }
    return runs.map((run) => {
      const written = new Set(run.slice(0, -1).map(({ output }) => output));
      const readOutside = steps.some((step) => !run.includes(step) && step.inputs.some((name) => written.has(name)));
      const inputs = new Set(run.flatMap((step) => step.inputs).filter((name) => !written.has(name)));
      const isBlock = blockOf((run[0] as Step).output) !== null && !readOutside && inputs.size === 1;
      return new Segment(run, isBlock, specs);
    });
  }

  /** Adds what the steps write to the values, and takes away what no later step reads. */
  run(values: Values, context: StepContext): void {
    runSteps(this.steps, values, context);
  }

  /** As `run` for a block: of its activations only the result is kept for the backward pass, which computes the others once more. */
  runRecomputed(values: Values, context: StepContext): void {
    const [name = 'input'] = (this.steps[0] as Step).inputs;
    const { output, releases } = this.last;
    const block = (x: tf.Tensor4D, inner: StepContext): tf.Tensor4D => {
      // A copy of the name: the block may release its own input.
      const own: Values = new Map([[name, x.clone()]]);
      runSteps(this.steps, own, inner);
      return own.get(output) as tf.Tensor4D;
    };
    const x = values.get(name) as tf.Tensor4D;
    const weights = this.parameters.map((parameter) => context.weights.get(parameter) as tf.Variable);
    values.set(output, recomputed(block, x, weights, context, name !== 'input'));
    const released = new Set(this.steps.flatMap((step) => step.releases));
    if (released.has(name)) {
      x.dispose();
      values.delete(name);
    }
    if (releases.includes(output)) values.delete(output);
  }

  private get last(): Step {
    return this.steps.at(-1) as Step;
  }
}
