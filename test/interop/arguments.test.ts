import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kerasArguments } from '../../experiments/handover/exports/keras/arguments.js';
import { timmArguments } from '../../experiments/handover/exports/timm/arguments.js';
import { timmProgram } from '../../experiments/handover/exports/timm/program.js';
import { writeFiles } from '../../experiments/handover/files.js';
import { graphCost } from '../../search/cost/counts.js';
import { parseArchitecture } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';
import { resolveNetwork } from '../../search/network/presets.js';
import { multipliers } from '../../search/scaling/coefficients.js';
import { regularisationAt } from '../../search/scaling/regularisation.js';
import { scaleArchitecture } from '../../search/scaling/scaling.js';
import { missing } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { ask, pythonPackages } from './python.js';

const scratch = scratchFolder('arguments');
const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const baseline = resolveNetwork('efficientnet-b0');

/** The network of (1.2, 1.1, 1.15) at φ, and its multipliers. */
function scaled(phi: number) {
  const by = multipliers({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi });
  const regularisation = regularisationAt(baseline.regularisation, phi);
  const network = scaleArchitecture(baseline, by, { rounding: 'efficientnet', resolutionMultiple: 1, regularisation });
  return { network, by, params: graphCost(expand(network)).params };
}

describe.skipIf(missing(pythonPackages()))('the arguments of a network scaled from EfficientNet-B0', () => {
  it('make one of as many parameters with Keras’ EfficientNet', async () => {
    const files = await Promise.all(
      [0, 2].map(async (phi) => {
        const { network, by, params } = scaled(phi);
        const args = kerasArguments(network, by);
        expect(args).toMatchObject({ width_coefficient: by.width, default_size: network.resolutionPx });
        const [file] = await writeFiles(path.join(scratch, `keras-${phi}`), { 'arguments.json': JSON.stringify(args) });
        return [file as string, params] as const;
      }),
    );
    const counts = await ask<number>(
      'keras_arguments.py',
      files.map(([file]) => file),
    );
    expect(counts).toEqual(Object.fromEntries(files));
  }, 300_000);

  it('make one of as many parameters with timm, by its own multipliers', async () => {
    const folders = await Promise.all(
      [0, 2].map(async (phi) => {
        const { network, by, params } = scaled(phi);
        const args = timmArguments(network, normalisation, { baseline, multipliers: by });
        expect(args).toMatchObject({
          channel_multiplier: by.width,
          depth_multiplier: by.depth,
          resolution: network.resolutionPx,
          drop_rate: network.regularisation.dropout,
        });
        expect(args.arch_def[1]).toEqual(['ir_r2_k3_s2_e6_c24_nsw_se0.25']);
        const folder = path.join(scratch, `timm-${phi}`);
        await writeFiles(folder, { 'arguments.json': JSON.stringify(args), 'model.py': timmProgram });
        return [folder, params] as const;
      }),
    );
    const counts = await ask<number>(
      'timm_arguments.py',
      folders.map(([folder]) => folder),
    );
    expect(counts).toEqual(Object.fromEntries(folders));
  }, 300_000);
});

it('a network that Keras’ EfficientNet cannot be has no arguments for it', () => {
  expect(kerasArguments(resolveNetwork('efficientnet-b0-small'), { depth: 1, width: 1 })).toBeNull();
  expect(kerasArguments(scaled(1).network, { depth: 1, width: 1 })).toBeNull();
});

it('a network whose rounding is not timm’s is written down block by block', () => {
  const { network, by } = scaled(2);
  const stages = network.stages.map((stage) => (stage.name === 'stage3' ? { ...stage, repeats: 9 } : stage));
  const deeper = parseArchitecture({ ...network, stages });
  const args = timmArguments(deeper, normalisation, { baseline, multipliers: by });
  expect(args).toMatchObject({ channel_multiplier: 1, depth_multiplier: 1, fix_stem: true });
  expect(args.arch_def[2]).toEqual(['ir_r9_k5_s2_e6_c48_nsw_se0.25']);
});
