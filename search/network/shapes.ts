import { InputError } from '../base/errors.js';
import type { Layer, Padding, Shape } from './layers.js';

/** A layer before it has a place in a graph: its operation and the options of that. */
export type LayerSpec = Layer extends infer L
  ? L extends Layer
    ? Omit<L, 'name' | 'inputs' | 'shape'>
    : never
  : never;

/**
 * Side of what a window of `kernel` pixels writes when it moves by `stride` over `side` pixels. `same` and `symmetric` agree for odd
 * kernels: ceil(side / stride). Throws an `InputError` that starts with `path` when no window fits.
 */
function outputSide(side: number, kernel: number, stride: number, padding: Padding, path: string): number {
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

/** Shape of what a layer writes, from the shapes of what it reads. `path` names the layer in errors. */
export function outputShape(layer: LayerSpec, inputs: readonly Shape[], path: string): Shape {
  const [first] = inputs;
  if (!first) throw new InputError('bad-value', `${path}: expected at least one input, got none`);
  const [height, width, channels] = first;
  switch (layer.op) {
    case 'conv':
      return [...window(layer, first, path), layer.filters];
    case 'depthwise':
    case 'maxPool':
    case 'averagePool':
      return [...window(layer, first, path), channels];
    case 'globalAveragePool':
      return [1, 1, channels];
    case 'flatten':
      return [1, 1, height * width * channels];
    case 'dense':
      if (height !== 1 || width !== 1)
        throw new InputError(
          'bad-value',
          `${path}: expected an input of 1×1 for a dense layer, got ${height}×${width}`,
        );
      return [1, 1, layer.units];
    case 'batchNorm':
    case 'activation':
    case 'squeezeExcite':
    case 'dropout':
    case 'dropPath':
      return first;
    case 'add':
      for (const other of inputs) mustMatch(first, other, 3, path);
      return first;
    case 'concat':
      for (const other of inputs) mustMatch(first, other, 2, path);
      return [height, width, inputs.reduce((sum, shape) => sum + shape[2], 0)];
    default:
      return unknownOp(layer, path);
  }
}

/** Ends every switch over operations: whatever is not known is an error, never zero. */
export function unknownOp(layer: never, path: string): never {
  const { op } = layer as { op?: unknown };
  throw new InputError('unknown-name', `${path}: expected a layer operation, got ${JSON.stringify(op)}`);
}

function window(
  layer: { readonly kernel: number; readonly stride: number; readonly padding: Padding },
  [height, width]: Shape,
  path: string,
): [number, number] {
  const { kernel, stride, padding } = layer;
  return [outputSide(height, kernel, stride, padding, path), outputSide(width, kernel, stride, padding, path)];
}

function mustMatch(a: Shape, b: Shape, axes: 2 | 3, path: string): void {
  if (a.slice(0, axes).join() !== b.slice(0, axes).join())
    throw new InputError('bad-value', `${path}: expected inputs of one size, got ${a.join('×')} and ${b.join('×')}`);
}
