import path from 'node:path';

const browser = '/usr/lib/chromium';

/** Chromium's Vulkan loader and SwiftShader, its driver that computes on the CPU: environment of a process that loads the webgpu engine. */
export const swiftShader = {
  LD_LIBRARY_PATH: browser,
  VK_ICD_FILENAMES: path.join(browser, 'vk_swiftshader_icd.json'),
};
