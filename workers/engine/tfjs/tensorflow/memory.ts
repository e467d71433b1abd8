import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Peak memory of an engine, in bytes, since it was made or since `reset`. */
export interface MemoryMeter {
  peakBytes(): number;
  reset(): void;
}

/**
 * On the CPU: the most memory that the process has held, less what it held when the engine was loaded and less what JavaScript and the
 * library's own code, which is read from its file when it is first run, have taken since. TensorFlow keeps what it has once taken, so after `reset` the peak begins at what is held then. Where the system does not tell
 * (no `/proc`), the peak of the process's whole life stands for it.
 */
export function processMemory(): MemoryMeter {
  const { rss } = process.memoryUsage();
  const javascriptAtStart = javascriptBytes();
  // What JavaScript gives back after a reset was part of the peak that begins there.
  let javascriptAtReset = javascriptAtStart;
  const codeBytes = statusBytes('RssFile') ?? 0;
  return {
    peakBytes: () => {
      const peak = statusBytes('VmHWM') ?? process.resourceUsage().maxRSS * 1024;
      const javascript = Math.max(javascriptBytes(), javascriptAtReset) - javascriptAtStart;
      const code = (statusBytes('RssFile') ?? 0) - codeBytes;
      return Math.max(0, peak - rss - javascript - code);
    },
    reset: () => {
      collectGarbage();
      javascriptAtReset = javascriptBytes();
      try {
        // 5 sets the peak to what is resident now (proc(5), Linux 4.0).
        writeFileSync('/proc/self/clear_refs', '5');
      } catch {
        // No such file, or a container that forbids it: the peak stays that of the whole life.
      }
    },
  };
}

/**
 * What JavaScript holds but needs no more, such as the values that variables began with, would be taken for JavaScript's share of a peak
 * that comes after it is given back.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function javascriptBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

/**
 * On a GPU: what the driver says that this process holds there. TensorFlow takes memory as it needs it and never gives it back, so what
 * is held is the peak, and there is no lower one after `reset`. In a container that hides process numbers the growth of the whole GPU's
 * use stands for it.
 */
export function gpuMemory(pid: number = process.pid): MemoryMeter {
  const wholeGpu = (): number => firstNumber(askDriver('--query-gpu=memory.used'));
  const before = wholeGpu();
  return {
    peakBytes: () =>
      usedBy(pid, askDriver('--query-compute-apps=pid,used_gpu_memory')) ?? Math.max(0, wholeGpu() - before) * 2 ** 20,
    reset: () => {},
  };
}

/** Bytes that `pid` uses by a table of process number and MiB, or null when it is not listed. */
export function usedBy(pid: number, table: string): number | null {
  for (const line of table.split('\n')) {
    const [process, mebibytes] = line.split(',').map(Number);
    if (process === pid && mebibytes !== undefined && Number.isFinite(mebibytes)) return mebibytes * 2 ** 20;
  }
  return null;
}

/** What NVIDIA's driver says about the GPUs that this process may use; an empty text where it cannot be asked. */
export function askDriver(query: string, env: NodeJS.ProcessEnv = process.env): string {
  const visible = env.CUDA_VISIBLE_DEVICES;
  const { stdout, status } = spawnSync(
    'nvidia-smi',
    [query, '--format=csv,noheader,nounits', ...(visible ? [`--id=${visible}`] : [])],
    { encoding: 'utf8', timeout: 10_000 },
  );
  return status === 0 ? stdout : '';
}

function firstNumber(text: string): number {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : 0;
}

/** A field of `/proc/self/status` (proc(5)), such as VmHWM, in bytes, or null where there is none. */
function statusBytes(field: 'VmHWM' | 'RssFile'): number | null {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}
