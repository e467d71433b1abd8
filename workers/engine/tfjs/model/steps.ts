import * as tf from '@tensorflow/tfjs-core';
import { type Group, groupsOf } from '../../../../search/network/fusion.js';
import type { Layer, LayerGraph, Shape } from '../../../../search/network/layers/index.js';
import { type Segment, segmentsOf } from '../../../../search/network/segments.js';
import { fusedBottleneck, fusedConvolution } from './fused-units.js';
import { batchNormActivation } from './layers/batch-norm.js';
import { engineLayerOf } from './layers/index.js';
import type { Operation, StepContext } from './operations.js';

/** One unit of computation: a layer, or consecutive layers that are computed as one where the engine can. */
export interface Step {
  /** Name of the layer whose result this is. */
  readonly output: string;
  readonly inputs: readonly string[];
  readonly run: Operation;
  /** What no later step reads: it can be released after this one. */
  readonly releases: readonly string[];
}

/** The steps that compute a graph, in order, by segment. */
export function planSteps(graph: LayerGraph): { readonly segment: Segment; readonly steps: readonly Step[] }[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  for (const layer of graph.layers) shapes.set(layer.name, layer.shape);
  const shapeOf = (name: string): Shape => {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`${name} is read, but is no layer`);
    return shape;
  };
  const planned = segmentsOf(graph).map((segment) => ({
    segment,
    steps: groupsOf(segment, 'bottlenecks').map((group) => ({
      output: (group.layers.at(-1) as Layer).name,
      inputs: (group.layers[0] as Layer).inputs,
      run: operationOf(group, shapeOf),
    })),
  }));
  const releases = releasesOf(
    planned.flatMap(({ steps }) => steps),
    graph.output,
  );
  let index = 0;
  return planned.map(({ segment, steps }) => ({
    segment,
    steps: steps.map((step) => ({ ...step, releases: releases[index++] ?? [] })),
  }));
}

/** Runs steps in order: adds their outputs to `values` and releases what no later step reads. */
export function runSteps(steps: readonly Step[], values: Map<string, tf.Tensor4D>, context: StepContext): void {
  const read = (name: string): tf.Tensor4D => {
    const value = values.get(name);
    if (!value) throw new Error(`${name} is read before it is computed`);
    return value;
  };
  for (const step of steps) {
    const inputs = step.inputs.map(read);
    values.set(
      step.output,
      tf.tidy(() => step.run(inputs, context)),
    );
    for (const name of step.releases) {
      read(name).dispose();
      values.delete(name);
    }
  }
}

/** Computes a group: as one where the engine can, otherwise layer by layer. */
function operationOf(group: Group, shapeOf: (name: string) => Shape): Operation {
  const inputOf = (layer: Layer): string => layer.inputs[0] ?? 'input';
  const computed = (layer: Layer): Operation => engineLayerOf(layer).compute(layer as never, shapeOf(inputOf(layer)));
  switch (group.kind) {
    case 'bottleneck': {
      const { bottleneck, layers } = group;
      return fusedBottleneck(bottleneck, shapeOf(inputOf(bottleneck.depthwise.conv)), inTurn(layers, shapeOf));
    }
    case 'convolution': {
      const { unit, layers } = group;
      const input = inputOf(unit.conv);
      return fusedConvolution(unit, unit.conv, shapeOf(input), input !== 'input', inTurn(layers, shapeOf));
    }
    case 'norm':
      return batchNormActivation(group.norm, group.activation);
    case 'single':
      return computed(group.layer);
  }
}

/** Consecutive layers, one by one; an activation is computed together with the batch norm before it. */
function inTurn(layers: readonly Layer[], shapeOf: (name: string) => Shape): Operation {
  const outputs = [(layers.at(-1) as Layer).name];
  const operations = groupsOf({ layers, outputs }, 'norms').map((group) => operationOf(group, shapeOf));
  const [first, ...rest] = operations as [Operation, ...Operation[]];
  return (inputs, context) =>
    rest.reduce(
      (x, next) => {
        const y = next([x], context);
        x.dispose();
        return y;
      },
      first(inputs, context),
    );
}

/** For each step, the tensors that no later step reads. The image belongs to the caller and the network's output is the result, so neither is released. */
function releasesOf(steps: readonly Omit<Step, 'releases'>[], output: string): string[][] {
  const lastReader = new Map<string, number>();
  steps.forEach((step, i) => {
    lastReader.set(step.output, i);
    for (const input of step.inputs) lastReader.set(input, i);
  });
  lastReader.delete('input');
  lastReader.delete(output);
  const releases = steps.map((): string[] => []);
  for (const [name, last] of lastReader) releases[last]?.push(name);
  return releases;
}
