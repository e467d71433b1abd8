import type { Shape } from '../../../../search/network/layers/index.js';
import type { TrainedModel } from '../trained-model.js';
import { OnnxGraph } from './graph.js';
import { addLayer } from './layers.js';
import { dataTypes, encodeModel } from './schema.js';

/** All operators used here exist since opset 15; 17 belongs to IR version 8, which every current runtime reads. */
const opset = 17;
const irVersion = 8;

/**
 * A trained network as an ONNX model. It maps `pixels` [batch, channels, height, width] from 0 to 255 to `scores` [batch, classes], the logits, and
 * normalises its input itself. Dropout and stochastic depth are left out: they do nothing in prediction.
 */
export function toOnnx(model: TrainedModel, version: string): Uint8Array {
  const { graph, network, classes } = model;
  const onnx = new OnnxGraph();
  const outputs = new Map([['input', normalised(onnx, model)]]);
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  for (const layer of graph.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)) as unknown as [string, ...string[]];
    const input = shapes.get(layer.inputs[0] as string) as Shape;
    outputs.set(layer.name, addLayer(layer, inputs, { onnx, model, input }));
    shapes.set(layer.name, layer.shape);
  }
  // The last layer is called `logits` already.
  onnx.node('Flatten', 'scores', [outputs.get(graph.output) as string], { axis: 1 });
  const [height, width, channels] = graph.input;
  return encodeModel({
    irVersion,
    producerName: 'triscale',
    producerVersion: version,
    docString: `${network.title ?? network.name} at ${network.resolutionPx} px; takes pixels from 0 to 255`,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [{ key: 'classes', value: JSON.stringify(classes) }],
    graph: {
      name: network.name,
      node: onnx.nodes,
      initializer: onnx.initializers,
      input: [value('pixels', [channels, height, width])],
      output: [value('scores', [network.classes])],
    },
  });
}

/** (pixel / 255 − mean) / std, as a product and a sum. */
function normalised(onnx: OnnxGraph, { normalisation: { mean, std } }: TrainedModel): string {
  const dims = [1, mean.length, 1, 1];
  const scale = Float32Array.from(std, (deviation) => 1 / (255 * deviation));
  const shift = Float32Array.from(mean, (centre, i) => -centre / (std[i] as number));
  const scaled = onnx.node('Mul', 'normalisation/scaled', ['pixels', onnx.floats('normalisation/scale', dims, scale)]);
  return onnx.node('Add', 'normalisation', [scaled, onnx.floats('normalisation/shift', dims, shift)]);
}

function value(name: string, dims: readonly number[]): object {
  const dim = [{ dimParam: 'batch' }, ...dims.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: dataTypes.float, shape: { dim } } } };
}
