import type { LayerGraph } from '../../search/network/layers.js';

/** Names of the batch norms that end a residual branch: what they write is added to the shortcut, at most through stochastic depth. */
export function residualNorms({ layers }: LayerGraph): ReadonlySet<string> {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const norms = new Set<string>();
  for (const { op, inputs } of layers) {
    if (op !== 'add') continue;
    // A graph builder adds the branch as the second input.
    let end = byName.get(inputs[1] ?? '');
    if (end?.op === 'dropPath') end = byName.get(end.inputs[0] ?? '');
    if (end?.op === 'batchNorm') norms.add(end.name);
  }
  return norms;
}
