import type { Plan } from '../plan/plan.js';
import { targetRatio } from '../scaling/target.js';
import { type Candidate, candidatesOf, type TrialRecord } from './candidate.js';
import type { HandChoice } from './choice.js';
import { type Selection, select } from './select.js';

/** What else a selection rests on than the plan and its trials. */
export interface PlannedSelectionOptions {
  /** Images of the validation split; null while nothing says. */
  readonly validationImages: number | null;
  /** A rule of `choiceRules`; the default one when absent. */
  readonly rule?: string | undefined;
  /** What networks are compared by; default what the rule compares. */
  readonly compares?: 'merit' | 'accuracy' | undefined;
  /** How often the test split was read; never when absent. */
  readonly testReads?: number;
  /** What somebody chose by hand; counts unless a rule is named. */
  readonly byHand?: HandChoice | null;
}

/** The candidates of a plan and the choice among them at the cost that the plan aims at: what every screen, page and export shows. */
export function selectPlanned(
  plan: Pick<Plan, 'spec' | 'baseline' | 'baselineCost' | 'points' | 'networks'>,
  trials: readonly TrialRecord[],
  { validationImages, rule, compares, byHand = null, testReads = 0 }: PlannedSelectionOptions,
): { readonly candidates: readonly Candidate[]; readonly selection: Selection } {
  const candidates = candidatesOf(plan, trials);
  const targetMacs = plan.baselineCost.macs * targetRatio(plan.spec);
  const { product } = plan.spec.grid;
  const selection = select(candidates, {
    targetMacs,
    baselineMacs: plan.baselineCost.macs,
    product,
    validationImages,
    testReads,
    byHand,
    ...(rule === undefined ? {} : { rule }),
    ...(compares === undefined ? {} : { compares }),
  });
  return { candidates, selection };
}
