import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSafetensors } from '../../experiments/handover/exports/safetensors.js';
import type { TrainedModel } from '../../experiments/handover/exports/trained-model.js';
import { toFiltersFirst, transposed } from '../../experiments/handover/exports/transpose.js';
import { writeFiles } from '../../experiments/handover/files.js';
import { Random } from '../../search/base/random.js';
import { expand } from '../../search/network/graph.js';
import { resolveNetwork } from '../../search/network/presets.js';
import { initialValues, type ParameterSpec, parameterSpecs } from '../../workers/engine/parameters.js';
import { missing } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { ask, pythonPackages } from './python.js';
import { furthest, spread, writePixels } from './trained.js';

const scratch = scratchFolder('torchvision');

/** A side at which every image of GoogLeNet has even sides, as at 224 px; elsewhere its poolings are aligned differently. */
const resolutionPx = 64;

/** Values as a training might leave them: gains, shifts and statistics are no longer those it began with. */
function drawn(spec: ParameterSpec): Float32Array {
  if (spec.role === 'kernel') return initialValues(spec, 3);
  const random = new Random(spec.name.length);
  const isSpread = spec.role === 'gamma' || spec.role === 'movingVariance';
  return initialValues(spec, 3).map(() => (isSpread ? 0.75 : -0.1) + 0.5 * random.uniform());
}

/** In PyTorch's layout. */
function toTorch({ shape }: ParameterSpec, values: Float32Array): { shape: readonly number[]; values: Float32Array } {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (shape.length === 4) return { shape: [d, c, a, b], values: toFiltersFirst(values, [a, b, c, d]) };
  return shape.length === 2 ? { shape: [b, a], values: transposed(values, a, b) } : { shape, values };
}

describe.skipIf(missing(pythonPackages()))('with the same weights', () => {
  it.each(['googlenet', 'densenet121', 'resnet50'])(
    'torchvision’s %s predicts the same within 1e-3 of the spread',
    async (name) => {
      const network = { ...resolveNetwork(name), resolutionPx, classes: 12 };
      const graph = expand(network);
      const specs = parameterSpecs(graph);
      const weights = new Map(specs.map((spec) => [spec.name, drawn(spec)]));
      const normalisation = { mean: [0, 0, 0], std: [1, 1, 1] };
      const folder = path.join(scratch, name);
      const model = { network, graph, weights, normalisation, classes: [] } as unknown as TrainedModel;
      const ours = await writePixels(model, folder);
      const tensors = specs.map((spec, i) => {
        return { name: String(i).padStart(5, '0'), ...toTorch(spec, weights.get(spec.name) as Float32Array) };
      });
      await writeFiles(folder, { 'weights.safetensors': toSafetensors(tensors, {}) });
      const scores = await ask<number[]>('torchvision_scores.py', [folder]);
      expect(furthest(ours, scores[folder] as number[])).toBeLessThan(1e-3 * spread(ours));
    },
    300_000,
  );
});
