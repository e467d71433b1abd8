import { expect, it } from 'vitest';
import { toSafetensors } from '../../../../experiments/handover/exports/safetensors.js';

it('a safetensors file has its header’s length in front, aligned numbers behind it, and no gap', () => {
  const file = toSafetensors(
    [
      { name: 'a.weight', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
      { name: 'a.bias', shape: [1], values: Float32Array.of(-5) },
    ],
    { classes: '["cat"]' },
  );
  const bytes = Buffer.from(file);
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  expect(header).toEqual({
    __metadata__: { classes: '["cat"]' },
    'a.weight': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
    'a.bias': { dtype: 'F32', shape: [1], data_offsets: [16, 20] },
  });
  expect(bytes.length).toBe(8 + length + 20);
  expect([0, 4, 8, 12, 16].map((at) => bytes.readFloatLE(8 + length + at))).toEqual([1, 2, 3, 4, -5]);
});

it('two tensors of one name are a fault of ours', () => {
  const one = { name: 'a', shape: [1], values: Float32Array.of(1) };
  expect(() => toSafetensors([one, one], {})).toThrow('two tensors are called a');
});
