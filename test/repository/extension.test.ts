import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scratchFolder } from '../support/scratch.js';

/**
 * What a new operation and a new block touch, tried on a copy of the sources: one new file and one line of each registry. The operation is
 * softplus; the block is a cell that reads the outputs of the two cells before it.
 */
const root = path.resolve(import.meta.dirname, '../..');
const copy = path.join(scratchFolder('extension'), 'copy');
const rooms = ['search', 'workers', 'experiments/handover', 'experiments/run', 'db', 'package.json'];

const operation = `
import { defineOperation } from './operation.js';

/** log(1 + exp(x)) of each element. */
export const softplus = defineOperation({
  shape: (_, [input]) => input,
  kept: () => ({ input: true }),
});
`;

const engineLayer = `
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockName } from '../../layers-model/stock.js';
import { type EngineLayer, unary } from '../operations.js';

export const softplus: EngineLayer<'softplus'> = {
  compute: () => unary((x) => tf.softplus(x)),
  write: (stock, { name }, [input]) =>
    stock.apply(tfl.layers.activation({ name: stockName(name), activation: 'softplus' }), input.tensor),
};
`;

const block = `
import { defineBlock } from './block.js';

/** The sum of a 3×3 convolution of the cell before and a 1×1 convolution of the one before that, each behind a softplus. */
export const cell = defineBlock({
  name: 'cell',
  title: 'cell of two inputs',
  residual: false,
  options: {},
  identity: {},
  expand(builder, [x, before = x], { prefix, width, stride }) {
    const soft = (name: string, input: string) => builder.add(name, [input], { op: 'softplus' });
    const conv = (name: string, input: string, kernel: number, by: number) =>
      builder.conv(name, soft(\`\${name}/soft\`, input), {
        ...{ kernel, stride: by, padding: 'same', filters: width, activation: 'linear' },
      });
    const ratio = Math.round((stride * builder.shapeOf(before)[0]) / builder.shapeOf(x)[0]);
    const branches = [conv(\`\${prefix}/new\`, x, 3, stride), conv(\`\${prefix}/old\`, before, 1, ratio)];
    return [builder.add(\`\${prefix}/add\`, branches, { op: 'add' }), x];
  },
});
`;

/** By file, the line after which lines are put, and these: an import and a name, or the few words that an exporter has of an operation. */
const registries = {
  operation: [
    [
      'search/network/layers/index.ts',
      "import { InputError } from '../../base/errors.js';",
      "import { softplus } from './softplus.js';",
    ],
    ['search/network/layers/index.ts', '  concat,', '  softplus,'],
  ],
  engine: [
    [
      'workers/engine/tfjs/model/layers/index.ts',
      "import { lookup } from '../../../../../search/base/errors.js';",
      "import { softplus } from './softplus.js';",
    ],
    ['workers/engine/tfjs/model/layers/index.ts', '  concat,', '  softplus,'],
  ],
  exporters: [
    [
      'experiments/handover/exports/onnx/layers.ts',
      '  dropPath: (_, [x]) => x,',
      "  softplus: ({ name }, [x], { onnx }) => onnx.node('Softplus', name, [x]),",
    ],
    ['experiments/handover/exports/timm/weights.ts', '  concat: () => [],', '  softplus: () => [],'],
  ],
  block: [['search/network/blocks/index.ts', "import { z } from 'zod';", "import { cell } from './cell.js';"]],
} as const;

async function addLines(lines: readonly (readonly [file: string, after: string, line: string])[]): Promise<void> {
  for (const [file, after, line] of lines) {
    const text = await readFile(path.join(copy, file), 'utf8');
    expect(text, file).toContain(`${after}\n`);
    await writeFile(path.join(copy, file), text.replace(`${after}\n`, `${after}\n${line}\n`));
  }
}

/** Compiles the copy into its dist/, and returns the files with errors. */
async function filesWithErrors(): Promise<string[]> {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const compiled = promisify(execFile)(process.execPath, [tsc, '-p', copy, '--pretty', 'false'], { cwd: copy });
  const { stdout } = await compiled.catch((failed: { stdout: string }) => failed);
  return [...new Set([...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => file as string))].sort();
}

beforeAll(async () => {
  await mkdir(copy, { recursive: true });
  for (const room of rooms)
    await cp(path.join(root, room), path.join(copy, room), {
      recursive: true,
      filter: (file) => !file.includes(`${path.sep}assembly`),
    });
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const config = JSON.parse(await readFile(path.join(root, 'tsconfig.json'), 'utf8'));
  const compilerOptions = { ...config.compilerOptions, noEmit: false, outDir: 'dist' };
  const include = ['search', 'workers/engine', 'experiments/handover/exports'];
  const exclude = ['workers/engine/tfjs/wasm/assembly'];
  await writeFile(path.join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, include, exclude }));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

it('an operation that an engine or an exporter lacks is a compile error there and nowhere else', {
  timeout: 240_000,
}, async () => {
  await writeFile(path.join(copy, 'search/network/layers/softplus.ts'), operation);
  await addLines(registries.operation);
  expect(await filesWithErrors()).toEqual([
    'experiments/handover/exports/onnx/layers.ts',
    'experiments/handover/exports/timm/weights.ts',
    'workers/engine/tfjs/model/layers/index.ts',
  ]);
});

it('an operation and a block of one file each are counted, trained and exported', { timeout: 240_000 }, async () => {
  await writeFile(path.join(copy, 'workers/engine/tfjs/model/layers/softplus.ts'), engineLayer);
  await addLines([...registries.engine, ...registries.exporters]);
  await writeFile(path.join(copy, 'search/network/blocks/cell.ts'), block);
  await addLines(registries.block);
  const index = path.join(copy, 'search/network/blocks/index.ts');
  await writeFile(index, (await readFile(index, 'utf8')).replace(/(blockTypes = \{ )/, '$1cell, '));
  expect(await filesWithErrors()).toEqual([]);

  const program = path.join(import.meta.dirname, 'extension-program.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, path.join(copy, 'dist')]);
  const found = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(found.operations).toContain('softplus');
  expect(found.recomputable).toEqual(found.blocks);
  for (const { metered, counted, meteredBytes, predictedBytes } of found.measured) {
    expect(metered).toEqual(counted);
    expect(Math.abs(meteredBytes - predictedBytes)).toBeLessThanOrEqual(8);
  }
  expect(found.losses.every(Number.isFinite)).toBe(true);
  expect(found.losses.at(-1)).toBeLessThan(found.losses[0]);
  // A tensor that two cells read gets its gradients added up in a different order.
  expect(found.recomputedDifference).toBeLessThan(1e-6);
  expect(found.onnx).toContain('Softplus');
  expect(found.stockDifference).toBeLessThan(1e-5);
});
