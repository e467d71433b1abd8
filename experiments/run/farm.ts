import type { Store } from '../../db/store.js';
import { InputError } from '../../search/base/errors.js';
import { bytes } from '../../search/base/format.js';
import { digest } from '../../search/base/hash.js';
import { savingWords } from '../../search/cost/saving.js';
import { misfits } from '../../search/plan/fit-plan.js';
import type { Plan } from '../../search/plan/plan.js';
import { simulatedPlan } from '../../search/simulation/simulated-plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import type { RedisAddress } from '../../workers/executors/farm/address.js';
import { BullMqExecutor } from '../../workers/executors/farm/executor.js';
import { listWorkers } from '../../workers/executors/farm/registry.js';

export interface FarmOptions {
  readonly address: RedisAddress;
  /** What the farm's keys begin with; default `triscale`. */
  readonly namespace?: string;
}

/**
 * An executor that runs a search on a farm. Throws `does-not-fit` when the farm has workers and a network of the plan fits into none of
 * them, and what `listWorkers` throws.
 */
export async function farmExecutor(
  { address, namespace }: FarmOptions,
  store: Store,
  plan: Plan,
  simulation: SimulationSpec | null,
): Promise<BullMqExecutor> {
  if (!simulation) {
    const workers = await listWorkers(address, namespace);
    checkFits(
      plan,
      workers.map(({ memoryBytes }) => memoryBytes),
    );
  }
  const { hash } = simulation ? simulatedPlan(plan, simulation) : plan;
  const search = digest({ store: store.read.identity(), file: store.file, hash }).slice(0, 16);
  return new BullMqExecutor({ address, search, ...(namespace === undefined ? {} : { namespace }) });
}

/** Throws `does-not-fit` when a network needs more than the largest of these slots has. Null is a slot that takes any trial. */
export function checkFits(plan: Plan, slotBytes: readonly (number | null)[]): void {
  if (slotBytes.length === 0) return;
  const largest = slotBytes.reduce<number>((most, bytes) => Math.max(most, bytes ?? Number.POSITIVE_INFINITY), 0);
  const [worst, ...others] = misfits(plan, largest);
  if (!worst) return;
  const { network, least } = worst;
  const tried = savingWords(least.saving);
  const got =
    tried === '' ? bytes(network.peakBytes) : `${bytes(network.peakBytes)}, and ${bytes(least.peakBytes)} ${tried}`;
  throw new InputError(
    'does-not-fit',
    `network ${network.id}${others.length > 0 ? ` and ${others.length} more` : ''}: expected to fit into the ${bytes(largest)} of the largest slot, got ${got}; limits.memoryBytes leaves such networks out, a smaller training.batch makes them fit, and fewer --workers share the memory among fewer trials`,
  );
}
