import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { InputError } from '../../../search/base/errors.js';

/** Of the machine's memory, the share that trials are given. */
const usableShare = 0.8;

/** Bytes that a trial may take in each slot: of its GPU, or of the machine's memory shared among so many. */
export async function slotMemory(gpus: readonly string[], slots: number): Promise<number> {
  return gpus.length > 0 ? gpuMemory(gpus) : ramPerSlot(slots);
}

/** Bytes of RAM for each of so many slots, of this machine or of the container that confines us. */
export function ramPerSlot(slots: number): number {
  const confined = process.constrainedMemory();
  const total = confined > 0 ? Math.min(confined, os.totalmem()) : os.totalmem();
  return Math.floor((total * usableShare) / slots);
}

/** Bytes of memory of the smallest of these NVIDIA GPUs, by what `nvidia-smi` says. Throws `missing-part` when it does not know them. */
export async function gpuMemory(gpus: readonly string[]): Promise<number> {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits', '-i', gpus.join(',')];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query);
    const mebibytes = stdout.trim().split('\n').map(Number);
    if (mebibytes.length !== gpus.length || mebibytes.some((value) => !(value > 0))) throw new Error(stdout.trim());
    return Math.floor(Math.min(...mebibytes) * 2 ** 20 * usableShare);
  } catch (cause) {
    const got = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new InputError(
      'missing-part',
      `--gpus: expected NVIDIA GPUs that nvidia-smi knows, such as 0,1, got ${gpus.join(',')} (${got}); --slots runs trials without naming GPUs`,
      { cause },
    );
  }
}
