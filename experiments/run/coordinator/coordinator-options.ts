import type { Store } from '../../../db/store.js';
import type { Retries } from '../../../search/plan/outcomes.js';
import type { Plan } from '../../../search/plan/plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import type { Executor } from '../../../workers/executors/contract.js';
import type { KeepPolicy } from './checkpoints.js';
import type { SearchEvent } from './search-events.js';

export interface CoordinatorOptions {
  readonly plan: Plan;
  /** Puts this model in the place of training. */
  readonly simulation?: SimulationSpec | null;
  readonly store: Store;
  /** Not yet started; the coordinator closes it. */
  readonly executor: Executor;
  /** Name of the engine, default `auto`. */
  readonly engine?: string;
  /** Digest of the data as they are now; null, the default, where nobody has opened them yet. */
  readonly datasetDigest?: string | null;
  readonly retries?: Retries;
  /** Of one attempt; default none. */
  readonly timeLimitMs?: number | null;
  /** Default `none`. */
  readonly keepCheckpoints?: KeepPolicy;
  /** Pause the search when most of its trials fail; default false. */
  readonly pauseWhenFailing?: boolean;
  readonly onEvent?: (event: SearchEvent) => void;
  /** How often the executor is asked whether it still holds what it was given; default one minute. */
  readonly reconcileMs?: number;
}
