import type { ActivationName, Layer } from '../network/layers.js';

/** What an operation leaves in memory for the backward pass. */
export interface Saved {
  /** Its input, which several operations may save together. */
  readonly input?: true;
  /** Its output, likewise. */
  readonly output?: true;
  /** Buffers of its own of the size of its output. */
  readonly inside?: number;
  /** Buffers of the size of its output that there are only while its gradient is computed, beside those of the gradients. */
  readonly temporary?: number;
}

/** What the memory model knows about one engine. Everything else follows from the layers. */
export interface EngineMemory {
  /** Bytes that the engine holds before there is a network. */
  readonly fixedBytes: number;
  /** Past this much the engine ends the process, whatever memory the machine has. */
  readonly mostBytes: number;
  /** Bytes allocated over bytes asked for: fragmentation and rounding up. */
  readonly overhead: number;
  /** What is computed as one: whole inverted bottlenecks and convolutions with their batch norm, or batch norm with its activation. */
  readonly fuses: 'bottlenecks' | 'norms';
  readonly saves: Readonly<Record<Exclude<Layer['op'], 'batchNorm' | 'activation'>, Saved>>;
  /** By activation, `linear` for none: of batch norm with its activation, and of an activation alone. */
  readonly norm: Readonly<Record<ActivationName, Saved>>;
  readonly activation: Readonly<Record<ActivationName, Saved>>;
  /** Buffers while the gradient of one operation is computed beside those of the gradients, in multiples of what it reads and writes. */
  readonly workspace: number;
  /** Bytes that a library keeps for each layer, whatever its size: compiled code and scratch. `wideDepthwise`: of a kernel above 3. */
  readonly library: Readonly<Record<'convolution' | 'wideDepthwise' | 'squeezeExcite', number>>;
  /** Working memory for the weights of the largest operation, in copies of them: packed filters and their gradients. */
  readonly packed: number;
  /** Likewise, the terms of an optimiser step. */
  readonly stepTerms: number;
}

const input: Saved = { input: true };
const output: Saved = { output: true };
const nothing: Saved = {};

/** As TensorFlow.js's own gradients have it (its `GradConfig`s), and our sums and scalings, which save nothing of their operands. */
const saves: EngineMemory['saves'] = {
  conv: input,
  depthwise: input,
  squeezeExcite: input,
  maxPool: { input: true, output: true },
  averagePool: input,
  globalAveragePool: input,
  flatten: nothing,
  dense: input,
  dropout: { inside: 1 },
  dropPath: nothing,
  add: nothing,
  concat: input,
};

const every = (saved: Saved): EngineMemory['norm'] => ({
  linear: saved,
  relu: saved,
  relu6: saved,
  swish: saved,
  sigmoid: saved,
});

const mebibyte = 2 ** 20;
const noLibrary: EngineMemory['library'] = { convolution: 0, wideDepthwise: 0, squeezeExcite: 0 };

/**
 * The engines by name (workers/engine). Sizes and factors are fitted to what `Engine.peakBytes` measures; a test holds them to it
 * (test/workers/engine/memory.test.ts).
 */
export const engineMemory = {
  wasm: {
    fixedBytes: mebibyte,
    // The backend aborts before its heap of 4 GB is full.
    mostBytes: 3.2e9,
    library: noLibrary,
    overhead: 1.03,
    fuses: 'bottlenecks',
    saves,
    norm: every(input),
    activation: every(input),
    workspace: 0,
    packed: 1,
    stepTerms: 1,
  },
  tensorflow: {
    fixedBytes: 5 * mebibyte,
    mostBytes: Number.POSITIVE_INFINITY,
    // oneDNN compiles a kernel for each shape and keeps it.
    library: { convolution: 0.6 * mebibyte, wideDepthwise: 3.7 * mebibyte, squeezeExcite: 2.4 * mebibyte },
    overhead: 1,
    fuses: 'norms',
    saves,
    // By count an activation's gradient takes one buffer, swish's two; the heap, in which large blocks come and go, needs more of them.
    norm: {
      linear: input,
      relu: { input: true, output: true, temporary: 5 },
      relu6: { input: true, output: true, temporary: 5 },
      swish: { input: true, output: true, inside: 1, temporary: 2 },
      sigmoid: { input: true, output: true, temporary: 5 },
    },
    activation: {
      linear: nothing,
      relu: output,
      relu6: output,
      swish: { output: true, inside: 1, temporary: 2 },
      sigmoid: output,
    },
    workspace: 0,
    packed: 0.5,
    stepTerms: 6,
  },
  webgpu: {
    fixedBytes: mebibyte / 4,
    mostBytes: Number.POSITIVE_INFINITY,
    library: noLibrary,
    // The pool of buffers gives none back, and takes up one only for a tensor of exactly its size.
    overhead: 1.35,
    fuses: 'norms',
    saves,
    norm: every(input),
    activation: every(input),
    workspace: 1,
    packed: 1,
    stepTerms: 1,
  },
  cpu: {
    fixedBytes: 0,
    mostBytes: Number.POSITIVE_INFINITY,
    library: noLibrary,
    overhead: 1,
    fuses: 'norms',
    saves,
    norm: every({ input: true, inside: 5 }),
    activation: every({ input: true, output: true }),
    workspace: 1,
    packed: 0,
    stepTerms: 5,
  },
} as const satisfies Readonly<Record<string, EngineMemory>>;

export type MemoryEngine = keyof typeof engineMemory;
