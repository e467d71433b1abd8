import * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../kernels.js';
import { type Inputs, type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { Product } from '../stages/product.js';
import { applyFusedActivation, type FusedAttributes } from './fused-activation.js';

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** One product c [rows, columns] = op(a) [rows, inner] · op(b) [inner, columns] + bias. */
export function multiply(
  runtime: Runtime,
  { transposeA, transposeB }: Transposes,
  [rows, inner, columns]: readonly [number, number, number],
  a: Address,
  b: Address,
  c: Address,
  bias: Address = 0,
): void {
  const { kernels } = runtime;
  if (transposeA && !transposeB && bias === 0) {
    runtime.zero(c, rows * columns);
    kernels.multiplyTransposedAdd(a, b, c, inner, rows, columns, rows, columns);
    return;
  }
  runtime.withScratch((take) => {
    const left = transposeA ? take(rows * inner) : a;
    if (transposeA) kernels.transpose(a, left, inner, rows);
    new Product(runtime, take, b, inner, columns, { transposed: transposeB, bias }).multiply(left, c, rows);
  });
}

/** The product over the last two axes, the others broadcast against each other. */
function multiplyBatches(runtime: Runtime, { a, b, bias }: Inputs, transposes: Transposes): tf.TensorInfo {
  if (a!.dtype !== 'float32' || b!.dtype !== 'float32') {
    throw new Error(`matrix products on the wasm backend take float32, got ${a!.dtype} and ${b!.dtype}`);
  }
  const [aRows, aColumns] = a!.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b!.shape.slice(-2) as [number, number];
  const rows = transposes.transposeA ? aColumns : aRows;
  const inner = transposes.transposeA ? aRows : aColumns;
  const columns = transposes.transposeB ? bRows : bColumns;
  if (inner !== (transposes.transposeB ? bColumns : bRows)) {
    throw new Error(`the inner sides of a matrix product differ: [${a!.shape}] and [${b!.shape}]`);
  }
  if (bias && tf.util.sizeFromShape(bias.shape) !== columns) {
    throw new Error(`the bias of a matrix product has one value a column (${columns}), got shape [${bias.shape}]`);
  }
  const aOuter = a!.shape.slice(0, -2);
  const bOuter = b!.shape.slice(0, -2);
  const outer = tf.backend_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const c = runtime.output([...outer, rows, columns]);
  const aIndex = broadcastIndex(aOuter, outer);
  const bIndex = broadcastIndex(bOuter, outer);
  const count = tf.util.sizeFromShape(outer);
  for (let i = 0; i < count; i++) {
    multiply(
      runtime,
      transposes,
      [rows, inner, columns],
      runtime.address(a!) + aIndex(i) * rows * inner * 4,
      runtime.address(b!) + bIndex(i) * inner * columns * 4,
      runtime.address(c) + i * rows * columns * 4,
      runtime.addressOrNone(bias),
    );
  }
  return c;
}

/** Maps an index of the flattened `outer` shape to one of a shape that was broadcast to it. */
function broadcastIndex(shape: readonly number[], outer: readonly number[]): (index: number) => number {
  const offset = outer.length - shape.length;
  return (index) => {
    let result = 0;
    let stride = 1;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const side = outer[axis] as number;
      const at = index % side;
      index = (index - at) / side;
      if (axis < offset) continue;
      const own = shape[axis - offset] as number;
      if (own !== 1) result += at * stride;
      stride *= own;
    }
    return result;
  };
}

const batchMatMul: Run<Transposes> = (runtime, inputs, attributes) => multiplyBatches(runtime, inputs, attributes);

const fusedMatMul: Run<Transposes & FusedAttributes> = (runtime, inputs, attributes) =>
  applyFusedActivation(
    runtime,
    multiplyBatches(runtime, inputs, attributes),
    attributes,
    inputs.preluActivationWeights,
  );

export const matmulKernels = [wasmKernel(tf.BatchMatMul, batchMatMul), wasmKernel(tf._FusedMatMul, fusedMatMul)];
