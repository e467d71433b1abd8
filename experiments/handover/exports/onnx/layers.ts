import type {
  ActivationName,
  Layer,
  LayerOf,
  OperationName,
  Shape,
  Window,
} from '../../../../search/network/layers/index.js';
import { paddedPixels } from '../../../../workers/engine/tfjs/model/padding.js';
import { type TrainedModel, weightOf } from '../trained-model.js';
import { toChannelsFirst, toFiltersFirst, transposed } from '../transpose.js';
import type { OnnxGraph } from './graph.js';

/** The graph to write into, the model with the weights, and the shape of the layer's first input. */
interface Place {
  readonly onnx: OnnxGraph;
  readonly model: TrainedModel;
  readonly input: Shape;
}

type Writer<L extends Layer> = (layer: L, inputs: readonly [string, ...string[]], place: Place) => string;

/** Adds one layer after its inputs, [batch, channels, height, width]; returns the name of its output. */
export function addLayer(layer: Layer, inputs: readonly [string, ...string[]], place: Place): string {
  const write = writers[layer.op] as Writer<Layer>;
  return write(layer, inputs, place);
}

/** The ONNX operators that represent each operation. */
const writers: { readonly [Op in OperationName]: Writer<LayerOf<Op>> } = {
  conv(layer, [x], place) {
    const { name, filters, kernel } = layer;
    const [, , channels] = place.input;
    const values = toFiltersFirst(weightOf(place.model, `${name}/kernel`), [kernel, kernel, channels, filters]);
    const filter = place.onnx.floats(`${name}/kernel`, [filters, channels, kernel, kernel], values);
    return convolution(layer, x, place, filter, 1);
  },
  depthwise(layer, [x], place) {
    const { name, kernel } = layer;
    const [, , channels] = place.input;
    const values = toChannelsFirst(weightOf(place.model, `${name}/kernel`), kernel, channels);
    const filter = place.onnx.floats(`${name}/kernel`, [channels, 1, kernel, kernel], values);
    return convolution(layer, x, place, filter, channels);
  },
  batchNorm({ name, epsilon }, [x], { onnx, model, input }) {
    const parameters = ['gamma', 'beta', 'movingMean', 'movingVariance'].map((role) =>
      onnx.floats(`${name}/${role}`, [input[2]], weightOf(model, `${name}/${role}`)),
    );
    return onnx.node('BatchNormalization', name, [x, ...parameters], { epsilon: { float: epsilon } });
  },
  activation: (layer, [x], { onnx }) => activated(onnx, layer.name, layer.activation, x),
  /** Pooled to 1×1, two 1×1 convolutions, and a product that broadcasts over the image. */
  squeezeExcite({ name, squeezed, activation, gate }, [x], { onnx, model, input: [, , channels] }) {
    const dense = (part: string, read: string, from: number, to: number): string => {
      const values = transposed(weightOf(model, `${name}/${part}/kernel`), from, to);
      const kernel = onnx.floats(`${name}/${part}/kernel`, [to, from, 1, 1], values);
      const bias = onnx.floats(`${name}/${part}/bias`, [to], weightOf(model, `${name}/${part}/bias`));
      return onnx.node('Conv', `${name}/${part}`, [read, kernel, bias]);
    };
    let gates = onnx.node('GlobalAveragePool', `${name}/pool`, [x]);
    gates = dense('reduce', gates, channels, squeezed);
    gates = activated(onnx, `${name}/activation`, activation, gates);
    gates = dense('expand', gates, squeezed, channels);
    return onnx.node('Mul', name, [x, activated(onnx, `${name}/gate`, gate, gates)]);
  },
  maxPool: (layer, [x], { onnx, input }) => onnx.node('MaxPool', layer.name, [x], windowOf(layer, input)),
  averagePool: (layer, [x], { onnx, input }) =>
    onnx.node('AveragePool', layer.name, [x], {
      ...windowOf(layer, input),
      count_include_pad: layer.countPadding ? 1 : 0,
    }),
  globalAveragePool: ({ name }, [x], { onnx }) => onnx.node('GlobalAveragePool', name, [x]),
  flatten({ name, shape: [, , elements] }, [x], { onnx }) {
    // Our order is height, width, channels; the tensor of four axes keeps every layer alike.
    const last = onnx.node('Transpose', `${name}/last`, [x], { perm: [0, 2, 3, 1] });
    return onnx.node('Reshape', name, [last, onnx.integers(`${name}/shape`, [0, elements, 1, 1])]);
  },
  dense({ name, units, bias }, [x], { onnx, model, input: [, , channels] }) {
    const flat = onnx.node('Flatten', `${name}/flat`, [x], { axis: 1 });
    const kernel = transposed(weightOf(model, `${name}/kernel`), channels, units);
    const matrix = onnx.floats(`${name}/kernel`, [units, channels], kernel);
    const biases = bias ? [onnx.floats(`${name}/bias`, [units], weightOf(model, `${name}/bias`))] : [];
    const product = onnx.node('Gemm', `${name}/product`, [flat, matrix, ...biases], { transB: 1 });
    return onnx.node('Reshape', name, [product, onnx.integers(`${name}/shape`, [0, units, 1, 1])]);
  },
  // Both do nothing in prediction.
  dropout: (_, [x]) => x,
  dropPath: (_, [x]) => x,
  // `Add` takes exactly two inputs.
  add: ({ name }, inputs, { onnx }) => onnx.node(inputs.length === 2 ? 'Add' : 'Sum', name, inputs),
  concat: ({ name }, inputs, { onnx }) => onnx.node('Concat', name, inputs, { axis: 1 }),
};

function convolution(
  layer: LayerOf<'conv'> | LayerOf<'depthwise'>,
  x: string,
  { onnx, model, input }: Place,
  kernel: string,
  group: number,
): string {
  const { name, bias } = layer;
  const values = bias ? weightOf(model, `${name}/bias`) : null;
  const biases = values ? [onnx.floats(`${name}/bias`, [values.length], values)] : [];
  return onnx.node('Conv', name, [x, kernel, ...biases], { ...windowOf(layer, input), group });
}

/** Pads are written out: `auto_pad` would do for most windows, but not every runtime splits an odd pad the same way. */
function windowOf(layer: Window, input: Shape) {
  const { kernel, stride } = layer;
  const { rows, columns } = paddedPixels(layer, input);
  const pads = [rows[0], columns[0], rows[1], columns[1]];
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads };
}

function activated(onnx: OnnxGraph, name: string, activation: ActivationName, x: string): string {
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
