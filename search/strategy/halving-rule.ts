/** How successive halving is done (Jamieson and Talwalkar 2016): in a running search and when a finished one is replayed. */
export interface HalvingRule {
  /** One in `eta` goes on from a rung to the next. */
  readonly eta: number;
  /** Epochs before the first rung. */
  readonly firstEpochs: number;
  /** `epochs`: a rung is the same epoch for all. `macs`: the same training macs, so that dearer networks are judged after fewer epochs. */
  readonly by: 'epochs' | 'macs';
}

/** Off unless asked for; then one in three goes on, judged after three epochs at the earliest. */
export const defaultHalving: HalvingRule = { eta: 3, firstEpochs: 3, by: 'epochs' };

/** Epochs of the rungs, from the first, each `eta` times the one before, all before the last epoch. */
export function rungEpochs({ eta, firstEpochs }: HalvingRule, epochs: number): number[] {
  const rungs: number[] = [];
  for (let at = firstEpochs; at < epochs; at *= eta) rungs.push(Math.round(at));
  return rungs;
}

/** The epoch, of `epochs`, at which a network is judged at a rung; macs are those of one image, `typicalMacs` those of a network of median cost. */
export function epochAtRung(
  rule: HalvingRule,
  rung: number,
  macs: number,
  typicalMacs: number,
  epochs: number,
): number {
  const own = rule.by === 'epochs' ? rung : Math.round((rung * typicalMacs) / macs);
  return Math.min(epochs, Math.max(1, own));
}

/** Those that go on, the best first: one in `eta`, rounded up; equals in the order of their ids. */
export function promote<T extends { readonly id: string }>(
  judged: readonly T[],
  accuracyOf: (trial: T) => number,
  { eta }: HalvingRule,
): T[] {
  const ranked = judged.toSorted((a, b) => accuracyOf(b) - accuracyOf(a) || (a.id < b.id ? -1 : 1));
  return ranked.slice(0, Math.ceil(ranked.length / eta));
}

/** The median of macs, the upper one of two. */
export function typicalOf(macs: readonly number[]): number {
  return macs.toSorted((a, b) => a - b)[Math.floor(macs.length / 2)] ?? 0;
}
