import path from 'node:path';
import { cacheFolder } from '../../../cache-folder.js';

/** `gpu` carries CUDA and trains on the CPU where there is no GPU; `cpu` is a third of its size. */
export type Form = 'cpu' | 'gpu';

/**
 * What a build is made of. One exact set, since the binding is compiled against TensorFlow's C headers and loads its libraries by name;
 * a new set gets a folder of its own.
 */
export const versions = {
  /** PyPI's `tensorflow-cpu` or `tensorflow`. */
  tensorflow: '2.21.0',
  /** npm's `@tensorflow/tfjs-node`, whose binding is compiled: the version of our own TensorFlow.js packages. */
  tfjs: '4.22.0',
  /** npm's `node-api-headers`. The binding asks for Node-API 8, which is the same in every Node from 16 on. */
  nodeApiHeaders: '1.9.0',
} as const;

/** Where the parts of one build lie. A part that is there is complete: each is made elsewhere and appears by one rename. */
export interface Build {
  readonly form: Form;
  readonly folder: string;
  /** `node_modules` with `@tensorflow/tfjs-node`, and in place of TensorFlow.js a package that passes on our own copy. */
  readonly packages: string;
  readonly tfjsNode: string;
  /** `tensorflow/libtensorflow*.so.2`, the C API's headers in `include`, and `nvidia/*` for a GPU. */
  readonly library: string;
  /** The compiled binding, where `@tensorflow/tfjs-node` looks for it. */
  readonly binding: string;
  /** Written last, once a training step has been seen to work. */
  readonly record: string;
}

/** Folder of all builds. */
export function buildsFolder(cache: string = cacheFolder()): string {
  return path.resolve(cache, 'engines');
}

/** The build of this version of Triscale, there or not. */
export function buildOf(form: Form, cache?: string): Build {
  const folder = path.join(buildsFolder(cache), `tensorflow-${form}-${versions.tensorflow}`);
  const packages = path.join(folder, 'packages');
  const tfjsNode = path.join(packages, 'node_modules/@tensorflow/tfjs-node');
  return {
    form,
    folder,
    packages,
    tfjsNode,
    library: path.join(folder, 'library'),
    binding: path.join(tfjsNode, 'lib/napi-v8/tfjs_binding.node'),
    record: path.join(folder, 'installed.json'),
  };
}
