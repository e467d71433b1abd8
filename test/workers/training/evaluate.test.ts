import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import { GraphBuilder } from '../../../search/network/graph-builder.js';
import type { Batch } from '../../../workers/data/loader/batches.js';
import { evaluate } from '../../../workers/training/evaluate.js';
import { mostMistakes } from '../../../workers/training/mistakes.js';

/** A batch whose logits are given: what is made of them is under test. */
type LogitBatch = Batch & { readonly logits: readonly number[] };

const builder = new GraphBuilder([1, 1, 3], { epsilon: 1e-3, momentum: 0.9 });
const graph = builder.finish(builder.add('flat', ['input'], { op: 'flatten' }));
const session = { graph, predict: async (batch: Batch) => Float32Array.from((batch as LogitBatch).logits) };

const batch = (logits: number[], labels: number[], count = labels.length): LogitBatch => ({
  shape: [1, 1, 3],
  pixels: new Uint8Array(3 * count),
  labels: Int32Array.from(labels),
  count,
  variations: null,
  logits,
});

describe('evaluate', () => {
  it('counts what was taken for what, and averages the cross-entropy over all images', async () => {
    const batches = [batch([5, 0, 0, 0, 0, 2], [0, 1]), batch([0, 1, 0, 9, 9, 9], [1, 2], 1)];
    const { images, accuracy, loss, confusion } = await evaluate(session, batches);
    expect(images).toBe(3);
    expect(accuracy).toBe(2 / 3);
    expect(confusion).toEqual([
      [1, 0, 0],
      [0, 1, 1],
      [0, 0, 0],
    ]);
    const crossEntropy = (logits: number[], truth: number): number =>
      Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (logits[truth] as number);
    const losses = [crossEntropy([5, 0, 0], 0), crossEntropy([0, 0, 2], 1), crossEntropy([0, 1, 0], 1)];
    expect(loss).toBeCloseTo(losses.reduce((sum, value) => sum + value, 0) / 3, 12);
  });

  it('counts only the cells that are not zero where there are 10,000 classes', async () => {
    const classes = 10_000;
    const wide = new GraphBuilder([1, 1, classes], { epsilon: 1e-3, momentum: 0.9 });
    const many = wide.finish(wide.add('flat', ['input'], { op: 'flatten' }));
    const logits = (said: number) => Array.from({ length: classes }, (_, i) => (i === said ? 9 : 0));
    const said = [3, 3, 9999, 0];
    const batches = [{ ...batch(said.flatMap(logits), [3, 3, 9998, 0]), shape: [1, 1, classes] as const }];
    const { confusion, confusionCells, accuracy } = await evaluate({ ...session, graph: many }, batches);
    expect(confusion).toEqual([]);
    expect(confusionCells).toEqual({
      classes,
      cells: [
        [0, 0, 1],
        [3, 3, 2],
        [9998, 9999, 1],
      ],
    });
    expect(accuracy).toBe(0.75);
  });

  it('lists the mistakes by their place in the split with the soft-max of the class that is said, whatever the batches', async () => {
    const random = new Random(5);
    const images = 60;
    const logits = Array.from({ length: 3 * images }, () => Math.fround(random.below(800) / 100));
    const labels = Array.from({ length: images }, () => random.below(3));
    const expected = labels.flatMap((truth, image) => {
      const row = logits.slice(3 * image, 3 * image + 3);
      const predicted = row.indexOf(Math.max(...row));
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const probability = Number((Math.exp(row[predicted] as number) / total).toFixed(4));
      return predicted === truth ? [] : [{ image, truth, predicted, probability }];
    });
    expected.sort((a, b) => b.probability - a.probability || a.image - b.image);
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.length).toBeLessThanOrEqual(mostMistakes);
    for (const size of [60, 16, 7]) {
      const batches = Array.from({ length: Math.ceil(images / size) }, (_, i) =>
        batch(logits.slice(3 * i * size, 3 * (i + 1) * size), labels.slice(i * size, (i + 1) * size)),
      );
      const { mistakes, confusion } = await evaluate(session, batches);
      expect(mistakes).toEqual(expected);
      for (const { truth, predicted } of mistakes) expect(confusion[truth]?.[predicted]).toBeGreaterThan(0);
    }
  });

  it('keeps the loss of large logits finite, and says when a logit is not a number', async () => {
    const large = await evaluate(session, [batch([1e4, 0, -1e4], [0])]);
    expect(large.loss).toBe(0);
    const nan = await evaluate(session, [batch([Number.NaN, 0, 0], [0])]);
    expect(nan.loss).toBeNaN();
  });

  it('ends with the reason of an aborted signal', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(evaluate(session, [batch([1, 2, 3], [0])], aborted)).rejects.toThrow('enough');
  });
});
