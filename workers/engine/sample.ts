import { parse } from '../../search/base/parse.js';
import { Random } from '../../search/base/random.js';
import { type Cost, graphCost } from '../../search/cost/counts.js';
import { type Architecture, parseArchitecture } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';
import { recipeSchema } from '../../search/plan/recipe.js';
import type { Batch } from '../data/loader/batches.js';
import { type Engine, plainSteps, type Session } from './engine.js';

/**
 * A network of 7 million multiply-adds with what the catalogue's mobile networks are made of: strided and unstrided convolutions,
 * depthwise 3×3 and 5×5, squeeze-and-excite, swish, residual additions.
 */
export const sampleNetwork: Architecture = parseArchitecture({
  name: 'sample',
  resolutionPx: 32,
  channels: 3,
  classes: 10,
  stages: [
    { name: 'stem', block: 'conv', width: 16, repeats: 1, stride: 1, activation: 'swish' },
    ...[
      [3, 1, 16, 1, 1],
      [3, 4, 24, 2, 2],
      [5, 4, 40, 2, 2],
      [3, 4, 64, 1, 2],
    ].map(([kernel, expand, width, repeats, stride], i) => ({
      name: `stage${i + 1}`,
      block: 'mbconv',
      width,
      repeats,
      stride,
      kernel,
      expand,
      squeezeExcite: { ratio: 0.25, activation: 'swish' },
      activation: 'swish',
    })),
    { name: 'head', block: 'conv', kernel: 1, width: 128, repeats: 1, stride: 1, activation: 'swish' },
  ],
  classifier: { pool: 'average' },
  regularisation: { dropout: 0, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
});

/** Of the sample network, one image forward. */
export const sampleCost: Cost = graphCost(expand(sampleNetwork));
/** A training that is the same everywhere: a network on fixed random images, SGD with momentum. Owns its session until `close`. */
export class SampleTraining {
  private steps = 0;

  private constructor(
    private readonly session: Session,
    private readonly batch: Batch,
  ) {}

  /** `batch`: images per step. */
  static async open(engine: Engine, batch: number, network: Architecture = sampleNetwork): Promise<SampleTraining> {
    const graph = expand(network);
    const random = new Random(1);
    const [height, width, channels] = graph.input;
    const session = await engine.open({
      graph,
      recipe: parse(recipeSchema, { batch }, 'recipe'),
      seed: 1,
      stepPlan: plainSteps,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.29, 0.29, 0.29] },
    });
    return new SampleTraining(session, {
      shape: graph.input,
      pixels: Uint8Array.from({ length: batch * height * width * channels }, () => random.below(256)),
      labels: Int32Array.from({ length: batch }, () => random.below(network.classes)),
      count: batch,
      variations: null,
    });
  }

  /** Takes one step and waits for it; resolves with the loss before it. */
  async step(): Promise<number> {
    await this.session.step(this.batch, this.steps++, 0.05);
    const [loss = Number.NaN] = await this.session.losses();
    return loss;
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
