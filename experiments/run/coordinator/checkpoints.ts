import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { TrialStanding } from '../../../db/records.js';

/** Which checkpoints outlive their trials. Those of trials that may still go on always stay. */
export const keepPolicies = {
  none: 'every checkpoint is removed once its trial is completed',
  best: 'the checkpoint of the most accurate trial stays',
  all: 'every checkpoint stays',
} as const;

export type KeepPolicy = keyof typeof keepPolicies;

/** The checkpoints of a store's trials: `<store>.d/checkpoints/<trial id>/`. */
export class Checkpoints {
  private readonly root: string;
  private best: { readonly trialId: string; readonly accuracy: number } | null = null;

  constructor(
    store: string,
    private readonly policy: KeepPolicy,
  ) {
    this.root = path.resolve(`${store}.d`, 'checkpoints');
  }

  folderOf(trialId: string): string {
    return path.join(this.root, trialId);
  }

  /** Removes what the policy does not keep now that this trial is completed. */
  async completed(trialId: string, accuracy: number): Promise<void> {
    if (this.policy === 'all') return;
    if (this.policy === 'none') return this.remove(trialId);
    if (this.best && this.best.accuracy >= accuracy) return this.remove(trialId);
    const previous = this.best;
    this.best = { trialId, accuracy };
    if (previous) await this.remove(previous.trialId);
  }

  /** Removes the checkpoint of one trial, if there is one. */
  async remove(trialId: string): Promise<void> {
    const folder = this.folderOf(trialId);
    if (existsSync(folder)) await rm(folder, { recursive: true, force: true });
  }

  /** Applies the policy to trials that were completed before: a coordinator may have died between a result and its checkpoint. */
  async sweep(completed: ReadonlyMap<string, number>): Promise<void> {
    for (const [trialId, accuracy] of completed) {
      if (!this.best || accuracy > this.best.accuracy) this.best = { trialId, accuracy };
    }
    if (this.policy === 'all' || !existsSync(this.root)) return;
    for (const trialId of await readdir(this.root)) {
      const kept = this.policy === 'best' && trialId === this.best?.trialId;
      if (completed.has(trialId) && !kept) await this.remove(trialId);
    }
  }

  /** Removes the folders themselves when nothing is left in them. */
  async tidy(): Promise<void> {
    for (const folder of [this.root, path.dirname(this.root)]) {
      if (existsSync(folder) && (await readdir(folder)).length === 0) await rmdir(folder);
    }
  }
}

/** Accuracies of the trials that are completed, by their id. */
export function accuraciesOf(trials: readonly TrialStanding[]): Map<string, number> {
  return new Map(
    trials.flatMap(({ id, validationAccuracy: accuracy }): [string, number][] =>
      accuracy === null ? [] : [[id, accuracy]],
    ),
  );
}
