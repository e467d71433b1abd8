import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.js';
import type { StepContext } from './step.js';

/** Compiles the two files of `@tensorflow/tfjs-node`'s binding against the libraries of the build. */
export async function compileBinding({ build, work, tools, signal }: StepContext): Promise<void> {
  const tensorflow = path.join(build.library, 'tensorflow');
  const target = path.join(work, path.basename(build.binding));
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(build.tfjsNode, 'binding', name));
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) =>
    path.join(tensorflow, name),
  );
  const includes = [
    path.join(build.packages, 'node_modules/node-api-headers/include'),
    build.tfjsNode,
    path.join(build.library, 'include'),
  ];
  // Relative, so that the cache may be moved as a whole.
  const runPath = path.relative(path.dirname(build.binding), tensorflow);
  await runCommand(
    'compiling the binding',
    tools.compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
      ...includes.map((folder) => `-I${folder}`),
      ...sources,
      ...libraries,
      `-Wl,-rpath,$ORIGIN/${runPath}`,
      ...['-o', target],
    ],
    { cwd: work, signal },
  );
  await mkdir(path.dirname(build.binding), { recursive: true });
  await rename(target, build.binding);
}
