import type * as tf from '@tensorflow/tfjs-core';
import type { SqueezeExciteParams } from '../../backend.js';
import { activationKinds } from '../activation.js';
import { mayOverwrite, share } from '../backward.js';
import { multiply } from '../ops/matmul.js';
import type { Run } from '../registration.js';
import { differentiable, runKernel } from './differentiable.js';

interface Attributes {
  readonly kind: number;
  /** Backward only: dx takes the memory of dy. */
  readonly inPlace?: boolean;
}

const plainProduct = { transposeA: false, transposeB: false };
const leftTransposed = { transposeA: true, transposeB: false };
const rightTransposed = { transposeA: false, transposeB: true };

function sides(x: tf.TensorInfo, w1: tf.TensorInfo) {
  const [batch, height, width] = x.shape as [number, number, number, number];
  const [channels, squeezed] = w1.shape as [number, number];
  return { batch, pixels: height * width, channels, squeezed };
}

/** [y, pooled [batch, channels], squeezed [batch, squeezed] before its activation, gate [batch, channels]]. */
const forward: Run<Attributes> = (runtime, { x, w1, b1, w2, b2 }, { kind }) => {
  const { kernels } = runtime;
  const { batch, pixels, channels, squeezed } = sides(x!, w1!);
  const pooled = runtime.output([batch, channels]);
  const hidden = runtime.output([batch, squeezed]);
  const gate = runtime.output([batch, channels]);
  const y = runtime.output(x!.shape);
  const active = runtime.output([batch, squeezed]);
  const [p, h, a, g] = [pooled, hidden, active, gate].map((t) => runtime.address(t)) as [
    number,
    number,
    number,
    number,
  ];
  kernels.imageSums(runtime.address(x!), 0, p, batch, pixels, channels, 1 / pixels);
  multiply(runtime, plainProduct, [batch, channels, squeezed], p, runtime.address(w1!), h, runtime.address(b1!));
  kernels.activate(h, a, batch * squeezed, kind);
  multiply(runtime, plainProduct, [batch, squeezed, channels], a, runtime.address(w2!), g, runtime.address(b2!));
  kernels.activate(g, g, batch * channels, activationKinds.sigmoid);
  kernels.imageScale(runtime.address(x!), g, 0, 0, runtime.address(y), batch, pixels, channels);
  runtime.backend.disposeData(active.dataId);
  return [y, pooled, hidden, gate];
};

/** [dx, dW1, dB1, dW2, dB2]. */
const backward: Run<Attributes> = (runtime, inputs, { kind, inPlace }) => {
  const { x, dy, w1, w2, pooled, hidden, gate } = inputs;
  const { kernels } = runtime;
  const { batch, pixels, channels, squeezed } = sides(x!, w1!);
  const dx = inPlace ? share(runtime, dy!) : runtime.output(x!.shape);
  const results = [dx, runtime.output([channels, squeezed]), runtime.output([squeezed])];
  results.push(runtime.output([squeezed, channels]), runtime.output([channels]));
  const temporaries = [channels, channels, squeezed, squeezed].map((n) => runtime.output([batch, n]));
  const at = (t: tf.TensorInfo | undefined): number => runtime.address(t!);
  const [dGate, dPooled, dHidden, active] = temporaries;
  const count = batch * squeezed;

  kernels.imageSums(at(x), at(dy), at(dGate), batch, pixels, channels, 1);
  kernels.gateGradient(at(gate), at(dGate), batch * channels);
  kernels.activate(at(hidden), at(active), count, kind);
  multiply(runtime, leftTransposed, [squeezed, batch, channels], at(active), at(dGate), at(results[3]));
  kernels.columnSums(at(dGate), at(results[4]), batch, channels);
  multiply(runtime, rightTransposed, [batch, channels, squeezed], at(dGate), at(w2), at(dHidden));
  kernels.activateGradient(at(hidden), at(dHidden), at(dHidden), count, kind);
  multiply(runtime, leftTransposed, [channels, batch, squeezed], at(pooled), at(dHidden), at(results[1]));
  kernels.columnSums(at(dHidden), at(results[2]), batch, squeezed);
  multiply(runtime, rightTransposed, [batch, squeezed, channels], at(dHidden), at(w1), at(dPooled));
  kernels.imageScale(at(dy), at(gate), at(dPooled), 1 / pixels, at(dx), batch, pixels, channels);
  for (const temporary of temporaries) runtime.backend.disposeData(temporary.dataId);
  return results;
};

/** Squeeze-and-excite; see `FusedOps`. */
export function squeezeExcite(x: tf.Tensor4D, p: SqueezeExciteParams): tf.Tensor4D {
  const { w1, b1, w2, b2 } = p;
  const kind = activationKinds[p.activation];
  return differentiable(
    [x, w1, b1, w2, b2],
    () => {
      const [y, ...made] = runKernel(forward, { x, w1, b1, w2, b2 }, { kind });
      return { y: y as tf.Tensor, reads: [x, w1, w2], made };
    },
    (dy, saved) => {
      const [x, w1, w2, pooled, hidden, gate] = saved as [Three[0], ...Three, Three[0], Three[0]];
      return runKernel(backward, { x, dy, w1, w2, pooled, hidden, gate }, { kind, inPlace: mayOverwrite(dy) });
    },
  );
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
