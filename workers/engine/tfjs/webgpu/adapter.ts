/// <reference types="@webgpu/types" />
import { InputError, show } from '../../../../search/base/errors.js';

/** What the npm package `webgpu` exports: Dawn, Chromium's WebGPU, and the constants that browsers have as globals. */
export interface Dawn {
  readonly create: (flags: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Drivers that compute on the CPU. Their adapters do not all say that they are a fallback. */
const softwareDrivers = /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i;

/**
 * The GPU to train on: the system's high-performance one, or the one that `TRISCALE_WEBGPU_ADAPTER` names a part of. Throws an
 * `InputError` (`missing-part`) when there is none, or only one that computes on the CPU: it is slower than the `wasm` engine, and good
 * for tests alone (`TRISCALE_WEBGPU_SOFTWARE=1` allows it).
 */
export async function requestAdapter(gpu: GPU, env: NodeJS.ProcessEnv = process.env): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: unknown) => {
    const wanted = env.TRISCALE_WEBGPU_ADAPTER;
    if (!wanted) throw error;
    // Dawn's message lists the adapters.
    const seen = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new InputError(
      'unknown-name',
      `TRISCALE_WEBGPU_ADAPTER: expected a part of the name of an adapter, got ${show(wanted)} (${seen})`,
    );
  });
  if (!adapter)
    throw new InputError(
      'missing-part',
      'engine webgpu: no GPU with a Vulkan, Metal or D3D12 driver is found; on Linux apt-get install libvulkan1 and the driver of the GPU bring it (mesa-vulkan-drivers for AMD and Intel)',
    );
  if (isSoftware(adapter.info) && env.TRISCALE_WEBGPU_SOFTWARE !== '1')
    throw new InputError(
      'missing-part',
      `engine webgpu: expected a GPU, got ${describe(adapter.info)}, which computes on the CPU; TRISCALE_WEBGPU_SOFTWARE=1 allows it`,
    );
  return adapter;
}

/** Flags of Dawn that choose an adapter by name. */
export function adapterFlags(env: NodeJS.ProcessEnv = process.env): string[] {
  return env.TRISCALE_WEBGPU_ADAPTER ? [`adapter=${env.TRISCALE_WEBGPU_ADAPTER}`] : [];
}

export function isSoftware({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): boolean {
  return isFallbackAdapter || softwareDrivers.test([vendor, architecture, device, description].join(' '));
}

/** Vendor, architecture and what the driver calls itself, as far as they are known. */
export function describe({ vendor, architecture, description, device }: GPUAdapterInfo): string {
  const family = [vendor, architecture].filter((word) => word !== '').join(' ');
  const name = description || device;
  return [family, name && `(${name})`].filter((word) => word !== '').join(' ') || 'unnamed GPU';
}
