import { childSeed, Random } from '../../search/base/random.js';
import { numbersIn } from '../../search/cost/counts.js';
import { type LayerGraph, mapLayers } from '../../search/network/layers/index.js';
import { type ParameterSpec, sizeOf } from '../../search/network/layers/operation.js';

export type { ParameterRole, ParameterSpec } from '../../search/network/layers/operation.js';
export { sizeOf };

/** Every parameter of a network in the order of its layers, without allocating any. */
export function parameterSpecs(graph: LayerGraph): ParameterSpec[] {
  return mapLayers(graph, (layer, operation, inputs) => operation.parameters(layer, inputs)).flat();
}

/** Trainable numbers in these parameters: what the cost model calls params. */
export function countTrainable(specs: readonly ParameterSpec[]): number {
  return numbersIn(specs).trainable;
}

/**
 * Initial values of a parameter, as its operation defines them (search/network/layers). They depend only on the seed and the parameter's name,
 * so all engines start from the same values, and adding a layer changes those of no other.
 *
 * As in the reference EfficientNet, convolutions are normal with variance 2 / fan-out (He et al. 2015, arXiv 1502.01852, section 2.2); dense
 * layers are uniform (Glorot and Bengio 2010, equation 16). Gamma and moving variances are 1, everything else 0.
 */
export function initialValues({ name, shape, initialiser }: ParameterSpec, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  const random = new Random(childSeed(seed, 'initial', name));
  switch (initialiser.kind) {
    case 'constant':
      return values.fill(initialiser.value);
    case 'heNormal': {
      const deviation = Math.sqrt(2 / initialiser.fanOut);
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
      return values;
    }
    case 'glorotUniform': {
      const limit = Math.sqrt(6 / (initialiser.fanIn + initialiser.fanOut));
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
      return values;
    }
  }
}

/** Names of the batch norms that end a residual branch: their output is added to the shortcut, directly or through stochastic depth. */
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
