import type { ActivationName, Layer, LayerOf, Shape } from '../../../../search/network/layers.js';
import { unknownOp } from '../../../../search/network/shapes.js';
import { paddedPixels, type Window } from '../../../../workers/engine/tfjs/model/padding.js';
import { type TrainedModel, weightOf } from '../trained-model.js';
import { toChannelsFirst, toFiltersFirst, transposed } from '../transpose.js';
import type { OnnxGraph } from './graph.js';

/** Adds one layer behind the tensors that it reads, [batch, channels, height, width]; returns the name of what it writes. */
export function addLayer(
  onnx: OnnxGraph,
  model: TrainedModel,
  layer: Layer,
  inputs: readonly string[],
  shape: Shape,
): string {
  const { name } = layer;
  const [x] = inputs as [string];
  const weight = (role: string): Float32Array => weightOf(model, `${name}/${role}`);
  switch (layer.op) {
    case 'conv': {
      const dims = [layer.filters, shape[2], layer.kernel, layer.kernel];
      const values = toFiltersFirst(weight('kernel'), [layer.kernel, layer.kernel, shape[2], layer.filters]);
      return convolution(onnx, model, layer, x, shape, onnx.floats(`${name}/kernel`, dims, values), 1);
    }
    case 'depthwise': {
      const dims = [shape[2], 1, layer.kernel, layer.kernel];
      const values = toChannelsFirst(weight('kernel'), layer.kernel, shape[2]);
      return convolution(onnx, model, layer, x, shape, onnx.floats(`${name}/kernel`, dims, values), shape[2]);
    }
    case 'batchNorm': {
      const roles = ['gamma', 'beta', 'movingMean', 'movingVariance'];
      const parameters = roles.map((role) => onnx.floats(`${name}/${role}`, [shape[2]], weight(role)));
      return onnx.node('BatchNormalization', name, [x, ...parameters], { epsilon: { float: layer.epsilon } });
    }
    case 'activation':
      return activation(onnx, name, layer.activation, x);
    case 'squeezeExcite':
      return squeezeExcite(onnx, model, layer, x, shape);
    case 'maxPool':
      return onnx.node('MaxPool', name, [x], window(layer, shape));
    case 'averagePool':
      return onnx.node('AveragePool', name, [x], { ...window(layer, shape), count_include_pad: 0 });
    case 'globalAveragePool':
      return onnx.node('GlobalAveragePool', name, [x]);
    case 'flatten': {
      // Our order is height, width, channels; the tensor of four axes keeps every layer alike.
      const last = onnx.node('Transpose', `${name}/last`, [x], { perm: [0, 2, 3, 1] });
      return onnx.node('Reshape', name, [last, onnx.integers(`${name}/shape`, [0, layer.shape[2], 1, 1])]);
    }
    case 'dense': {
      const flat = onnx.node('Flatten', `${name}/flat`, [x], { axis: 1 });
      const kernel = transposed(weight('kernel'), shape[2], layer.units);
      const matrix = onnx.floats(`${name}/kernel`, [layer.units, shape[2]], kernel);
      const bias = layer.bias ? [onnx.floats(`${name}/bias`, [layer.units], weight('bias'))] : [];
      const product = onnx.node('Gemm', `${name}/product`, [flat, matrix, ...bias], { transB: 1 });
      return onnx.node('Reshape', name, [product, onnx.integers(`${name}/shape`, [0, layer.units, 1, 1])]);
    }
    // Both do nothing in prediction.
    case 'dropout':
    case 'dropPath':
      return x;
    case 'add':
      return onnx.node('Add', name, inputs);
    case 'concat':
      return onnx.node('Concat', name, inputs, { axis: 1 });
    default:
      return unknownOp(layer, 'ONNX');
  }
}

function convolution(
  onnx: OnnxGraph,
  model: TrainedModel,
  layer: LayerOf<'conv'> | LayerOf<'depthwise'>,
  x: string,
  shape: Shape,
  kernel: string,
  group: number,
): string {
  const { name, bias } = layer;
  const values = bias ? weightOf(model, `${name}/bias`) : null;
  const biases = values ? [onnx.floats(`${name}/bias`, [values.length], values)] : [];
  return onnx.node('Conv', name, [x, kernel, ...biases], { ...window(layer, shape), group });
}

/** Pads are written out: `auto_pad` would do for most windows, but not every runtime splits an odd pad the same way. */
function window(layer: Window, shape: Shape) {
  const { kernel, stride } = layer;
  const { rows, columns } = paddedPixels(layer, shape);
  const pads = [rows[0], columns[0], rows[1], columns[1]];
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads };
}

function activation(onnx: OnnxGraph, name: string, activation: ActivationName, x: string): string {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return onnx.node('Relu', name, [x]);
    case 'relu6': {
      const least = onnx.floats(`${name}/least`, [], Float32Array.of(0));
      const most = onnx.floats(`${name}/most`, [], Float32Array.of(6));
      return onnx.node('Clip', name, [x, least, most]);
    }
    case 'sigmoid':
      return onnx.node('Sigmoid', name, [x]);
    case 'swish':
      return onnx.node('Mul', name, [x, onnx.node('Sigmoid', `${name}/gate`, [x])]);
  }
}

/** Squeeze-and-excite: pooled to 1×1, two 1×1 convolutions, and a product that broadcasts over the image. */
function squeezeExcite(
  onnx: OnnxGraph,
  model: TrainedModel,
  layer: LayerOf<'squeezeExcite'>,
  x: string,
  [, , channels]: Shape,
): string {
  const { name, squeezed, gate } = layer;
  const dense = (part: string, input: string, from: number, to: number): string => {
    const values = transposed(weightOf(model, `${name}/${part}/kernel`), from, to);
    const kernel = onnx.floats(`${name}/${part}/kernel`, [to, from, 1, 1], values);
    const bias = onnx.floats(`${name}/${part}/bias`, [to], weightOf(model, `${name}/${part}/bias`));
    return onnx.node('Conv', `${name}/${part}`, [input, kernel, bias]);
  };
  let gates = onnx.node('GlobalAveragePool', `${name}/pool`, [x]);
  gates = dense('reduce', gates, channels, squeezed);
  gates = activation(onnx, `${name}/activation`, layer.activation, gates);
  gates = dense('expand', gates, squeezed, channels);
  return onnx.node('Mul', name, [x, activation(onnx, `${name}/gate`, gate, gates)]);
}
