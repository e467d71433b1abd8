import { addCosts, costTable, type LayerCost, noCost } from '../../search/cost/counts.js';
import { expand } from '../../search/network/graph.js';
import type { PlannedNetwork } from '../../search/plan/plan.js';
import type { BlockView, NetworkPage } from '../api.js';

/** The layers of a network with their counts, and the same added up by block. */
export function networkPage({ id, network }: PlannedNetwork): NetworkPage {
  const layers = costTable(expand(network));
  const typeOf = new Map<string, string>(network.stages.map(({ name, block }) => [name, block]));
  const members = new Map<string, LayerCost[]>();
  for (const layer of layers) {
    const name = blockOf(layer.name, typeOf);
    const block = members.get(name);
    if (block) block.push(layer);
    else members.set(name, [layer]);
  }
  const blocks = [...members].map(([name, own]): BlockView => {
    const stage = name.split('/')[0] as string;
    const last = own.at(-1) as LayerCost;
    return {
      name,
      stage,
      type: typeOf.get(stage) ?? 'classifier',
      shape: last.shape,
      ...own.reduce((sum, { macs, params, activations }) => addCosts(sum, { macs, params, activations }), noCost),
    };
  });
  return { id, blocks, layers };
}

/** `stage3/block1` of `stage3/block1/expand/conv`; whatever is in no stage belongs to the classifier. */
function blockOf(layer: string, stages: ReadonlyMap<string, string>): string {
  const [stage = '', block = ''] = layer.split('/');
  return stages.has(stage) ? `${stage}/${block}` : 'classifier';
}
