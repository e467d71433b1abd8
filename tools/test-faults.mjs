/** Runs the fault suite on what is built: `npm run test:faults`, with `--long` as often as it takes to be sure. The rest goes to vitest. */
import { spawn } from 'node:child_process';

const asked = process.argv.slice(2);
const isLong = asked.includes('--long');
const child = spawn('npx', ['vitest', 'run', 'test/faults', ...asked.filter((arg) => arg !== '--long')], {
  stdio: 'inherit',
  env: { ...process.env, ...(isLong ? { TRISCALE_LONG_FAULTS: '1' } : {}) },
});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
