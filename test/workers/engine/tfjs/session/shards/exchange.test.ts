import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Exchange, type ExchangeLayout } from '../../../../../../workers/engine/tfjs/session/shards/exchange.js';
import { Rendezvous } from '../../../../../../workers/engine/tfjs/session/shards/rendezvous.js';

const layout: ExchangeLayout = { shards: 3, results: 10, batch: 7, shape: [2, 2, 1] };

/** The exchange as each of its threads sees it. */
function views(): Exchange[] {
  const first = new Exchange(layout);
  return [first, new Exchange(layout, first.memory), new Exchange(layout, first.memory)];
}

function batchOf(count: number) {
  return {
    pixels: Float32Array.from({ length: 7 * 4 }, (_, i) => i),
    labels: Int32Array.from({ length: 7 }, (_, i) => i),
    count,
  };
}

describe('the memory that threads share', () => {
  it('gives each of them its images of a batch, in order and all of them', () => {
    for (const count of [7, 2]) {
      const threads = views();
      const own = threads[0]?.deal(batchOf(count)) as ReturnType<typeof batchOf>;
      const shares = [own, ...[1, 2].map((shard) => (threads[shard] as Exchange).images(shard, count))];
      expect(shares.flatMap(({ labels }) => [...labels])).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(shares.flatMap(({ pixels }) => [...pixels])).toEqual(Array.from({ length: 4 * count }, (_, i) => i));
      expect(shares.map((share) => share.count)).toEqual(count === 7 ? [2, 2, 3] : [0, 1, 1]);
    }
  });

  it('holds the mean weighted by images, in which a shard without images has no part', () => {
    const threads = views();
    threads.forEach((thread, shard) => {
      thread.results(shard).forEach((_, i, values) => {
        values[i] = i * 10 ** shard;
      });
      thread.report(shard, 10 ** shard, 100 * shard);
    });
    for (const [images, weights] of [
      [7, [2 / 7, 2 / 7, 3 / 7]],
      [2, [0, 1 / 2, 1 / 2]],
    ] as const) {
      threads.forEach((thread, shard) => {
        thread.reduce(shard, images);
      });
      const expected = weights.reduce((sum, weight, shard) => sum + weight * 10 ** shard, 0);
      threads.forEach(({ mean }) => {
        mean.forEach((value, i) => {
          expect(value).toBeCloseTo(i * expected, 3);
        });
      });
      expect(threads[0]?.loss(images)).toBeCloseTo(expected, 6);
    }
    expect(threads[0]?.peakBytes(2)).toBe(200);
  });

  it('passes on an order', () => {
    const [first, second] = views() as [Exchange, Exchange];
    for (const order of [
      { order: 'step', images: 7, step: 12, learningRate: 0.1 },
      { order: 'load' },
      { order: 'step', images: 1, step: 2 ** 40, learningRate: 1e-7 },
    ] as const) {
      first.give(order);
      expect(second.take()).toEqual(order);
    }
  });
});

describe('a meeting of threads', () => {
  const pair = (): [Rendezvous, Rendezvous] => {
    const memory = new SharedArrayBuffer(Rendezvous.bytes(2));
    return [new Rendezvous(memory, 0, 2, 0), new Rendezvous(memory, 0, 2, 1)];
  };

  it('is waited for until the other has come, and no longer than asked', () => {
    const [one, other] = pair();
    one.arrive();
    expect(one.wait(1, 5)).toBe(false);
    other.arrive();
    expect(one.wait(1, 5)).toBe(true);
    expect(other.wait(0, 5)).toBe(true);
  });

  it('keeps no one who is behind', () => {
    const [one, other] = pair();
    one.arrive();
    one.arrive();
    other.arrive();
    expect(other.wait(0, 5)).toBe(true);
    expect(one.wait(1, 5)).toBe(false);
  });

  it('wakes a thread that sleeps', async () => {
    const memory = new SharedArrayBuffer(Rendezvous.bytes(2));
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       const counts = new Int32Array(workerData);
       Atomics.wait(counts, 0, 0);
       Atomics.store(counts, ${Rendezvous.bytes(1) / Int32Array.BYTES_PER_ELEMENT}, 1);
       Atomics.notify(counts, ${Rendezvous.bytes(1) / Int32Array.BYTES_PER_ELEMENT});`,
      { eval: true, workerData: memory },
    );
    const gone = once(worker, 'exit');
    await once(worker, 'online');
    const own = new Rendezvous(memory, 0, 2, 0);
    own.arrive();
    expect(own.wait(1, 20_000)).toBe(true);
    await gone;
  });
});
