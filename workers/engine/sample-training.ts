import { parse } from '../../search/base/parse.js';
import { Random } from '../../search/base/random.js';
import type { Architecture } from '../../search/network/architecture.js';
import { expand } from '../../search/network/graph.js';
import { recipeSchema } from '../../search/plan/recipe.js';
import { sampleNetwork } from './sample-network.js';
import type { Engine } from './tfjs/engine.js';
import { Trainer } from './tfjs/session/trainer.js';

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
    network: Architecture = sampleNetwork,
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
    const { pixels, labels, batch } = this;
    const loss = await this.trainer.step({ pixels, labels, count: batch }, this.steps++, 0.05);
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
