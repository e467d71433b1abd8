/**
 * The networks that are benched, by the name that stands in the results. Without dropout and stochastic depth: every engine and every
 * peer computes the same.
 */
import { expand } from '../../dist/search/network/graph.js';
import { resolveNetwork } from '../../dist/search/network/presets.js';

const variants = {
  'mbconv-tiny': { network: 'mbconv-tiny', resolutionPx: 32, batch: 32 },
  'efficientnet-b0-small': { network: 'efficientnet-b0-small', resolutionPx: 32, batch: 32 },
  'mobilenetv2-small': { network: 'mobilenetv2-small', resolutionPx: 32, batch: 32 },
  'resnet18-32px': { network: 'resnet18', resolutionPx: 32, batch: 32 },
  'efficientnet-b0-64px': { network: 'efficientnet-b0', resolutionPx: 64, batch: 32 },
  'efficientnet-b0-128px': { network: 'efficientnet-b0', resolutionPx: 128, batch: 32 },
};

export const networkNames = Object.keys(variants);

/** The network of a name of the list above, its layer graph and the images of a step; throws for another name. */
export function benchNetwork(name) {
  const variant = variants[name];
  if (!variant) throw new Error(`--networks: expected some of ${networkNames.join(', ')}, got ${name}`);
  const { resolutionPx, batch } = variant;
  const network = {
    ...resolveNetwork(variant.network),
    resolutionPx,
    classes: 10,
    regularisation: { dropout: 0, stochasticDepth: 0 },
  };
  return { network, graph: expand(network), batch };
}
