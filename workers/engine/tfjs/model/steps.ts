import * as tf from '@tensorflow/tfjs-core';
import type { Layer, LayerGraph, Shape } from '../../../../search/network/layers.js';
import { UnitFinder } from '../../../../search/network/units.js';
import { fusedBottleneck, fusedConvolution } from './fused-units.js';
import { batchNorm, type Operation, operationOf, type StepContext } from './operations.js';

/** One thing to compute: a layer, or layers that follow each other and are computed as one where the engine can. */
export interface Step {
  /** Name of the layer whose result this is. */
  readonly output: string;
  readonly inputs: readonly string[];
  readonly run: Operation;
  /** What no later step reads: it can be released after this one. */
  readonly releases: readonly string[];
}

/** Walks the graph once into the list of what is computed, in order. */
export function planSteps(graph: LayerGraph): Step[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  for (const layer of graph.layers) shapes.set(layer.name, layer.shape);
  const shapeOf = (name: string): Shape => {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`${name} is read, but is no layer`);
    return shape;
  };
  const finder = new UnitFinder(graph);
  const absorbed = new Set<Layer>();
  const steps: Omit<Step, 'releases'>[] = [];
  for (const layer of graph.layers) {
    if (absorbed.has(layer)) continue;
    const { layers, run } = groupAt(layer, finder, shapeOf);
    for (const one of layers) absorbed.add(one);
    steps.push({ output: (layers.at(-1) as Layer).name, inputs: layer.inputs, run });
  }
  return withReleases(steps, graph.output);
}

/** Runs steps one after the other: adds to `values` what they write, and releases what no later step reads. */
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

interface Group {
  readonly layers: readonly Layer[];
  readonly run: Operation;
}

/** The most layers from `layer` on that are computed as one. */
function groupAt(layer: Layer, finder: UnitFinder, shapeOf: (name: string) => Shape): Group {
  const operation = (one: Layer): Operation => operationOf(one, shapeOf(one.inputs[0] ?? 'input'));
  const input = layer.inputs[0] ?? 'input';
  const bottleneck = finder.bottleneckAt(layer);
  if (bottleneck) {
    const { layers, depthwise } = bottleneck;
    const plain = inTurn(layers, finder, operation);
    return { layers, run: fusedBottleneck(bottleneck, shapeOf(depthwise.conv.inputs[0] ?? 'input'), plain) };
  }
  const unit = finder.unitAt(layer);
  if (unit?.conv.op === 'conv') {
    const plain = inTurn(unit.layers, finder, operation);
    return { layers: unit.layers, run: fusedConvolution(unit, unit.conv, shapeOf(input), input !== 'input', plain) };
  }
  const activation = layer.op === 'batchNorm' ? finder.activationAfter(layer) : undefined;
  const layers = activation ? [layer, activation] : [layer];
  return { layers, run: inTurn(layers, finder, operation) };
}

/** Layers that follow each other, one by one; an activation is computed with the batch norm before it. */
function inTurn(layers: readonly Layer[], finder: UnitFinder, operation: (layer: Layer) => Operation): Operation {
  const operations: Operation[] = [];
  layers.forEach((layer, i) => {
    const before = layers[i - 1];
    if (layer.op === 'activation' && before?.op === 'batchNorm') return;
    const activation = layer.op === 'batchNorm' ? finder.activationAfter(layer) : undefined;
    operations.push(
      layer.op === 'batchNorm' && activation && layers.includes(activation)
        ? batchNorm(layer, activation.activation)
        : operation(layer),
    );
  });
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

function withReleases(steps: readonly Omit<Step, 'releases'>[], output: string): Step[] {
  const lastReader = new Map<string, number>();
  steps.forEach((step, i) => {
    lastReader.set(step.output, i);
    for (const input of step.inputs) lastReader.set(input, i);
  });
  lastReader.delete('input');
  lastReader.delete(output);
  const releases = steps.map((): string[] => []);
  for (const [name, last] of lastReader) releases[last]?.push(name);
  return steps.map((step, i) => ({ ...step, releases: releases[i] ?? [] }));
}
