import type { UnfinishedTrial } from '../../../db/records.js';
import type { Plan, PlannedNetwork } from '../../../search/plan/plan.js';
import { realisedMultipliers } from '../../../search/scaling/realised-multipliers.js';
import type { SimulatedTrial } from '../../../search/simulation/model.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { protocolVersion, type TrialJob } from '../../../workers/executors/contract.js';

/** What all jobs of a run have in common. */
export interface JobSettings {
  /** Name of the engine, or `auto`. */
  readonly engine: string;
  readonly timeLimitMs: number | null;
  readonly simulation: SimulationSpec | null;
  /** Where the checkpoint of a trial lives. */
  readonly checkpointFolder: (trialId: string) => string;
  /** After which epoch a trial is to pause; null for never. */
  readonly pauseAfterEpoch: (trialId: string) => number | null;
}

/** The attempt that a job is for. */
export interface JobAttempt {
  readonly number: number;
  readonly token: string;
}

/** Makes the jobs of a plan's trials. */
export class TrialJobs {
  private readonly networks: ReadonlyMap<string, PlannedNetwork>;
  private readonly simulated = new Map<string, SimulatedTrial>();

  constructor(
    private readonly plan: Plan,
    private readonly settings: JobSettings,
  ) {
    this.networks = new Map(plan.networks.map((network) => [network.id, network]));
  }

  /** The job of one attempt; `datasetDigest` is null as long as no worker has opened the data. */
  job(trial: UnfinishedTrial, { number, token }: JobAttempt, datasetDigest: string | null): TrialJob {
    const planned = this.networks.get(trial.networkId);
    if (!planned) throw new RangeError(`trial ${trial.id}: its network ${trial.networkId} is not in the plan`);
    const { engine, timeLimitMs, checkpointFolder, pauseAfterEpoch } = this.settings;
    return {
      protocol: protocolVersion,
      trialId: trial.id,
      networkId: trial.networkId,
      attempt: number,
      token,
      network: planned.network,
      recipe: this.plan.recipe,
      dataset: this.plan.dataset,
      datasetDigest,
      seed: trial.seed,
      saving: planned.saving,
      engine,
      checkpointFolder: checkpointFolder(trial.id),
      timeLimitMs,
      pauseAfterEpoch: pauseAfterEpoch(trial.id),
      simulation: this.simulation(planned),
    };
  }

  private simulation({ id, network, cost, peakBytes }: PlannedNetwork): SimulatedTrial | null {
    const spec = this.settings.simulation;
    if (spec === null) return null;
    let simulated = this.simulated.get(id);
    if (!simulated) {
      const { baseline, baselineCost } = this.plan;
      const multipliers = realisedMultipliers(baseline, network);
      simulated = { spec, costRatio: cost.macs / baselineCost.macs, multipliers, params: cost.params, peakBytes };
      this.simulated.set(id, simulated);
    }
    return simulated;
  }
}
