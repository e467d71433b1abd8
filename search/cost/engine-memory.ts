import type { Fusion } from '../network/fusion.js';
import type { ActivationsKept, Kept, LibraryKind } from '../network/layers/operation.js';

/** Constants of one engine in the memory model. Everything else follows from the layers. */
export interface EngineMemory extends ActivationsKept {
  /** Bytes that the engine holds before there is a network. */
  readonly fixedBytes: number;
  /** Beyond this the engine aborts the process, however much memory the machine has. */
  readonly mostBytes: number;
  /** Bytes allocated per byte requested: fragmentation and rounding. */
  readonly overhead: number;
  readonly fuses: Fusion;
  /** Extra buffers while the gradient of one operation is computed, in multiples of its inputs and output. */
  readonly workspace: number;
  /** Bytes that a library keeps for each layer of a kind, whatever its size: compiled code and scratch memory. */
  readonly library: Readonly<Record<LibraryKind, number>>;
  /** Working memory in copies of the largest operation's weights: packed filters and their gradients. */
  readonly packed: number;
  /** Working memory of an optimiser step, likewise in copies of the largest operation's weights. */
  readonly stepTerms: number;
}

const input: Kept = { input: true };
const output: Kept = { output: true };
const nothing: Kept = {};

const every = (kept: Kept): EngineMemory['norm'] => ({
  linear: kept,
  relu: kept,
  relu6: kept,
  swish: kept,
  sigmoid: kept,
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
    // An activation's gradient allocates one buffer (swish's two), but the native heap fragments and needs room for more.
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
    // The buffer pool never returns memory and reuses a buffer only for a tensor of exactly its size.
    overhead: 1.35,
    fuses: 'norms',
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
    norm: every({ input: true, inside: 5 }),
    activation: every({ input: true, output: true }),
    workspace: 1,
    packed: 0,
    stepTerms: 5,
  },
} as const satisfies Readonly<Record<string, EngineMemory>>;

/** The engines that can train. Their implementations are registered in workers/engine/index.ts, one for each of these names. */
export type EngineName = keyof typeof engineMemory;

/** The names of all engines. */
export const engineNames = Object.keys(engineMemory) as readonly EngineName[];

export function isEngineName(name: string | undefined): name is EngineName {
  return name !== undefined && Object.hasOwn(engineMemory, name);
}
