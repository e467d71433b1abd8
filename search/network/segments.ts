import type { Layer, LayerGraph } from './layers/index.js';

/**
 * Adjacent layers that are computed, measured and re-computed together: those of one block, or a row of layers outside any block. Every layer
 * of a network is in exactly one segment. Engines and the memory model share this definition.
 */
export interface Segment {
  readonly layers: readonly Layer[];
  /** Names of the outside tensors that its layers read, each once, in the order of first use. */
  readonly inputs: readonly string[];
  /** Names of its own tensors that are read after it; in the last segment this includes the network's output. */
  readonly outputs: readonly string[];
  /** Names of earlier tensors that are read after it, whether or not it reads them too. */
  readonly passing: readonly string[];
  /**
   * Whether its activations can be dropped and re-computed in the backward pass: it is a block, and only one tensor that it writes is read
   * outside it.
   */
  readonly canRecompute: boolean;
}

/** The segments of a network, in order. */
export function segmentsOf(graph: LayerGraph): Segment[] {
  // Walking backwards: earlier tensors that are read after the current position.
  const readAfter = new Set([graph.output]);
  const segments: Segment[] = [];
  for (const { layers, isBlock } of runsOf(graph).reverse()) {
    segments.push(segmentOf(layers, readAfter, isBlock));
    for (const { inputs } of layers) for (const name of inputs) readAfter.add(name);
    for (const { name } of layers) readAfter.delete(name);
  }
  return segments.reverse();
}

/** The segment of these layers. `readAfter` names all tensors, its own and earlier ones, that are read after it. */
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
