import { writeFileSync } from 'node:fs';
import path from 'node:path';
import h5wasm from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { toHdf5 } from '../../../../experiments/handover/exports/keras/hdf5.js';
import type { SavedModel } from '../../../../workers/engine/tfjs/layers-model/read-layers-model.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('keras');

/** A saved model of dense layers in a row. */
function rowOf(layers: number): SavedModel {
  const names = Array.from({ length: layers }, (_, i) => `dense${i}`);
  return {
    topology: { class_name: 'Model', config: { name: 'row', layers: names.map((name) => ({ name })) } },
    weights: new Map(
      names.slice(0, 2).flatMap((name, i) => [
        [`${name}/bias`, { shape: [1], values: Float32Array.of(i) }],
        [`${name}/kernel`, { shape: [1, 2], values: Float32Array.of(i, 10 + i) }],
      ]),
    ),
  };
}

async function written(model: SavedModel) {
  await h5wasm.ready;
  const file = path.join(folder, `${model.weights.size}-${Math.random()}.h5`);
  writeFileSync(file, await toHdf5(model));
  return new h5wasm.File(file, 'r');
}

describe('a Keras file', () => {
  it('holds the configuration as a functional model, and each layer’s weights in Keras’ order', async () => {
    const file = await written(rowOf(3));
    expect(JSON.parse(file.attrs.model_config?.value as string)).toMatchObject({
      class_name: 'Functional',
      config: { name: 'row' },
    });
    const root = file.get('model_weights') as InstanceType<typeof h5wasm.Group>;
    expect(root.attrs.layer_names?.value).toEqual(['dense0', 'dense1', 'dense2']);
    const layer = root.get('dense1') as InstanceType<typeof h5wasm.Group>;
    expect(layer.attrs.weight_names?.value).toEqual(['dense1/kernel:0', 'dense1/bias:0']);
    const kernel = layer.get('dense1/kernel:0') as InstanceType<typeof h5wasm.Dataset>;
    expect(kernel.shape).toEqual([1, 2]);
    expect([...(kernel.value as Float32Array)]).toEqual([1, 11]);
    file.close();
  });

  it('lists more layers than an attribute holds in several, numbered ones', async () => {
    const file = await written(rowOf(4500));
    const { attrs } = file.get('model_weights') as InstanceType<typeof h5wasm.Group>;
    expect(attrs.layer_names).toBeUndefined();
    const parts = [0, 1, 2].map((part) => attrs[`layer_names${part}`]?.value as string[]);
    expect(parts.map(({ length }) => length)).toEqual([2000, 2000, 500]);
    expect(parts.flat()[4499]).toBe('dense4499');
    file.close();
  });
});
