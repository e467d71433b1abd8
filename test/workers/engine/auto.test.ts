import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { automatic, type Candidate, firstThatLoads } from '../../../workers/engine/index.js';

/** The list of `auto`, in which only some entries load; `loaded` says which one was taken, by its place. */
async function taken(candidates: readonly Candidate[], works: (place: number) => boolean): Promise<number> {
  let last = -1;
  const tried = candidates.map((candidate, place) => ({
    ...candidate,
    load: async () => {
      last = place;
      if (!works(place)) throw new InputError('missing-part', `${candidate.engine} is missing`);
      return { name: candidate.engine } as never;
    },
  }));
  await firstThatLoads(tried);
  return last;
}

describe('auto', () => {
  it('tries GPUs first, then wasm, then TensorFlow on the processor, and never cpu', () => {
    expect(automatic(true).map(({ engine }) => engine)).toEqual(['tensorflow', 'webgpu', 'wasm', 'tensorflow']);
    expect(automatic(false).map(({ engine }) => engine)).toEqual(['tensorflow', 'wasm', 'tensorflow']);
  });

  it('takes TensorFlow only on a GPU while wasm works', async () => {
    const list = automatic(false);
    // TensorFlow is installed, but sees no GPU: its first entry does not load and its last one would.
    expect(list[await taken(list, (place) => place > 0)]?.engine).toBe('wasm');
    expect(await taken(list, (place) => place === 2)).toBe(2);
  });

  it('says why the last candidate does not work where none does', async () => {
    await expect(taken(automatic(false), () => false)).rejects.toThrow('tensorflow is missing');
  });
});
