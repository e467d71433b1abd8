// Builds dist/: TypeScript, then the WebAssembly kernels and the dashboard's page where their sources are newer than their outputs.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a JavaScript tool of node_modules; on failure this build ends with its exit code. */
function run(tool, ...args) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', tool), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Newest modification time below a file or folder, 0 when it does not exist. */
function newest(entry) {
  if (!existsSync(entry)) return 0;
  const stat = statSync(entry);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(entry).map((name) => newest(path.join(entry, name))));
}

// What has not changed is not compiled again: the first `npx triscale` in a checkout builds once more before it says anything.
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');

const steps = path.join(root, 'tools', 'build-steps');
for (const name of existsSync(steps) ? readdirSync(steps).sort() : []) {
  const { step } = await import(path.join(steps, name));
  const sources = [step.source].flat().map((source) => newest(path.join(root, source)));
  if (Math.max(...sources) > newest(path.join(root, step.output))) step.build(run, root);
}
