import { InputError } from '../../base/errors.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { averagePool } from './average-pool.js';
import { batchNorm } from './batch-norm.js';
import { concat } from './concat.js';
import { conv } from './conv.js';
import { dense } from './dense.js';
import { depthwise } from './depthwise.js';
import { dropout, dropPath } from './dropout.js';
import { flatten } from './flatten.js';
import { globalAveragePool } from './global-average-pool.js';
import { maxPool } from './max-pool.js';
import type { Operation, Placed, Shape } from './operation.js';
import { squeezeExcite } from './squeeze-excite.js';

export type { ActivationName, Padding, Shape, Window } from './operation.js';

/** The operations by name: everything a network can be made of. */
export const operations = {
  conv,
  depthwise,
  batchNorm,
  activation,
  squeezeExcite,
  maxPool,
  averagePool,
  globalAveragePool,
  flatten,
  dense,
  dropout,
  dropPath,
  add,
  concat,
} as const;

export type OperationName = keyof typeof operations;

type OptionsOf<Op extends OperationName> = (typeof operations)[Op] extends Operation<infer Options> ? Options : never;

/** A layer before it is placed in a graph: its operation and that operation's options. */
export type LayerSpec = { [Op in OperationName]: { readonly op: Op } & OptionsOf<Op> }[OperationName];

/** A layer of a graph: its operation with that operation's options, its name, its inputs and the shape of its output. */
export type Layer = { [Op in OperationName]: Placed & { readonly op: Op } & OptionsOf<Op> }[OperationName];

export type LayerOf<Op extends OperationName> = Extract<Layer, { op: Op }>;

/**
 * The layer graph: a network whose blocks are expanded. The cost model, the memory model, the engines, the exporters and the picture on the
 * dashboard read this graph and nothing else.
 */
export interface LayerGraph {
  readonly input: Shape;
  /** In topological order. */
  readonly layers: readonly Layer[];
  /** Name of the layer that writes the logits, shape [1, 1, classes]. */
  readonly output: string;
  /** The blocks in the graph's order. Layers outside any block, such as the classifier's, are in none. */
  readonly blocks: readonly BlockLayers[];
}

/** The layers of one block, which are adjacent in the graph. */
export interface BlockLayers {
  /** Such as `stage3/block1`. */
  readonly name: string;
  /** Index of its first layer in the graph, and how many layers it has. */
  readonly first: number;
  readonly count: number;
}

/** The operation of a layer. An unknown one is an `InputError` that starts with `path`, never a layer that costs nothing. */
export function operationOf(layer: LayerSpec, path: string): Operation<LayerSpec> {
  const { op } = layer as { readonly op?: unknown };
  if (typeof op !== 'string' || !Object.hasOwn(operations, op))
    throw new InputError('unknown-name', `${path}: expected a layer operation, got ${JSON.stringify(op)}`);
  return operations[op as OperationName] as unknown as Operation<LayerSpec>;
}

/** Calls `visit` with each layer, its operation and the shapes of its inputs. */
export function mapLayers<T>(
  graph: LayerGraph,
  visit: (layer: Layer, operation: Operation<LayerSpec>, inputs: readonly [Shape, ...Shape[]]) => T,
): T[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  return graph.layers.map((layer) => {
    const operation = operationOf(layer, layer.name);
    const inputs = layer.inputs.map((input) => {
      const shape = shapes.get(input);
      if (!shape) throw new Error(`layer ${layer.name} reads ${input}, which is not before it`);
      return shape;
    });
    shapes.set(layer.name, layer.shape);
    return visit(layer, operation, inputs as [Shape, ...Shape[]]);
  });
}
