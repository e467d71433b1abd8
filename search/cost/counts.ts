import { InputError } from '../base/errors.js';
import { type Layer, type LayerGraph, mapLayers, operationOf, type Shape } from '../network/layers/index.js';
import { sizeOf, type Work } from '../network/layers/operation.js';

/** Exact counts of one image through a network, or of one of its layers. */
export interface Cost extends Work {
  /** Trainable parameters. */
  readonly params: number;
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

/** Counts of one layer, from the shapes of its inputs. An unknown operation is an `InputError`, never zero. */
export function layerCost(layer: Layer, inputs: readonly [Shape, ...Shape[]]): Cost {
  const operation = operationOf(layer, layer.name);
  const { macs, activations } = operation.work(layer, inputs);
  return { macs, params: numbersIn(operation.parameters(layer, inputs)).trainable, activations };
}

/** How many numbers these parameters hold: learned ones, which the cost model calls params, and measured ones (moving statistics). */
export function numbersIn(parameters: readonly { readonly trainable: boolean; readonly shape: readonly number[] }[]): {
  trainable: number;
  measured: number;
} {
  const sum = { trainable: 0, measured: 0 };
  for (const { trainable, shape } of parameters) sum[trainable ? 'trainable' : 'measured'] += sizeOf(shape);
  return sum;
}

/** Counts of every layer, in the graph's order. */
export function costTable(graph: LayerGraph): readonly LayerCost[] {
  return mapLayers(graph, (layer, _, inputs) => ({
    name: layer.name,
    op: layer.op,
    shape: layer.shape,
    ...layerCost(layer, inputs),
  }));
}

/** Counts of a whole network: the sum over its layers. Throws an `InputError` above 2^53, where doubles stop being exact. */
export function graphCost(graph: LayerGraph): Cost {
  const cost = mapLayers(graph, (layer, _, inputs) => layerCost(layer, inputs)).reduce(addCosts, noCost);
  refuseInexact(cost);
  return cost;
}

/** Throws an `InputError` where a count is above 2^53 and so no longer exact. */
export function refuseInexact(cost: Cost): void {
  for (const [quantity, count] of Object.entries(cost))
    if (!Number.isSafeInteger(count))
      throw new InputError('does-not-fit', `${quantity}: expected at most 2^53 − 1, got ${count.toPrecision(3)}`);
}
