import * as tf from '@tensorflow/tfjs-core';
import type { Attribute, Native } from './native.js';

interface Held {
  readonly handle: tf.Tensor;
  /** Data of the variable as we left it; other data means that somebody has assigned to it since. */
  dataId: tf.DataId;
}

/**
 * TensorFlow's own variables behind TensorFlow.js's: its optimiser kernels update only those. The two share one buffer; the kernel writes
 * a new one where somebody else still reads the old. A resource is given back once its variable is found disposed of.
 */
export class ResourceVariables {
  private readonly held = new Map<tf.Variable, Held>();
  private readonly dtype: readonly Attribute[];
  private made = 0;

  constructor(private readonly native: Native) {
    this.dtype = [native.type('dtype', 'float32')];
  }

  /** Lets `run` update variables through their resource handles, which it gets in the same order. */
  update<T extends readonly tf.Variable[]>(
    variables: T,
    run: (handles: { [Key in keyof T]: tf.Tensor }) => void,
  ): void {
    tf.tidy(() => {
      const held = variables.map((variable) => this.hold(variable));
      run(held.map(({ handle }) => handle) as { [Key in keyof T]: tf.Tensor });
      variables.forEach((variable, i) => {
        const { handle } = held[i] as Held;
        variable.assign(this.native.runWith('ReadVariableOp', this.dtype, [handle], 1)[0] as tf.Tensor);
        (held[i] as Held).dataId = variable.dataId;
      });
    });
  }

  private hold(variable: tf.Variable): Held {
    const known = this.held.get(variable);
    if (known?.dataId === variable.dataId) return known;
    const held = known ?? this.make(variable);
    this.native.runWith('AssignVariableOp', this.dtype, [held.handle, variable], 0);
    held.dataId = variable.dataId;
    return held;
  }

  private make(variable: tf.Variable): Held {
    this.releaseDisposed();
    const attributes = [
      ...this.dtype,
      this.native.shape('shape', variable.shape),
      this.native.text('container', ''),
      this.native.text('shared_name', `triscale-${this.made++}`),
    ];
    const [handle] = this.native.runWith('VarHandleOp', attributes, [], 1) as [tf.Tensor];
    const held = { handle: tf.keep(handle), dataId: variable.dataId };
    this.held.set(variable, held);
    return held;
  }

  private releaseDisposed(): void {
    for (const [variable, { handle }] of this.held) {
      if (!variable.isDisposed) continue;
      this.native.runWith('DestroyResourceOp', [this.native.bool('ignore_lookup_error', true)], [handle], 0);
      handle.dispose();
      this.held.delete(variable);
    }
  }
}
