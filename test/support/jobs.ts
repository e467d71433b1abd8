import { noSaving } from '../../search/cost/saving.js';
import { simulationSchema } from '../../search/simulation/simulation.js';
import { protocolVersion, type TrialJob } from '../../workers/executors/contract.js';
import { smallPlan } from './small-plan.js';

const plan = smallPlan();

/** A simulated job; `simulation` holds the fields that differ from a trial that takes no time and never fails. */
export function simulatedJob(trialId: string, simulation: object = {}, fields: Partial<TrialJob> = {}): TrialJob {
  const { id: networkId, network } = plan.networks[0]!;
  return {
    protocol: protocolVersion,
    trialId,
    networkId,
    attempt: 1,
    token: `token of ${trialId}`,
    network,
    recipe: plan.recipe,
    dataset: plan.dataset,
    datasetDigest: null,
    seed: 1,
    saving: noSaving,
    engine: 'auto',
    checkpointFolder: '/nowhere',
    timeLimitMs: null,
    pauseAfterEpoch: null,
    simulation: {
      spec: simulationSchema.parse(simulation),
      costRatio: 1,
      multipliers: { depth: 1, width: 1, resolution: 1 },
      params: 1000,
      peakBytes: 1e6,
    },
    ...fields,
  };
}
