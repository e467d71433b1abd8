import { InputError } from '../base/errors.js';
import type { Layer, LayerGraph, Shape } from '../network/layers.js';
import { unknownOp } from '../network/shapes.js';

/** Exact counts of one image through a network, or of one of its layers. */
export interface Cost {
  /** Multiply-adds of convolution, squeeze-and-excite and dense layers; bias adds and batch norm do not count. */
  readonly macs: number;
  /** Trainable parameters. */
  readonly params: number;
  /** Elements written by convolution, squeeze-and-excite and dense layers. */
  readonly activations: number;
}

export interface LayerCost extends Cost {
  readonly name: string;
  readonly op: Layer['op'];
  readonly shape: Shape;
}

export const noCost: Cost = { macs: 0, params: 0, activations: 0 };

export function addCosts(a: Cost, b: Cost): Cost {
  return { macs: a.macs + b.macs, params: a.params + b.params, activations: a.activations + b.activations };
}

/** Counts of one layer, from the shapes of what it reads. An unknown operation is an `InputError`, never zero. */
export function layerCost(layer: Layer, inputShapes: readonly Shape[]): Cost {
  const [height, width, channels] = layer.shape;
  const written = height * width * channels;
  switch (layer.op) {
    case 'conv': {
      const weightsPerOutput = layer.kernel ** 2 * channelsOf(inputShapes);
      return {
        macs: weightsPerOutput * written,
        params: weightsPerOutput * channels + (layer.bias ? channels : 0),
        activations: written,
      };
    }
    case 'depthwise':
      return {
        macs: layer.kernel ** 2 * written,
        params: layer.kernel ** 2 * channels + (layer.bias ? channels : 0),
        activations: written,
      };
    case 'dense': {
      const inputs = channelsOf(inputShapes);
      return {
        macs: inputs * channels,
        params: inputs * channels + (layer.bias ? channels : 0),
        activations: channels,
      };
    }
    case 'squeezeExcite': {
      const weights = 2 * channels * layer.squeezed;
      const units = channels + layer.squeezed;
      return { macs: weights, params: weights + units, activations: units };
    }
    case 'batchNorm':
      return { ...noCost, params: 2 * channels };
    case 'activation':
    case 'maxPool':
    case 'averagePool':
    case 'globalAveragePool':
    case 'flatten':
    case 'dropout':
    case 'dropPath':
    case 'add':
    case 'concat':
      return noCost;
    default:
      return unknownOp(layer, (layer as Layer).name);
  }
}

/** Counts of every layer, in the graph's order. */
export function costTable(graph: LayerGraph): readonly LayerCost[] {
  return mapLayers(graph, (layer, inputShapes) => ({
    name: layer.name,
    op: layer.op,
    shape: layer.shape,
    ...layerCost(layer, inputShapes),
  }));
}

/** Counts of a whole network: the sum over its layers. Throws an `InputError` above 2^53, where doubles stop being exact. */
export function graphCost(graph: LayerGraph): Cost {
  const cost = mapLayers(graph, layerCost).reduce(addCosts, noCost);
  refuseInexact(cost);
  return cost;
}

/** Throws an `InputError` where a count is above 2^53 and so no longer exact. */
export function refuseInexact(cost: Cost): void {
  for (const [quantity, count] of Object.entries(cost))
    if (!Number.isSafeInteger(count))
      throw new InputError('does-not-fit', `${quantity}: expected at most 2^53 − 1, got ${count.toPrecision(3)}`);
}

/** Calls `visit` with each layer and the shapes of what it reads. */
export function mapLayers<T>(graph: LayerGraph, visit: (layer: Layer, inputShapes: readonly Shape[]) => T): T[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  return graph.layers.map((layer) => {
    const inputShapes = layer.inputs.map((input) => {
      const shape = shapes.get(input);
      if (!shape) throw new Error(`layer ${layer.name} reads ${input}, which is not before it`);
      return shape;
    });
    shapes.set(layer.name, layer.shape);
    return visit(layer, inputShapes);
  });
}

function channelsOf(inputShapes: readonly Shape[]): number {
  const [first] = inputShapes;
  if (!first) throw new Error('a layer with weights reads nothing');
  return first[2];
}
