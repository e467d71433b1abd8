import { type EngineName, engineMemory, isEngineName } from '../../search/cost/engine-memory.js';
import type { MachineMemory } from '../../search/cost/memory-model.js';
import { fitPlan, savingsOf } from '../../search/plan/fit-plan.js';
import type { Plan } from '../../search/plan/plan.js';
import { probeEngines } from '../../workers/engine/probe.js';
import { listWorkers } from '../../workers/executors/farm/registry.js';
import { slotMemory } from '../../workers/executors/local/slots.js';
import { dataNeeds } from './data-needs.js';
import type { FarmOptions } from './farm.js';
import { readRunStore } from './run-store.js';

/** Where the trials of a search are to run. */
export interface Slots {
  /** Name of the engine, or `auto`. */
  readonly engine: string;
  /** Side by side on this machine. */
  readonly workers: number;
  /** One trial on each in the place of `workers`. */
  readonly gpus?: readonly string[];
  /** Of one trial, bytes; default what the machine, its GPU or the farm's largest slot has. */
  readonly memoryBytes?: number;
  /** In the place of this machine. */
  readonly farm?: FarmOptions | null;
}

/**
 * The plan as these slots train it: networks that would not fit otherwise save memory. A search that its store holds already goes on
 * as it was planned, wherever that still fits, so that another number of workers makes no other search of it. A farm that nobody has joined tells nothing: the plan stays.
 */
export async function fitSearch(plan: Plan, slots: Slots, storeFile: string): Promise<Plan> {
  const machine = await machineMemory(plan, slots);
  if (!machine) return plan;
  return goingOn(plan, machine, storeFile) ?? fitPlan(plan, machine);
}

/** Memory of one trial, and the engine for which it is predicted; null for a farm that nobody has joined. */
export async function machineMemory(plan: Plan, slots: Slots): Promise<MachineMemory | null> {
  const { farm, gpus = [], workers } = slots;
  if (farm) {
    const known = await listWorkers(farm.address, farm.namespace);
    const [largest] = known.toSorted((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
    const memoryBytes = slots.memoryBytes ?? largest?.memoryBytes;
    if (memoryBytes == null) return null;
    const engine = slots.engine === 'auto' ? (largest?.engine ?? plan.engine) : slots.engine;
    return within(isEngineName(engine) ? engine : plan.engine, await withoutData(plan, memoryBytes));
  }
  const whole = slots.memoryBytes ?? (await slotMemory(gpus, gpus.length || workers));
  const memoryBytes = gpus.length > 0 ? whole : await withoutData(plan, whole);
  return within(await engineOf(plan, slots, memoryBytes), memoryBytes);
}

/** Memory that a slot has for the network beside the plan's images, bytes. */
export async function withoutData(plan: Plan, memoryBytes: number): Promise<number> {
  return Math.max(0, memoryBytes - ((await dataNeeds(plan))?.countedBytes ?? 0));
}

/** The engine that will train: `auto` is asked for it only where the embedded engine could not train all of the plan as it is. */
async function engineOf(plan: Plan, { engine, gpus = [] }: Slots, memoryBytes: number): Promise<EngineName> {
  if (isEngineName(engine)) return engine;
  if (gpus.length > 0) return 'tensorflow';
  const { memoryBytes: most } = within('wasm', memoryBytes);
  if ((plan.machine?.engine ?? plan.engine) === 'wasm' && plan.networks.every(({ peakBytes }) => peakBytes <= most))
    return 'wasm';
  const [report] = await probeEngines({ engines: ['auto'] });
  return report && isEngineName(report.engine) ? report.engine : plan.engine;
}

/** So much memory, as far as an engine can use it. */
export function within(engine: EngineName, memoryBytes: number): MachineMemory {
  return { engine, memoryBytes: Math.min(memoryBytes, engineMemory[engine].mostBytes) };
}

/** The plan with the micro-batches of a search in the store that has begun with it; null where there is none, or where it does not fit here. */
function goingOn(plan: Plan, machine: MachineMemory, storeFile: string): Plan | null {
  const reader = readRunStore(storeFile);
  if (!reader) return null;
  try {
    for (const { id, hash, name, simulation } of reader.searches().toReversed()) {
      if (simulation !== null || name !== plan.spec.name) continue;
      const again = fitPlan(plan, machine, { savings: savingsOf(reader.plan(id)), allowed: withoutParts(plan) });
      if (again.hash === hash && again.networks.every(({ peakBytes }) => peakBytes <= machine.memoryBytes))
        return again;
    }
    return null;
  } finally {
    reader.close();
  }
}

function withoutParts({ spec }: Plan): 'none' | 'recompute' {
  return spec.memorySaving === 'none' ? 'none' : 'recompute';
}
