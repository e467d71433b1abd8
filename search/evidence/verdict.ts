import type { Selection } from './select.js';

/**
 * Where a network stands in a selection. `tied`: the evidence cannot tell it from the best. `compared`: it has a result, but is no candidate,
 * being the baseline or scaled in a single dimension. `open`: it has no result yet.
 */
export type Verdict = 'chosen' | 'tied' | 'rejected' | 'compared' | 'open';

/** What a selection says of one network. */
export interface Judgement {
  /** Null before its first result. */
  readonly estimate: Selection['estimates'][number] | null;
  readonly verdict: Verdict;
  /** Why it was chosen or rejected; empty where there is nothing to say. */
  readonly reason: string;
}

/** Joins the networks of a plan with a selection: returns the judgement of a network, for every table, page and export alike. */
export function judgementsOf({
  choice,
  estimates,
  rejected,
  tieSet,
}: Pick<Selection, 'choice' | 'estimates' | 'rejected' | 'tieSet'>): (
  networkId: string,
  isSearched: boolean,
) => Judgement {
  const estimateOf = new Map(estimates.map((estimate) => [estimate.networkId, estimate]));
  const rejectedFor = new Map(rejected.map(({ networkId, reason }) => [networkId, reason]));
  const tied = new Set(tieSet);

  return (networkId, isSearched) => {
    const estimate = estimateOf.get(networkId) ?? null;
    if (choice?.networkId === networkId) return { estimate, verdict: 'chosen', reason: choice.reason };
    const reason = rejectedFor.get(networkId) ?? '';
    if (tied.has(networkId)) return { estimate, verdict: 'tied', reason };
    if (estimate === null) return { estimate, verdict: 'open', reason };
    return { estimate, verdict: isSearched ? 'rejected' : 'compared', reason };
  };
}
