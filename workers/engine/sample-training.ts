import { type Architecture, parseArchitecture } from '../../search/architecture.js';
import { graphCost } from '../../search/cost.js';
import { expand } from '../../search/graph.js';
import { parse } from '../../search/parse.js';
import { Random } from '../../search/random.js';
import { type Recipe, recipeSchema } from '../../search/recipe.js';
import type { Batch } from '../training/batches.js';
import { Trainer } from '../training/trainer.js';
import type { Engine } from './engine.js';
