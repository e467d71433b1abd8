import { randomUUID } from 'node:crypto';
import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { Plan } from '../../../search/plan/plan.js';
import { realisedMultipliers } from '../../../search/scaling/realised-multipliers.js';
import type { SimulatedTrial } from '../../../search/simulation/model.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { protocolVersion, type TrialJob } from '../../../workers/executors/contract.js';
import type { Agenda } from './agenda.js';
import type { Checkpoints } from './checkpoints.js';

export interface JobsOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly checkpoints: Checkpoints;
  /** Name of the engine, or `auto`. */
  readonly engine: string;
  readonly timeLimitMs: number | null;
  readonly simulation: SimulationSpec | null;
}

type Attempt = Pick<NonNullable<UnfinishedTrial['attempt']>, 'number' | 'token'>;

/** The jobs of a search's trials: each attempt is in the store before anybody gets its job. */
export class Jobs {
  private readonly simulated = new Map<string, SimulatedTrial>();

  constructor(private readonly options: JobsOptions) {}

  /** Opens an attempt at each of these trials. Returns their jobs in the same order. */
  open(trials: readonly UnfinishedTrial[]): TrialJob[] {
    const { store } = this.options;
    return store.transaction(() =>
      trials.map((trial) => {
        const token = randomUUID();
        return this.job(trial, { number: store.openAttempt(trial.id, token, Date.now()), token });
      }),
    );
  }

  /** The job of an attempt that an earlier run has opened and that somebody still trains; null where the store knows of none. */
  goOn(trial: UnfinishedTrial): TrialJob | null {
    // Whoever could not be told that the last run ended trains on, and is not to be joined by another.
    const attempt = trial.attempt ?? this.options.store.reopenAttempt(trial.id);
    return attempt && this.job(trial, attempt);
  }

  private job({ id, networkId, seed }: UnfinishedTrial, { number, token }: Attempt): TrialJob {
    const { store, searchId, plan, agenda, checkpoints, engine, timeLimitMs } = this.options;
    const { network, saving } = agenda.networkOf(networkId);
    return {
      protocol: protocolVersion,
      trialId: id,
      networkId,
      attempt: number,
      token,
      network,
      recipe: plan.recipe,
      dataset: plan.dataset,
      // Null as long as no worker has opened the data. Asked of the store each time: what a failed commit had fixed is not fixed.
      datasetDigest: store.read.datasetDigest(searchId),
      seed,
      saving,
      engine,
      checkpointFolder: checkpoints.folderOf(id),
      timeLimitMs,
      pauseAfterEpoch: agenda.pauseAfterEpoch(id),
      simulation: this.simulation(networkId),
    };
  }

  private simulation(networkId: string): SimulatedTrial | null {
    const { simulation: spec, plan, agenda } = this.options;
    if (spec === null) return null;
    let simulated = this.simulated.get(networkId);
    if (!simulated) {
      const { network, cost, peakBytes } = agenda.networkOf(networkId);
      const multipliers = realisedMultipliers(plan.baseline, network);
      simulated = { spec, costRatio: cost.macs / plan.baselineCost.macs, multipliers, params: cost.params, peakBytes };
      this.simulated.set(networkId, simulated);
    }
    return simulated;
  }
}
