import * as tf from '@tensorflow/tfjs-core';

export type LossAndGradients = {
  loss: tf.Scalar;
  /** One per variable, in the same order. */
  gradients: tf.Tensor[];
};

/**
 * A scalar loss and its gradients with regard to some variables. The same numbers as `tf.variableGrads`, in about half the memory: what
 * the backward pass has used is released while it goes on, not when it is over. The caller disposes of the results.
 */
export function lossAndGradients(loss: () => tf.Scalar, variables: readonly tf.Variable[]): LossAndGradients {
  const { value, grads } = tf.variableGrads(() => {
    const y = loss();
    releaseEarly();
    return y;
  }, [...variables]);
  const gradients = variables.map((variable) => {
    const gradient = grads[variable.name];
    if (!gradient) throw new Error(`the loss does not depend on a variable of shape ${variable.shape.join('×')}`);
    return gradient;
  });
  return { loss: value, gradients };
}

/**
 * The gradients of y = f() with regard to some tensors, given dy. For use inside of a backward pass, whose tape is left as it is. The
 * caller disposes of the results.
 */
export function gradientsAt(f: () => tf.Tensor, inputs: readonly tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  // TensorFlow.js takes a pass that begins now for the only one, and would leave no tape behind for the outer one.
  const outer = state.activeTape;
  try {
    const taped = () => {
      const y = f();
      releaseEarly();
      return y;
    };
    const { value, grads } = tf.engine().gradients(taped, [...inputs], dy);
    value.dispose();
    return grads;
  } finally {
    state.activeTape = outer;
  }
}

/**
 * Makes each node of the active tape give back, once the backward pass has left it, the activations that it saved and the gradients
 * that came into it. TensorFlow.js itself keeps both to the end. Nothing needs them any more: the pass goes through the tape once,
 * backwards, and a gradient is complete before the node that wrote its activation is reached.
 */
function releaseEarly(): void {
  let release = (): void => {};
  for (const node of tf.engine().state.activeTape) {
    const { gradient, saved = [] } = node;
    if (!gradient) continue;
    node.gradient = (incoming) => {
      release();
      release = () => {
        for (const tensor of saved) tensor.dispose();
        for (const tensor of incoming) tensor?.dispose();
      };
      return keptApart(gradient(incoming), incoming);
    };
  }
}

/** Gradients of a node as tensors of their own, so that releasing what came in takes nothing from what goes on. */
function keptApart<Gradients extends Record<string, () => tf.Tensor>>(
  gradients: Gradients,
  incoming: readonly tf.Tensor[],
): Gradients {
  const given = new Set<tf.Tensor>(incoming);
  const apart = Object.entries(gradients).map(([input, compute]) => {
    const once = (): tf.Tensor => {
      const result = compute();
      if (given.has(result)) return result.clone();
      given.add(result);
      return result;
    };
    return [input, once];
  });
  return Object.fromEntries(apart);
}
