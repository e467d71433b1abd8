import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Part, part, parts, python } from '../support/parts.js';

const here = import.meta.dirname;

/** The packages that exports are opened with, of test/requirements.txt. */
const packages = ['torch', 'torchvision', 'timm', 'keras', 'tensorflow', 'onnx', 'onnxruntime', 'safetensors'];

/** Python with the packages that exports are opened with. */
export function pythonPackages(): Part {
  const search = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ${JSON.stringify(packages)}))`;
  const present = parts.python.present && spawnSync(python, ['-c', search]).status === 0;
  return part(present, 'needs Python packages: .venv/bin/pip install -r test/requirements.txt');
}

/** Runs a script of this folder and returns its answer, the last line that it prints: a result for each of the paths. */
export async function ask<T>(script: string, paths: readonly string[]): Promise<Record<string, T>> {
  const program = script.endsWith('.py') ? python : process.execPath;
  const { stdout } = await promisify(execFile)(program, [path.join(here, script), ...paths], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
