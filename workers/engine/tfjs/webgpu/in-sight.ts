import { existsSync, readdirSync } from 'node:fs';

/**
 * Whether the system shows a GPU at all. Starting Dawn to find that out takes a quarter of a second and, where there is no Vulkan, writes a
 * warning. Only Linux is asked; other systems have a driver for whatever they show.
 */
export function gpuInSight(platform: NodeJS.Platform = process.platform, devices = '/dev'): boolean {
  if (platform !== 'linux') return true;
  // Kernel drivers of AMD, Intel and others; NVIDIA's own; Windows' GPU inside WSL.
  const render =
    existsSync(`${devices}/dri`) && readdirSync(`${devices}/dri`).some((name) => name.startsWith('renderD'));
  return render || existsSync(`${devices}/nvidia0`) || existsSync(`${devices}/dxg`);
}
