/** A tensor of 32-bit floats. */
export interface FloatTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * A `.safetensors` file: the length of a JSON header as 8 little-endian bytes, the header padded with spaces to a multiple of 8, and the
 * numbers (github.com/huggingface/safetensors, format). `metadata` is text by key.
 */
export function toSafetensors(tensors: readonly FloatTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, object> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    if (Object.hasOwn(header, name)) throw new Error(`two tensors are called ${name}`);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8;
  const file = Buffer.alloc(8 + length + offset, ' ');
  file.writeBigUInt64LE(BigInt(length));
  text.copy(file, 8);
  let at = 8 + length;
  for (const { values } of tensors) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}
