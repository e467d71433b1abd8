/** What all threads do next. It is written into the exchange: a message would take as long as a part of a small network's step. */
export type Order =
  | { readonly order: 'step'; readonly images: number; readonly step: number; readonly learningRate: number }
  /** Take the values of all variables, in the order of `Trainer.variables`, from the `SharedArrayBuffer` that was sent as a message. */
  | { readonly order: 'load' };
