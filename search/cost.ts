/** Exact counts of one image through a network, or of one of its layers. */
export interface Cost {
  /** Multiply-adds of convolution, squeeze-and-excite and dense layers; bias adds and batch norm do not count. */
  readonly macs: number;
  /** Trainable parameters. */
  readonly params: number;
  /** Elements written by convolution, squeeze-and-excite and dense layers. */
  readonly activations: number;
}
