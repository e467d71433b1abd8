import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { describe as describeAdapter, isSoftware } from '../../../../workers/engine/tfjs/webgpu/adapter.js';
import { gpuInSight } from '../../../../workers/engine/tfjs/webgpu/in-sight.js';
import { chromium, missing, parts } from '../../../support/parts.js';
import { smallBatch, smallNetwork } from '../small-network.js';
import { relativeError } from '../support.js';
import { swiftShader } from './swift-shader.js';

const dist = path.resolve(import.meta.dirname, '../../../../dist');

interface Measured {
  readonly version: string;
  readonly device: string;
  readonly losses: Readonly<Record<'webgpu' | 'cpu', number[]>>;
  readonly operations: Readonly<Record<'webgpu' | 'cpu', Record<string, { values: number[][]; leaked: number }>>>;
  readonly peakOf12MiB: number;
  readonly tooLarge: { readonly code: string; readonly message: string };
}

/** Runs Node with these arguments to its end. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, status: status as number | null };
}

describe.skipIf(missing(parts.chromium))('the webgpu engine on a software driver', () => {
  let measured: Measured;

  beforeAll(async () => {
    expect(existsSync(chromium)).toBe(true);
    const program = path.join(import.meta.dirname, 'webgpu-program.mjs');
    const args = [program, dist, JSON.stringify(smallNetwork), String(smallBatch)];
    const { stdout, stderr, status } = await run(args, { ...swiftShader, TRISCALE_WEBGPU_SOFTWARE: '1' });
    expect(status, stderr).toBe(0);
    measured = JSON.parse(stdout) as Measured;
  }, 300_000);

  it('names its adapter and its version', () => {
    expect(measured.device).toMatch(/swiftshader/i);
    expect(measured.version).toMatch(/^\d+\.\d+\.\d+ on Dawn \d+\.\d+\.\d+$/);
  });

  it('trains three steps with the losses of cpu, within 1e-4', () => {
    const { webgpu, cpu } = measured.losses;
    expect(cpu[2]).toBeLessThan(cpu[0] as number);
    cpu.forEach((loss, i) => {
      expect(Math.abs((webgpu[i] as number) - loss)).toBeLessThan(1e-4);
    });
  });

  it('computes every operation and its gradients to 1e-5 of the plain composition on cpu, and leaves no tensor behind', () => {
    const { webgpu, cpu } = measured.operations;
    expect(Object.keys(webgpu)).toHaveLength(21);
    for (const [name, reference] of Object.entries(cpu)) {
      expect(webgpu[name]?.leaked, name).toBe(0);
      reference.values.forEach((values, i) => {
        expect(relativeError(webgpu[name]?.values[i] as number[], values), name).toBeLessThan(1e-5);
      });
    }
  });

  it('counts the buffers that it holds and refuses a tensor above the adapter’s limit', () => {
    expect(measured.peakOf12MiB).toBeGreaterThanOrEqual(12 * 2 ** 20);
    expect(measured.peakOf12MiB).toBeLessThan(13 * 2 ** 20);
    expect(measured.tooLarge.code).toBe('does-not-fit');
    expect(measured.tooLarge.message).toMatch(
      /expected tensors of at most \d+ bytes, the adapter's limit, got one of 2147483648/,
    );
  });

  it('is refused unless it is asked for', async () => {
    const source = `import { loadEngine } from ${JSON.stringify(path.join(dist, 'workers/engine/index.js'))};
      await loadEngine('webgpu').catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await run(['--input-type=module', '-e', source], {
      ...swiftShader,
      TRISCALE_WEBGPU_SOFTWARE: '',
    });
    expect(stdout).toMatch(
      /^missing-part engine webgpu: expected a GPU, got .*SwiftShader.*; TRISCALE_WEBGPU_SOFTWARE=1 allows it/,
    );
  });

  it('is chosen by a part of its name, and a name that none has is refused', async () => {
    const source = `import { loadEngine } from ${JSON.stringify(path.join(dist, 'workers/engine/index.js'))};
      await loadEngine('webgpu').then(({ device }) => console.log(device), ({ code, message }) => console.log(code, message));`;
    const choose = async (name: string): Promise<string> => {
      const env = { ...swiftShader, TRISCALE_WEBGPU_SOFTWARE: '1', TRISCALE_WEBGPU_ADAPTER: name };
      return (await run(['--input-type=module', '-e', source], env)).stdout;
    };
    expect(await choose('SwiftShader')).toContain('SwiftShader');
    expect(await choose('GeForce')).toMatch(
      /^unknown-name TRISCALE_WEBGPU_ADAPTER: expected a part of the name of an adapter, got "GeForce" \(.*'SwiftShader Device/,
    );
  });

  it('ends the process at an error that the driver reports late', async () => {
    const source = `import { loadEngine } from ${JSON.stringify(path.join(dist, 'workers/engine/index.js'))};
      import * as tf from '@tensorflow/tfjs-core';
      await loadEngine('webgpu');
      tf.backend().device.createBuffer({ size: 16, usage: 0 });
      setTimeout(() => console.log('still here'), 10_000);`;
    const env = { ...swiftShader, TRISCALE_WEBGPU_SOFTWARE: '1' };
    const { stdout, stderr, status } = await run(['--input-type=module', '-e', source], env);
    expect(status).toBe(1);
    expect(stdout).not.toContain('still here');
    expect(stderr).toContain('engine webgpu: GPUValidationError');
  });
});

it('a GPU is in sight where the kernel shows one', () => {
  const devices = mkdtempSync(path.join(tmpdir(), 'triscale-dev-'));
  try {
    expect(gpuInSight('linux', devices)).toBe(false);
    mkdirSync(path.join(devices, 'dri'));
    writeFileSync(path.join(devices, 'dri/card0'), '');
    expect(gpuInSight('linux', devices)).toBe(false);
    writeFileSync(path.join(devices, 'dri/renderD128'), '');
    expect(gpuInSight('linux', devices)).toBe(true);
    expect(gpuInSight('darwin', '/nowhere')).toBe(true);
  } finally {
    rmSync(devices, { recursive: true });
  }
});

describe('an adapter', () => {
  const info = (fields: Partial<GPUAdapterInfo>): GPUAdapterInfo =>
    ({
      vendor: '',
      architecture: '',
      device: '',
      description: '',
      isFallbackAdapter: false,
      ...fields,
    }) as GPUAdapterInfo;

  it('that computes on the CPU is known by its type or by its driver', () => {
    expect(isSoftware(info({ isFallbackAdapter: true }))).toBe(true);
    expect(isSoftware(info({ vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }))).toBe(true);
    expect(isSoftware(info({ description: 'Microsoft Basic Render Driver' }))).toBe(true);
    expect(isSoftware(info({ vendor: 'nvidia', architecture: 'ampere', description: 'NVIDIA A100' }))).toBe(false);
  });

  it('is described by what is known of it', () => {
    expect(describeAdapter(info({ vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H100' }))).toBe(
      'nvidia hopper (NVIDIA H100)',
    );
    expect(describeAdapter(info({ device: '0x1234' }))).toBe('(0x1234)');
    expect(describeAdapter(info({}))).toBe('unnamed GPU');
  });
});
