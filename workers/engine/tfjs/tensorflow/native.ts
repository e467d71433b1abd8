import type * as tf from '@tensorflow/tfjs-core';

/** What this engine uses of TensorFlow.js's node backend and of its binding to TensorFlow's C API. */
export interface NodeBackend extends tf.KernelBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice: boolean;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
}

/** An attribute of a TensorFlow operation, as the binding takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** TensorFlow's operations, run one at a time and at once. What they write belongs to the scope (`tf.tidy`) that they are run in. */
export class Native {
  /** `T` is a 32-bit float: all the attributes that most operations need. */
  private readonly float: readonly Attribute[];

  constructor(private readonly backend: NodeBackend) {
    this.float = [this.type('T', 'float32')];
  }

  /** Runs an operation that writes one tensor and whose only attribute is the type of 32-bit floats. */
  run<T extends tf.Tensor = tf.Tensor>(operation: string, ...inputs: readonly tf.Tensor[]): T {
    return this.runWith(operation, this.float, inputs, 1)[0] as T;
  }

  /** Runs an operation with these attributes; it writes `outputs` tensors. */
  runWith(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[] {
    return this.backend.executeMultipleOutputs(operation, attributes, inputs, outputs);
  }

  type(name: string, dtype: 'float32' | 'int32'): Attribute {
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = this.backend.binding;
    return { name, type: TF_ATTR_TYPE, value: dtype === 'float32' ? TF_FLOAT : TF_INT32 };
  }

  shape(name: string, value: readonly number[]): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_SHAPE, value };
  }

  float32(name: string, value: number): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_FLOAT, value };
  }

  bool(name: string, value: boolean): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_BOOL, value };
  }

  text(name: string, value: string): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_STRING, value };
  }
}
