import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary, StoredTrial } from '../../db/records.js';
import { toTrialRecord } from '../../db/tables/trials.js';
import type { Candidate } from '../../search/evidence/candidate.js';
import type { Selection } from '../../search/evidence/select.js';
import { selectPlanned } from '../../search/evidence/select-planned.js';
import type { Plan } from '../../search/plan/plan.js';

/** The trials of a search with the candidates and the selection that follow from them. */
export interface Standing {
  readonly trials: readonly StoredTrial[];
  readonly candidates: readonly Candidate[];
  readonly selection: Selection;
}

interface Known extends Standing {
  /** The other inputs of the selection. */
  readonly basis: string;
}

/**
 * How the trials of searches stand, followed from one version of the store to the next: trials that cannot have changed are not read again,
 * and a selection is made anew only when something has changed that it rests on, which an epoch does not.
 */
export class Standings {
  private readonly trials = new Map<number, { readonly version: number; readonly trials: readonly StoredTrial[] }>();
  private readonly selections = new Map<string, Known>();

  constructor(private readonly reader: StoreReader) {}

  /** `rule` is one of `choiceRules`. */
  of({ id }: SearchSummary, plan: Plan, rule?: string): Standing {
    const trials = this.trialsOf(id);
    const key = `${id} ${rule ?? ''}`;
    const known = this.selections.get(key);
    if (known?.trials === trials && known.candidates.length === plan.networks.length) return known;
    const options = {
      validationImages: this.reader.validationImages(id),
      rule,
      testReads: this.reader.testReads(id).length,
      byHand: this.reader.handChoice(id),
    };
    const basis = JSON.stringify(options);
    const isSame = known?.basis === basis && areSameEvidence(known.trials, trials);
    const selected = isSame
      ? known
      : selectPlanned(
          plan,
          trials.map((trial) => toTrialRecord(trial, [])),
          options,
        );
    const { candidates, selection } = selected;
    const standing = { trials, candidates, selection, basis };
    this.selections.set(key, standing);
    return standing;
  }

  private trialsOf(searchId: number): readonly StoredTrial[] {
    const version = this.reader.dataVersion();
    const known = this.trials.get(searchId);
    if (known?.version === version) return known.trials;
    const trials = this.reader.trials(searchId, known?.trials);
    this.trials.set(searchId, { version, trials });
    return trials;
  }
}

/** A running trial is no evidence, however far it is. */
function areSameEvidence(before: readonly StoredTrial[], now: readonly StoredTrial[]): boolean {
  return (
    before.length === now.length &&
    before.every((trial, i) => trial === now[i] || (trial.state === 'running' && now[i]?.state === 'running'))
  );
}

interface Made<T> {
  readonly key: unknown;
  readonly value: T;
  readonly madeAt: number;
}

/** What takes long to make, by search: kept until it is asked for with another key, and while the search runs for a time at least. */
export class Held<T> {
  private readonly made = new Map<number, Made<T>>();

  constructor(private readonly holdsMs: number) {}

  get(searchId: number, key: unknown, isRunning: boolean, make: () => T): T {
    const known = this.made.get(searchId);
    if (known && (known.key === key || (isRunning && performance.now() - known.madeAt < this.holdsMs)))
      return known.value;
    const value = make();
    this.made.set(searchId, { key, value, madeAt: performance.now() });
    return value;
  }
}
