import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { Plan } from '../../../search/plan/plan.js';
import { type Halving, halve } from '../../../search/strategy/halving.js';

const noHalving: Halving = { pauseAfter: new Map(), decisions: [] };

/** Says where the trials of a search are to pause when its experiment asks for early stopping, and which of those that wait go on. */
export class Halver {
  private halving: Halving = noHalving;
  private readonly macsOf: ReadonlyMap<string, number>;
  private epochsOf: ReadonlyMap<string, number> = new Map();
  private decided = 0;

  constructor(
    private readonly store: Store,
    private readonly searchId: number,
    private readonly plan: Plan,
  ) {
    const searched = new Set(plan.points.flatMap(({ role, networkId }) => (role === 'grid' ? [networkId] : [])));
    this.macsOf = new Map(plan.networks.flatMap(({ id, cost }) => (searched.has(id) ? [[id, cost.macs]] : [])));
  }

  /** Looks again at how far the trials have come. */
  refresh(): void {
    const { earlyStopping: rule, replicates } = this.plan.spec;
    if (!rule) return;
    const { read } = this.store;
    const curves = read.curves(this.searchId);
    this.epochsOf = new Map([...curves].map(([id, { length }]) => [id, length]));
    const stored = read.trials(this.searchId);
    const trials = stored.flatMap(({ id, networkId, replicate, state }) => {
      const macs = this.macsOf.get(networkId);
      if (macs === undefined || replicate >= replicates) return [];
      const curve = (curves.get(id) ?? []).map(({ validationAccuracy }) => validationAccuracy ?? 0);
      return [{ id, macs, curve, hasFailed: state === 'failed' || state === 'cancelled' || state === 'skipped' }];
    });
    this.halving = halve(trials, rule, this.plan.recipe.epochs);
  }

  /** The epoch after which a trial is to pause; null where it trains to its end. As of the last `refresh`. */
  pauseAfterEpoch(trialId: string): number | null {
    return this.halving.pauseAfter.get(trialId) ?? null;
  }

  /** Whether a trial is to stay where it has paused, for now or for good. As of the last `refresh`. */
  waits({ id, isPaused }: UnfinishedTrial): boolean {
    if (!isPaused || !this.plan.spec.earlyStopping) return false;
    const pause = this.pauseAfterEpoch(id);
    return pause !== null && (this.epochsOf.get(id) ?? 0) >= pause;
  }

  /** What has been decided since this was asked before, in sentences. */
  news(): string[] {
    const fresh = this.halving.decisions.slice(this.decided);
    this.decided = this.halving.decisions.length;
    return fresh.map(
      ({ epochs, judged, promoted }) => `rung at epoch ${epochs}: ${promoted} of ${judged} trials go on`,
    );
  }
}
