// Compiles the training kernels of the wasm engine twice: with relaxed SIMD (fused multiply-add) and without.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder = 'dist/workers/engine/tfjs/wasm/kernels';

/** The memory is the TensorFlow.js backend's: imported, never initialised and never grown from here. */
const options = [
  '--importMemory',
  '--initialMemory 0',
  '--runtime stub',
  '--use abort=',
  '--noAssert',
  '-O3',
  '--converge',
  '--enable simd',
].flatMap((option) => option.split(' '));

export const step = {
  source: 'workers/engine/tfjs/wasm/assembly',
  output: folder,
  build(run, root) {
    const scratch = mkdtempSync(path.join(os.tmpdir(), 'triscale-wasm-'));
    try {
      const variants = { 'simd.wasm': [], 'relaxed-simd.wasm': ['--enable', 'relaxed-simd'] };
      for (const [name, extra] of Object.entries(variants)) {
        const output = path.join(scratch, name);
        run('assemblyscript/bin/asc.js', `${step.source}/index.ts`, '--outFile', output, ...options, ...extra);
      }
      // Only once both are compiled: an output newer than its source counts as built.
      mkdirSync(path.join(root, folder), { recursive: true });
      for (const name of Object.keys(variants)) copyFileSync(path.join(scratch, name), path.join(root, folder, name));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  },
};
