import { InputError } from '../base/errors.js';
import { graphCost } from '../cost/counts.js';
import type { Architecture } from '../network/architecture.js';
import { expand } from '../network/graph.js';
import type { Coefficients } from '../scaling/coefficients.js';
import { realisedMultipliers } from '../scaling/realised-multipliers.js';
import { retargetPhi } from '../scaling/retarget.js';
import { scaleArchitecture } from '../scaling/scaling.js';
import type { Candidate } from './candidate.js';
import { isSearched } from './candidate.js';
import { type FamilyMember, type FamilyOptions, makeFamily } from './family.js';
import { sharesOf } from './shares.js';
import { type Surface, surfaceAt } from './surface.js';

/** A cost that the answer is to meet (macs) or to stay within (memory). */
export type Target = { readonly macs: number } | { readonly memoryBytes: number };

/** What the fitted surface says of a network that was not trained. */
export interface WhatIf {
  readonly coefficients: Coefficients;
  readonly member: FamilyMember;
  /** Predicted accuracy, a share, with its standard error; from the surface at the shares of the network as it is built. */
  readonly accuracy: number;
  readonly standardError: number;
  /** Macs of the trained networks; outside these the answer is an extrapolation. */
  readonly trainedMacs: readonly [least: number, most: number];
  readonly isExtrapolated: boolean;
}

/** φ for a memory is looked for between these, to this step; the sizes in between are a staircase that climbs with φ. */
const phiRange = { from: -4, to: 12, step: 1e-3 };

/**
 * The network at the optimum of the surface that meets a target, and what accuracy to expect of it; nothing is trained. `targetMacs` is the
 * cost at which the surface was fitted. Throws an `InputError` where the optimum's direction cannot reach the target.
 */
export function whatIf(
  target: Target,
  baseline: Architecture,
  candidates: readonly Candidate[],
  surface: Surface,
  { targetMacs, ...options }: FamilyOptions & { readonly targetMacs: number },
): WhatIf {
  const direction = surface.optimum.coefficients;
  const memberAt = (phi: number) => makeFamily(baseline, direction, [phi], options)[0] as FamilyMember;
  const baselineMacs = memberAt(0).cost.macs;
  const phi =
    'macs' in target
      ? retargetPhi(direction, target.macs / baselineMacs, (by) => {
          return graphCost(expand(scaleArchitecture(baseline, by, options))).macs / baselineMacs;
        })
      : largestWithin(target.memoryBytes, (at) => memberAt(at).peakBytes);
  if (phi === undefined) {
    const [rule, value] = 'macs' in target ? ['macs', target.macs] : ['memory', target.memoryBytes];
    throw new InputError(
      'bad-value',
      `target.${rule}: expected a cost that the fitted optimum can reach, got ${value}`,
    );
  }
  const member = memberAt(phi);
  const macs = candidates.filter(isSearched).map(({ cost }) => cost.macs);
  const trainedMacs = [Math.min(...macs), Math.max(...macs)] as const;
  const { value, standardError } = surfaceAt(
    surface,
    sharesOf(realisedMultipliers(baseline, member.network)),
    Math.log2(member.cost.macs / targetMacs),
  );
  return {
    coefficients: { ...direction, phi },
    member,
    accuracy: value,
    standardError,
    trainedMacs,
    isExtrapolated: member.cost.macs < trainedMacs[0] || member.cost.macs > trainedMacs[1],
  };
}

/** The largest φ of the range whose network fits, by bisection; undefined where not even the smallest does. */
function largestWithin(bytes: number, peakBytesAt: (phi: number) => number): number | undefined {
  const { from, to, step } = phiRange;
  let fits = 0;
  let over = Math.round((to - from) / step);
  const at = (steps: number) => Number((from + steps * step).toFixed(6));
  if (peakBytesAt(from) > bytes) return undefined;
  while (over - fits > 1) {
    const middle = Math.floor((fits + over) / 2);
    if (fitsAt(middle)) fits = middle;
    else over = middle;
  }
  return at(fits);

  function fitsAt(steps: number): boolean {
    try {
      return peakBytesAt(at(steps)) <= bytes;
    } catch (error) {
      // A network beyond what can be built at all is one that does not fit.
      if (error instanceof InputError) return false;
      throw error;
    }
  }
}
