import { createLogUpdate } from 'log-update';

/** A block of lines that is redrawn at the bottom of a terminal; elsewhere, a plain line from time to time. */
export interface Live {
  /** `block` is drawn on a terminal, `line` is printed elsewhere, at most every ten seconds. */
  update(block: () => string, line: () => string): void;
  /** Removes the block, so that ordinary lines can follow. */
  end(): void;
}

const redrawMs = 100;
const plainLineMs = 10_000;

/** Draws on standard error, so that a redirected standard output stays clean. `silent` draws nothing. */
export function makeLive(mode: 'terminal' | 'plain' | 'silent', clock: () => number = Date.now): Live {
  if (mode === 'silent') return { update: () => undefined, end: () => undefined };
  const draw = mode === 'terminal' ? createLogUpdate(process.stderr) : undefined;
  let last = Number.NEGATIVE_INFINITY;
  return {
    update: (block, line) => {
      const now = clock();
      if (now - last < (draw ? redrawMs : plainLineMs)) return;
      last = now;
      if (draw) draw(block());
      else process.stderr.write(`${line()}\n`);
    },
    end: () => draw?.clear(),
  };
}

/** A bar of `width` characters for a share in [0, 1], with eighths of a character. */
export function bar(share: number, width = 30): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  const partial = eighths % 8 ? '▏▎▍▌▋▊▉'[(eighths % 8) - 1] : '';
  return `${full}${partial}`.padEnd(width, '░');
}
