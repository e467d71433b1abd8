import type { Architecture, Stage } from './architecture.js';
import type { Tensors } from './blocks/block.js';
import { blockTypes, expandBlock } from './blocks/index.js';
import { GraphBuilder } from './graph-builder.js';
import type { LayerGraph, Shape } from './layers/index.js';

/** Name of the layer that writes the logits. */
const logitsName = 'logits';

/** Name of the layer that joins the last stage to the dense layers. */
const poolName = 'classifier/pool';

/**
 * Expands a network into its layers, in topological order: the blocks of each stage as `stage/block1`, `stage/block2`, … and the classifier.
 * Each block reads what the previous block returned. Throws an `InputError` that names the layer where the image becomes too
 * small or shapes do not meet.
 */
export function expand(network: Architecture): LayerGraph {
  const builder = new GraphBuilder(inputShape(network), network.batchNorm);
  const residualBlocks = countResidualBlocks(network.stages);
  let residualIndex = 0;
  let tensors: Tensors = ['input'];
  for (const stage of network.stages) {
    for (let i = 0; i < stage.repeats; i++) {
      const isResidual = blockTypes[stage.block].residual;
      tensors = expandBlock(builder, tensors, stage, {
        prefix: `${stage.name}/block${i + 1}`,
        width: stage.width,
        stride: i === 0 ? stage.stride : 1,
        dropPathRate: isResidual ? (network.regularisation.stochasticDepth * residualIndex) / residualBlocks : 0,
      });
      if (isResidual) residualIndex++;
    }
  }
  return builder.finish(expandClassifier(builder, tensors[0], network));
}

/** Side of the image that the classifier reads, pixels. */
export function featureSide(network: Architecture): number {
  const { layers } = expand(network);
  const pool = layers.find(({ name }) => name === poolName);
  const features = layers.find(({ name }) => name === pool?.inputs[0]);
  return features?.shape[0] ?? network.resolutionPx;
}

export function inputShape(network: Architecture): Shape {
  return [network.resolutionPx, network.resolutionPx, network.channels];
}

/**
 * Adds the classifier after the layer called `input`: batch norm and ReLU where it has them, pool or flatten, hidden dense layers each with
 * ReLU and dropout, and the dense layer that writes the logits. Returns the name of that layer.
 */
export function expandClassifier(builder: GraphBuilder, input: string, network: Architecture): string {
  const { norm, pool, hidden } = network.classifier;
  const { dropout } = network.regularisation;
  let x = input;
  if (norm) x = builder.activate('classifier/activation', builder.norm('classifier/norm', x), 'relu');
  x = builder.add(poolName, [x], { op: pool === 'average' ? 'globalAveragePool' : 'flatten' });
  hidden.forEach((units, i) => {
    const prefix = `classifier/hidden${i + 1}`;
    x = builder.add(`${prefix}/dense`, [x], { op: 'dense', units, bias: true });
    x = builder.activate(`${prefix}/activation`, x, 'relu');
    if (dropout > 0) x = builder.add(`${prefix}/dropout`, [x], { op: 'dropout', rate: dropout });
  });
  if (hidden.length === 0 && dropout > 0) x = builder.add('classifier/dropout', [x], { op: 'dropout', rate: dropout });
  return builder.add(logitsName, [x], { op: 'dense', units: network.classes, bias: true });
}

function countResidualBlocks(stages: readonly Stage[]): number {
  return stages.reduce((sum, stage) => sum + (blockTypes[stage.block].residual ? stage.repeats : 0), 0);
}
