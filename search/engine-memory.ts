import type { Layer } from './layers.js';

/** What the memory model knows about one engine. Everything else follows from the layers. */
export interface EngineMemory {
  /** Bytes that the engine holds before there is a network. */
  readonly fixedBytes: number;
  /**
   * Of each operation: how many buffers of the size of its output live from the forward to the backward pass. 0 where the output is
   * never written (batch norm fused with its activation) or is a view.
   */
  readonly kept: Readonly<Record<Layer['op'], number>>;
  /** Buffers alive while the gradient of one layer is computed, in multiples of what that layer reads and writes together. */
  readonly workspace: number;
  /** Bytes allocated over bytes asked for: fragmentation and rounding up. */
  readonly overhead: number;
}

const keptByDefault: EngineMemory['kept'] = {
  conv: 1,
  depthwise: 1,
  batchNorm: 1,
  activation: 1,
  squeezeExcite: 1,
  maxPool: 1,
  averagePool: 1,
  globalAveragePool: 1,
  flatten: 0,
  dense: 1,
  dropout: 1,
  dropPath: 1,
  add: 1,
  concat: 1,
};

const mebibyte = 2 ** 20;

/** The engines by name (workers/engine). */
export const engineMemory = {
  wasm: { fixedBytes: 16 * mebibyte, kept: { ...keptByDefault, batchNorm: 0 }, workspace: 2, overhead: 1.1 },
  tensorflow: { fixedBytes: 64 * mebibyte, kept: keptByDefault, workspace: 2, overhead: 1.1 },
  webgpu: { fixedBytes: 64 * mebibyte, kept: { ...keptByDefault, batchNorm: 3 }, workspace: 2, overhead: 1.1 },
  cpu: { fixedBytes: 16 * mebibyte, kept: { ...keptByDefault, batchNorm: 3 }, workspace: 3, overhead: 1.1 },
} as const satisfies Readonly<Record<string, EngineMemory>>;

export type MemoryEngine = keyof typeof engineMemory;
