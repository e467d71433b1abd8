import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const mebibyte = 2 ** 20;
/** Larger than a core's own caches, and half of the second level. */
const large = 128 * mebibyte;
const small = mebibyte / 2;

/**
 * The limits of one core in WebAssembly's 128-bit vectors, as the fastest of some rounds: multiply-adds in registers (10⁹ operations a
 * second), and bytes read, or read and written (10⁹ a second), in memory and in the second cache level. Needs relaxed SIMD to be on.
 */
export function measureLimits(rounds = 7) {
  const memory = new WebAssembly.Memory({ initial: (2 * large) / 65_536 + 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(compile()), { env: { memory } });
  const second = 64 + large;
  new Float32Array(memory.buffer).fill(0.5);
  const steps = 4_000_000;
  const fastest = (amount, work) => {
    let best = 0;
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      work();
      best = Math.max(best, amount / (performance.now() - begun) / 1e6);
    }
    return Number(best.toFixed(1));
  };
  const repeatedly = (work) => () => {
    for (let i = 0; i < large / small; i++) work(small);
  };
  return {
    gigaflops: fastest(steps * 80, () => exports.multiplyAdds(steps, 0)),
    readGigabytes: fastest(large, () => exports.sum(64, large)),
    copyGigabytes: fastest(2 * large, () => exports.double(64, second, large)),
    cacheReadGigabytes: fastest(
      large,
      repeatedly((bytes) => exports.sum(64, bytes)),
    ),
    cacheCopyGigabytes: fastest(
      2 * large,
      repeatedly((bytes) => exports.double(64, second, bytes)),
    ),
  };
}

function compile() {
  const folder = mkdtempSync(path.join(tmpdir(), 'triscale-limits-'));
  try {
    const output = path.join(folder, 'limits.wasm');
    const compiler = path.join(
      path.dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')),
      'bin/asc.js',
    );
    const options =
      '--importMemory --initialMemory 0 --runtime stub --use abort= --noAssert -O3 --enable simd --enable relaxed-simd';
    const source = path.join(import.meta.dirname, 'assembly/limits.ts');
    execFileSync(process.execPath, [compiler, source, '--outFile', output, ...options.split(' ')]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
