import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Group } from 'h5wasm';
import type { SavedModel } from '../../../../workers/engine/tfjs/layers-model/read-layers-model.js';

/** Version of the written format, which every Keras since 2.4 reads. */
const kerasVersion = '2.15.0';

/** An attribute holds at most 64 KiB, and a string of variable length takes 16 bytes of it. */
const mostTexts = 2000;

/** Keras lists a layer's weights in this order. */
const weightOrder = ['kernel', 'depthwise_kernel', 'gamma', 'beta', 'bias', 'moving_mean', 'moving_variance'];

/**
 * A saved network as Keras' HDF5 file: the configuration of stock layers as an attribute, the weights as one group per layer.
 * `keras.saving.load_model` gives a model that maps pixels [batch, height, width, channels] from 0 to 255 to logits [batch, classes].
 */
export async function toHdf5(saved: SavedModel): Promise<Uint8Array> {
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  // Under Node the library can only open files of the file system.
  const folder = await mkdtemp(path.join(tmpdir(), 'triscale-keras-'));
  const name = path.join(folder, 'model.h5');
  try {
    const file = new h5wasm.File(name, 'w');
    write(file, saved);
    file.close();
    return await readFile(name);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function write(file: Group, { topology, weights }: SavedModel): void {
  // TensorFlow.js writes Keras' own JSON; what it calls `Model` is `Functional` since Keras 2.4.
  const { config } = topology as { readonly config: { readonly layers: readonly { readonly name: string }[] } };
  text(file, 'model_config', JSON.stringify({ class_name: 'Functional', config }));
  text(file, 'keras_version', kerasVersion);
  text(file, 'backend', 'tensorflow');
  const root = makeGroup(file, 'model_weights');
  text(root, 'keras_version', kerasVersion);
  text(root, 'backend', 'tensorflow');
  texts(
    root,
    'layer_names',
    config.layers.map(({ name }) => name),
  );
  const names = [...weights.keys()].sort((a, b) => place(a) - place(b));
  for (const { name: layer } of config.layers) {
    const group = makeGroup(root, layer);
    const own = names.filter((weight) => weight.startsWith(`${layer}/`));
    // Keras reads a missing list as an empty one, and the library cannot write an empty list.
    if (own.length === 0) continue;
    texts(
      group,
      'weight_names',
      own.map((weight) => `${weight}:0`),
    );
    const inner = makeGroup(group, layer);
    for (const weight of own) {
      const { shape, values } = weights.get(weight) as { shape: readonly number[]; values: Float32Array };
      inner.create_dataset({ name: `${ending(weight)}:0`, data: values, shape: [...shape], dtype: '<f4' });
    }
  }
}

function makeGroup(parent: Group, name: string): Group {
  const group = parent.create_group(name);
  if (!group) throw new Error(`HDF5: group ${name} could not be created`);
  return group;
}

/** A string of variable length, which may be longer than the 64 KiB of an attribute. */
function text(group: Group, name: string, value: string): void {
  group.create_attribute(name, value, null, 'S');
}

/** A list too long for one attribute is split into several, numbered as Keras does. */
function texts(group: Group, name: string, values: readonly string[]): void {
  if (values.length <= mostTexts) {
    group.create_attribute(name, [...values], null, 'S');
    return;
  }
  for (let part = 0; part * mostTexts < values.length; part++)
    texts(group, `${name}${part}`, values.slice(part * mostTexts, (part + 1) * mostTexts));
}

function ending(weight: string): string {
  return weight.slice(weight.lastIndexOf('/') + 1);
}

function place(weight: string): number {
  return weightOrder.indexOf(ending(weight));
}
