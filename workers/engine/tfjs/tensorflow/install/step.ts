import type { Build } from '../build.js';
import type { Tools } from './tools.js';

export interface StepContext {
  readonly build: Build;
  /** A folder of this one installation, on the same disk as the build; thrown away at the end. */
  readonly work: string;
  readonly tools: Tools;
  readonly signal: AbortSignal | undefined;
}

/** One step of an installation. It may be killed at any moment: its result appears by one rename, so what is there need not be done again. */
export interface Step {
  /** For the progress line, such as `compile the binding`. */
  readonly title: string;
  readonly result: (build: Build) => string;
  readonly run: (context: StepContext) => Promise<void>;
}
