import { InputError } from '../../search/base/errors.js';
import { fitSurface } from '../../search/evidence/surface.js';
import { type Target, type WhatIf, whatIf } from '../../search/evidence/what-if.js';
import { targetRatio } from '../../search/scaling/target.js';
import type { SearchEvidence } from './evidence.js';
import { familyOptions } from './family/record.js';

/** What the fitted surface of a search says of a network that meets a target, with what is to be said of the surface itself. */
export interface WhatIfAnswer extends WhatIf {
  /** Share of the variance between networks that the surface explains. */
  readonly explained: number;
  /** Where the optimum touches the edge of what was searched; empty inside. */
  readonly edge: readonly string[];
}

/** Answers without training. Throws `bad-value` where too few networks have finished for a surface, or where it cannot reach the target. */
export function whatIfSearch(evidence: SearchEvidence, target: Target): WhatIfAnswer {
  const { plan, candidates, selection } = evidence;
  const { product } = plan.spec.grid;
  const targetMacs = plan.baselineCost.macs * targetRatio(plan.spec);
  const surface = fitSurface(candidates, selection.estimates, { targetMacs, product, spread: selection.spread });
  if (!surface) {
    const got = selection.estimates.length;
    throw new InputError(
      'bad-value',
      `what-if: expected finished networks enough for a quadratic surface (nine that differ in depth, width and resolution), got ${got}`,
    );
  }
  const answer = whatIf(target, plan.baseline, candidates, surface, { ...familyOptions(plan, evidence), targetMacs });
  const edge = surface.optimum.edge.map(({ dimension, side, coefficient }) => `${dimension} ${side} (${coefficient})`);
  return { ...answer, explained: surface.explained, edge };
}
