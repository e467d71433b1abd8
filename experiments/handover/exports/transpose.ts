/** A convolution's weights [height, width, in, out] as PyTorch and ONNX have them: [out, in, height, width]. */
export function toFiltersFirst(values: Float32Array, shape: readonly [number, number, number, number]): Float32Array {
  const [height, width, channels, filters] = shape;
  const result = new Float32Array(values.length);
  let at = 0;
  for (let filter = 0; filter < filters; filter++)
    for (let channel = 0; channel < channels; channel++)
      for (let pixel = 0; pixel < height * width; pixel++)
        result[at++] = values[(pixel * channels + channel) * filters + filter] as number;
  return result;
}

/** Depthwise weights [height, width, channels, 1] as PyTorch and ONNX have them: [channels, 1, height, width]. */
export function toChannelsFirst(values: Float32Array, kernel: number, channels: number): Float32Array {
  return toFiltersFirst(values, [kernel, kernel, 1, channels]);
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return toFiltersFirst(values, [1, 1, rows, columns]);
}
