import type { LayerGraph } from '../../search/network/layers/index.js';
import type { ConfusionCells, Mistake } from '../../search/plan/trial.js';
import type { Batch } from '../data/loader/batches.js';
import type { Session } from '../engine/engine.js';
import { yieldToEvents } from '../engine/yield.js';
import { ConfusionCounts } from './confusion.js';
import { MistakeSample } from './mistakes.js';

/** How a network does on a split. */
export interface Evaluation {
  readonly images: number;
  /** Share of the images whose largest logit is the true class's. */
  readonly accuracy: number;
  /** Mean cross-entropy, natural logarithm, without label smoothing. NaN or infinite when a logit is. */
  readonly loss: number;
  /** confusion[truth][predicted], images; empty where there are so many classes that `confusionCells` says it. */
  readonly confusion: readonly (readonly number[])[];
  readonly confusionCells?: ConfusionCells;
  /** A sample of the images that are not right, surest first; places are in the order of the batches. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Runs a network in training over batches of images. Loss and counts are summed in double precision here, so that engines differ in the
 * logits alone. Between batches the event loop gets its turn; an aborted signal ends the evaluation with its reason.
 */
export async function evaluate(
  session: Pick<Session, 'graph' | 'predict'>,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const classes = classesOf(session.graph);
  const confusion = new ConfusionCounts(classes);
  const mistakes = new MistakeSample();
  let images = 0;
  let correct = 0;
  let lossSum = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const logits = await session.predict(batch);
    for (let i = 0; i < batch.count; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const truth = batch.labels[i] as number;
      const predicted = indexOfLargest(row);
      confusion.add(truth, predicted);
      const logTotal = logSumExp(row);
      if (predicted === truth) correct++;
      else {
        const probability = Math.exp((row[predicted] as number) - logTotal);
        mistakes.add({ image: images + i, truth, predicted, probability });
      }
      lossSum += logTotal - (row[truth] as number);
    }
    images += batch.count;
    await yieldToEvents();
  }
  return {
    images,
    accuracy: correct / images,
    loss: lossSum / images,
    ...confusion.result(),
    mistakes: mistakes.list(),
  };
}

function classesOf(graph: LayerGraph): number {
  const output = graph.layers.find(({ name }) => name === graph.output);
  if (!output) throw new Error(`the graph has no layer ${graph.output}`);
  return output.shape[2];
}

function indexOfLargest(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

/** Logarithm of the sum of the exponentials, which no large logit makes overflow. */
function logSumExp(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return Math.log(sum) + largest;
}
