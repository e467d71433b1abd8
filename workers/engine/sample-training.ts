import { type Architecture, parseArchitecture } from '../../search/architecture.js';
import { graphCost } from '../../search/cost.js';
import { expand, inputShape } from '../../search/graph.js';
import { parse } from '../../search/parse.js';
import { Random } from '../../search/random.js';
import { recipeSchema } from '../../search/recipe.js';
import { Trainer } from '../training/trainer.js';
import type { Engine } from './engine.js';

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

/** Multiply-adds of the sample network, one image forward. */
export const sampleMacs: number = graphCost(expand(sampleNetwork)).macs;

/** A training that is the same everywhere: a network on fixed random images, SGD with momentum. Owns its model until `dispose`. */
export class SampleTraining {
  private readonly trainer: Trainer;
  private readonly pixels: Float32Array;
  private readonly labels: Int32Array;
  private steps = 0;

  /** `batch`: images per step. */
  constructor(
    engine: Engine,
    private readonly batch: number,
    private readonly network: Architecture = sampleNetwork,
  ) {
    const graph = expand(network);
    const random = new Random(1);
    const [height, width, channels] = graph.input;
    this.trainer = new Trainer(engine, graph, parse(recipeSchema, { batch }, 'recipe'), 1);
    this.pixels = Float32Array.from({ length: batch * height * width * channels }, () => random.normal());
    this.labels = Int32Array.from({ length: batch }, () => random.below(network.classes));
  }

  /** Takes one step and waits for it; resolves with the loss before it. */
  async step(): Promise<number> {
    const { pixels, labels, batch, network } = this;
    const loss = this.trainer.step({ pixels, labels, count: batch }, inputShape(network), this.steps++, 0.05);
    try {
      const [value = Number.NaN] = await loss.data();
      return value;
    } finally {
      loss.dispose();
    }
  }

  dispose(): void {
    this.trainer.dispose();
  }
}
