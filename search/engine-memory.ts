import type { ActivationName, Layer } from './layers.js';

/** What an operation leaves in memory for the backward pass. */
export interface Saved {
  /** Its input, which several operations may save together. */
  readonly input?: true;
  /** Its output, likewise. */
  readonly output?: true;
  /** Buffers of its own of the size of its output. */
  readonly inside?: number;
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
  /** Working memory for the weights of the largest operation, in copies of them: packed filters, their gradients, terms of a step. */
  readonly packed: number;
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
    overhead: 1,
    fuses: 'bottlenecks',
    saves,
    norm: every(input),
    activation: every(input),
    workspace: 0,
    packed: 1,
  },
  tensorflow: {
    fixedBytes: 2 * mebibyte,
    mostBytes: Number.POSITIVE_INFINITY,
    // oneDNN compiles a kernel for each shape and keeps it.
    library: { convolution: 0.4 * mebibyte, wideDepthwise: 2.5 * mebibyte, squeezeExcite: 1.6 * mebibyte },
    overhead: 1,
    fuses: 'norms',
    saves,
    norm: {
      linear: input,
      relu: { input: true, output: true },
      relu6: { input: true, output: true },
      swish: { input: true, output: true, inside: 1 },
      sigmoid: { input: true, output: true },
    },
    activation: { linear: nothing, relu: output, relu6: output, swish: { output: true, inside: 1 }, sigmoid: output },
    workspace: 1,
    packed: 2,
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
    // Terms of the plain optimiser step.
    packed: 5,
  },
} as const satisfies Readonly<Record<string, EngineMemory>>;

export type MemoryEngine = keyof typeof engineMemory;
