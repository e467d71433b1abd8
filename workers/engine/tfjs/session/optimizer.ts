import * as tf from '@tensorflow/tfjs-core';
import type { Recipe } from '../../../../search/plan/recipe.js';
import type { ParameterSpec } from '../../parameters.js';
import type { Backend, OptimizerStep } from '../backend.js';
import type { Model } from '../model/model.js';
import type { Weights } from '../model/operations.js';

/**
 * The optimiser of one model: SGD with momentum or RMSProp as engine.ts defines them, and the moving average of the weights. Owns the
 * slots. Weight decay acts on kernels of convolutions and dense layers, not on biases and batch norm.
 */
export class Optimizer {
  /** `velocity/NAME`, `meanSquare/NAME` and `average/NAME` by parameter name. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  /** Moving averages of all parameters, batch norm's moving statistics included; null when the recipe asks for none. */
  readonly averages: Weights | null;
  /** What gradients are taken of, in the order that `apply` expects. */
  readonly variables: readonly tf.Variable[];
  /** What does not change from step to step, for each of `variables`. */
  private readonly fixed: readonly FixedPart[];
  private readonly measured: readonly ParameterSpec[];

  constructor(
    private readonly engine: Backend,
    private readonly model: Model,
    private readonly recipe: Recipe,
  ) {
    const trainable = model.parameters.filter((spec) => spec.trainable);
    this.measured = model.parameters.filter((spec) => !spec.trainable);
    this.variables = trainable.map(({ name }) => read(model.weights, name));
    const slots = new Map<string, tf.Variable>();
    for (const { name, shape } of trainable) {
      slots.set(`velocity/${name}`, slot(tf.zeros([...shape])));
      // One, as in TensorFlow's own optimiser for EfficientNet: from zero the first steps would be more than three times the rate.
      if (recipe.optimizer === 'rmsprop') slots.set(`meanSquare/${name}`, slot(tf.ones([...shape])));
    }
    if (recipe.emaDecay > 0) {
      const averages = new Map(
        [...model.weights].map(([name, variable]) => [name, slot(tf.tidy(() => copyOf(variable)))]),
      );
      for (const [name, average] of averages) slots.set(`average/${name}`, average);
      this.averages = averages;
    } else {
      this.averages = null;
    }
    this.slots = slots;
    this.fixed = trainable.map(({ name, role }) => ({
      variable: read(model.weights, name),
      velocity: read(slots, `velocity/${name}`),
      meanSquare: slots.get(`meanSquare/${name}`),
      average: slots.get(`average/${name}`),
      weightDecay: role === 'kernel' ? recipe.weightDecay : 0,
    }));
  }

  /** One step, from 0; the gradients are of `variables`. */
  apply(gradients: readonly tf.Tensor[], step: number, learningRate: number): void {
    const { optimizer: kind, momentum } = this.recipe;
    const averageDecay = this.averageDecay(step);
    this.fixed.forEach(({ variable, velocity, meanSquare, average, weightDecay }, i) => {
      this.engine.fused.optimizerStep({
        kind,
        variable,
        gradient: gradients[i] as tf.Tensor,
        velocity,
        meanSquare,
        learningRate,
        momentum,
        weightDecay,
        average,
        averageDecay,
      });
    });
    if (this.averages) this.averageStatistics(this.averages, averageDecay);
  }

  dispose(): void {
    for (const variable of this.slots.values()) variable.dispose();
  }

  /** Young averages follow faster, min(decay, (1 + t) / (10 + t)), as TensorFlow's ExponentialMovingAverage with `num_updates`. */
  private averageDecay(step: number): number {
    return Math.min(this.recipe.emaDecay, (1 + step) / (10 + step));
  }

  /** Batch norm's moving statistics belong to the weights they were measured with, so they are averaged alike. */
  private averageStatistics(averages: Weights, decay: number): void {
    for (const { name } of this.measured) {
      const average = read(averages, name);
      tf.tidy(() =>
        average.assign(tf.add(tf.mul(average, decay), tf.mul(read(this.model.weights, name), 1 - decay)) as tf.Tensor),
      );
    }
  }
}

type FixedPart = Pick<OptimizerStep, 'variable' | 'velocity' | 'meanSquare' | 'average' | 'weightDecay'>;

/** A variable that shares its values with nothing, so that engines may write it in place. */
function slot(values: tf.Tensor): tf.Variable {
  const variable = tf.variable(values, false);
  values.dispose();
  return variable;
}

function copyOf(variable: tf.Variable): tf.Tensor {
  return tf.add(variable, 0);
}

function read(variables: ReadonlyMap<string, tf.Variable>, name: string): tf.Variable {
  const variable = variables.get(name);
  if (!variable) throw new Error(`no variable is called ${name}`);
  return variable;
}
