import * as tf from '@tensorflow/tfjs-core';

export type LossAndGradients = {
  loss: tf.Scalar;
  /** One per variable, in the same order. */
  gradients: tf.Tensor[];
};

/** What TensorFlow.js has recorded of a computation, in order: each operation with its gradient and the tensors that this needs. */
type Tape = ReturnType<typeof tf.engine>['state']['activeTape'];

/**
 * A scalar loss and its gradients with regard to some variables. The same numbers as `tf.variableGrads`, in about half the memory: what
 * the backward pass has used is released while it goes on, not when it is over. The caller disposes of the results.
 */
export function lossAndGradients(loss: () => tf.Scalar, variables: readonly tf.Variable[]): LossAndGradients {
  return tf.tidy(() => {
    const { y, tape } = record(loss);
    return { loss: y, gradients: backpropagate(tape, y, tf.scalar(1), variables) };
  });
}

/**
 * The gradients of y = f() with regard to some tensors, given dy. Also inside of a backward pass. The caller disposes of the results.
 */
export function gradientsAt(f: () => tf.Tensor, inputs: readonly tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  return tf.tidy(() => {
    const { y, tape } = record(f);
    return backpropagate(tape, y, dy.clone(), inputs);
  });
}

/** y = f() and its tape. */
function record<T extends tf.Tensor>(f: () => T): { y: T; tape: Tape } {
  const { state } = tf.engine();
  const tape: Tape = [];
  const outer = state.activeTape;
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return { y: tf.tidy(f), tape };
  } finally {
    state.gradientDepth--;
    // A pass of TensorFlow.js around this one releases what the active tape has saved.
    state.activeTape = outer;
  }
}

/**
 * Goes through a tape once, backwards. Where the pass has left a node, what the node had saved and the gradients that came into it are
 * released; TensorFlow.js's own pass keeps both to the end. Nothing needs them any more: a gradient is complete before the node that
 * wrote its tensor is reached.
 */
function backpropagate(tape: Tape, y: tf.Tensor, dy: tf.Tensor, xs: readonly tf.Tensor[]): tf.Tensor[] {
  const wanted = functionsOf(xs, tape);
  const gradients = new Map([[y.id, dy]]);
  for (const { kernelName, inputs, outputs, gradient, saved = [] } of [...tape].reverse()) {
    const incoming = outputs.map(({ id }) => gradients.get(id) as tf.Tensor);
    const targets = Object.entries(inputs).filter(([, { id }]) => wanted.has(id));
    if (targets.length > 0 && incoming.some((tensor) => tensor)) {
      if (!gradient) throw new Error(`TensorFlow.js knows no gradient of ${kernelName}`);
      const compute = gradient(incoming);
      const computed = tf.tidy(() =>
        keptApart(
          targets.map(([name]) => compute[name]?.() as tf.Tensor),
          incoming,
        ),
      );
      targets.forEach(([, { id }], i) => {
        const dx = computed[i] as tf.Tensor;
        const others = gradients.get(id);
        gradients.set(id, others ? tf.add(others, dx) : dx);
        if (others) tf.dispose([others, dx]);
      });
    }
    for (const tensor of [...saved, ...incoming]) tensor?.dispose();
  }
  return xs.map(({ id, shape }) => {
    const gradient = gradients.get(id);
    if (!gradient) throw new Error(`the result does not depend on a tensor of shape ${shape.join('×')}`);
    return gradient;
  });
}

/** The ids of some tensors and of all that was computed of them. */
function functionsOf(xs: readonly tf.Tensor[], tape: Tape): ReadonlySet<number> {
  const ids = new Set(xs.map(({ id }) => id));
  for (const { inputs, outputs } of tape)
    if (Object.values(inputs).some(({ id }) => ids.has(id))) for (const { id } of outputs) ids.add(id);
  return ids;
}

/** Gradients as tensors of their own, so that releasing one of them, or what came in, takes nothing from the others. */
function keptApart(gradients: readonly tf.Tensor[], incoming: readonly tf.Tensor[]): tf.Tensor[] {
  return gradients.map((gradient, i) => {
    const isShared = incoming.includes(gradient) || gradients.indexOf(gradient) < i;
    return isShared ? gradient.clone() : gradient;
  });
}
