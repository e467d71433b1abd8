import type { Layer, LayerGraph, LayerOf, Shape } from '../../search/layers.js';
import { batchNorm, type Operation, operationOf } from './operations.js';

/** One thing to compute: a layer, or a batch norm with the activation behind it. */
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
  const readers = readersOf(graph);
  const absorbed = new Set<string>();
  const steps: Omit<Step, 'releases'>[] = [];
  for (const layer of graph.layers) {
    shapes.set(layer.name, layer.shape);
    if (absorbed.has(layer.name)) continue;
    const activation = layer.op === 'batchNorm' ? activationAfter(layer, graph, readers) : undefined;
    if (layer.op === 'batchNorm' && activation) {
      absorbed.add(activation.name);
      steps.push({ output: activation.name, inputs: layer.inputs, run: batchNorm(layer, activation.activation) });
    } else {
      const [first = 'input'] = layer.inputs;
      const input = shapes.get(first);
      if (!input) throw new Error(`${layer.name} reads ${first}, which is no earlier layer`);
      steps.push({ output: layer.name, inputs: layer.inputs, run: operationOf(layer, input) });
    }
  }
  return withReleases(steps, graph.output);
}

function readersOf(graph: LayerGraph): Map<string, Layer[]> {
  const readers = new Map<string, Layer[]>();
  for (const layer of graph.layers)
    for (const input of new Set(layer.inputs)) readers.set(input, [...(readers.get(input) ?? []), layer]);
  return readers;
}

/** The activation that alone reads a batch norm. */
function activationAfter(
  layer: LayerOf<'batchNorm'>,
  graph: LayerGraph,
  readers: ReadonlyMap<string, readonly Layer[]>,
): LayerOf<'activation'> | undefined {
  const [reader, ...others] = readers.get(layer.name) ?? [];
  if (reader?.op !== 'activation' || others.length > 0 || layer.name === graph.output) return undefined;
  return reader;
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
