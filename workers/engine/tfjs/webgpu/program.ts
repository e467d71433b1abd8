import * as tf from '@tensorflow/tfjs-core';

/** A compute shader as TensorFlow.js's WebGPU backend takes it: it adds the buffers, the uniforms and the entry point. */
interface Program {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly workgroupSize: readonly [number, number, number];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly dispatch: readonly [number, number, number];
  /** Declares the uniforms beside the shapes, such as `rows : i32,`. */
  readonly uniforms?: string;
  /** Adds the uniform `size`, elements of the output. */
  readonly size: boolean;
  /** Programs of one key and equal ranks are compiled once. */
  readonly shaderKey: string;
  getUserCode(): string;
}

export interface WebGPUBackend extends tf.KernelBackend {
  runWebGPUProgram(
    program: Program,
    inputs: readonly tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms?: readonly { readonly type: string; readonly data: readonly number[] }[],
  ): tf.TensorInfo;
}

/** Tensors by the name that the shader reads them by. */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

const threads = 128;

/** Invocations of column sums to aim for, so that the GPU has enough to do at once. */
const wantedInvocations = 65_536;

/**
 * Computes each element of [rows, channels] by itself. `code`: WGSL that leaves a f32 in `value`; it may use `index`, the element's place,
 * and `c`, its channel, to read the inputs: `x[index]`, `mean[c]`.
 */
export function mapElements(
  backend: WebGPUBackend,
  name: string,
  shape: [number, number],
  inputs: Inputs,
  code: string,
): tf.Tensor2D {
  const elements = shape[0] * shape[1];
  return run(backend, inputs, {
    shaderKey: name,
    outputShape: shape,
    invocations: elements,
    size: true,
    body: `
      if (index < uniforms.size) {
        let c = index % uniforms.outShape.y;
        ${code}
        setOutputAtIndex(index, value);
      }`,
  }) as tf.Tensor2D;
}

/**
 * Sums two values over the rows of [rows, channels], for each channel: [2, channels]. `code`: WGSL that leaves them in the vec2<f32>
 * `value`, as in `mapElements`. Rows are summed in chunks and the chunks' sums then, so that rounding errors stay small.
 */
export function sumColumns(
  backend: WebGPUBackend,
  name: string,
  [rows, channels]: [number, number],
  inputs: Inputs,
  code: string,
): tf.Tensor2D {
  return tf.tidy(() => {
    const chunks = Math.max(1, Math.min(Math.ceil(Math.sqrt(rows)), Math.ceil(wantedInvocations / channels)));
    const partial = columns(backend, name, inputs, code, {
      channels,
      chunks,
      rows,
      rowsPerChunk: Math.ceil(rows / chunks),
    });
    // Both values of a chunk: the second lies behind all chunks' first.
    const pairCode = 'let value = vec2<f32>(sums[index], sums[index + uniforms.rows * uniforms.outShape.y]);';
    const all = { channels, chunks: 1, rows: chunks, rowsPerChunk: chunks };
    return columns(backend, 'chunks', { sums: partial }, pairCode, all) as tf.Tensor2D;
  });
}

interface Chunks {
  readonly channels: number;
  readonly chunks: number;
  readonly rows: number;
  readonly rowsPerChunk: number;
}

/** One invocation sums one chunk of one channel; neighbours read neighbouring channels. Writes [2 · chunks, channels]. */
function columns(backend: WebGPUBackend, name: string, inputs: Inputs, code: string, of: Chunks): tf.Tensor {
  const { channels, chunks, rows, rowsPerChunk } = of;
  const program = {
    shaderKey: `columns_${name}`,
    outputShape: [2 * chunks, channels],
    invocations: chunks * channels,
    size: false,
    uniforms: 'chunks : i32, rows : i32, rowsPerChunk : i32,',
    body: `
      let channels = uniforms.outShape.y;
      if (index < uniforms.chunks * channels) {
        let chunk = index / channels;
        let c = index - chunk * channels;
        let end = min(uniforms.rows, (chunk + 1) * uniforms.rowsPerChunk);
        var sums = vec2<f32>(0.0);
        for (var row = chunk * uniforms.rowsPerChunk; row < end; row++) {
          sums += valueAt(row * channels + c, c);
        }
        setOutputAtIndex(index, sums.x);
        setOutputAtIndex(index + uniforms.chunks * channels, sums.y);
      }`,
    functions: `fn valueAt(index : i32, c : i32) -> vec2<f32> { ${code} return value; }`,
  };
  const integer = (value: number) => ({ type: 'int32', data: [value] });
  return run(backend, inputs, program, [integer(chunks), integer(rows), integer(rowsPerChunk)]);
}

interface Shader {
  readonly shaderKey: string;
  readonly outputShape: readonly number[];
  readonly invocations: number;
  readonly size: boolean;
  readonly uniforms?: string;
  readonly body: string;
  readonly functions?: string;
}

function run(
  backend: WebGPUBackend,
  inputs: Inputs,
  shader: Shader,
  uniforms?: readonly { readonly type: string; readonly data: readonly number[] }[],
): tf.Tensor {
  const { shaderKey, outputShape, size } = shader;
  const program: Program = {
    shaderKey: `triscale_${shaderKey}`,
    variableNames: Object.keys(inputs),
    outputShape,
    size,
    ...(shader.uniforms && { uniforms: shader.uniforms }),
    workgroupSize: [threads, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(shader.invocations / threads), 1, 1],
    getUserCode: () => `${shader.functions ?? ''} fn main(index : i32) { ${shader.body} }`,
  };
  const info = backend.runWebGPUProgram(program, Object.values(inputs), 'float32', uniforms);
  return tf.engine().makeTensorFromTensorInfo(info);
}
