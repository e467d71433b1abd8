import { afterAll, expect } from 'vitest';

/** TensorFlow.js's engine, where a test file has loaded it: it is not loaded here, since most test files do without. */
const loaded = globalThis as {
  readonly _tfengine?: { readonly state: { readonly numTensors: number }; readonly registry: object };
};

// What is set up first is torn down last: the file's own hooks have disposed of what they hold by then.
afterAll(() => {
  const { _tfengine: engine } = loaded;
  // The engine `tensorflow` keeps a few constants; its tests count the tensors of each operation themselves.
  if (!engine || 'tensorflow' in engine.registry) return;
  expect(engine.state.numTensors, 'tensors that the tests of this file have left behind').toBe(0);
});
