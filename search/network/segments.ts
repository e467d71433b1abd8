import type { Layer, LayerGraph } from './layers/index.js';

/**
 * Layers next to each other that are computed, measured and re-computed together: those of one block, or a row of layers outside of blocks.
 * A network is its segments in order, and no layer is in two. This is the one definition of a block that the engines and the memory model
 * share.
 */
export interface Segment {
  readonly layers: readonly Layer[];
  /** Names of the tensors from outside that its layers read, each once, in the order in which they are first read. */
  readonly inputs: readonly string[];
  /** Names of its own tensors that are read after it; of the last segment also the network's output. */
  readonly outputs: readonly string[];
  /** Names of the tensors that were there before it and are read after it, whether or not it reads them, too. */
  readonly passing: readonly string[];
  /**
   * Whether its inside can be dropped and computed once more in the backward pass: it is a block, and of what it writes one tensor alone is
   * read outside of it.
   */
  readonly canRecompute: boolean;
}

/** The segments of a network, in order. */
export function segmentsOf(graph: LayerGraph): Segment[] {
  // Going backwards, the tensors from before the place that are read behind it.
  const readAfter = new Set([graph.output]);
  const segments: Segment[] = [];
  for (const { layers, isBlock } of runsOf(graph).reverse()) {
    segments.push(segmentOf(layers, readAfter, isBlock));
    for (const { inputs } of layers) for (const name of inputs) readAfter.add(name);
    for (const { name } of layers) readAfter.delete(name);
  }
  return segments.reverse();
}

/** The segment of these layers when these tensors, its own and older ones, are read after it. */
export function segmentOf(layers: readonly Layer[], readAfter: ReadonlySet<string>, isBlock: boolean): Segment {
  const own = new Set(layers.map(({ name }) => name));
  const inputs = new Set(layers.flatMap((layer) => layer.inputs).filter((name) => !own.has(name)));
  const outputs = [...own].filter((name) => readAfter.has(name));
  const passing = [...readAfter].filter((name) => !own.has(name));
  return { layers, inputs: [...inputs], outputs, passing, canRecompute: isBlock && outputs.length === 1 };
}

/** The layers of each block, and those between blocks. */
function runsOf({ layers, blocks }: LayerGraph): { layers: readonly Layer[]; isBlock: boolean }[] {
  const runs: { layers: readonly Layer[]; isBlock: boolean }[] = [];
  let done = 0;
  const append = (end: number, isBlock: boolean): void => {
    if (end > done) runs.push({ layers: layers.slice(done, end), isBlock });
    done = end;
  };
  for (const { first, count } of blocks) {
    append(first, false);
    append(first + count, true);
  }
  append(layers.length, false);
  return runs;
}
