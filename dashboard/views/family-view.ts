import { InputError } from '../../search/base/errors.js';
import {
  type FamilyMember,
  type FamilyOptions,
  makeFamily,
  publishedFamily,
  rivalsOf,
} from '../../search/evidence/family.js';
import type { Selection } from '../../search/evidence/select.js';
import type { Plan } from '../../search/plan/plan.js';
import type { FamilyRow, FamilyView } from '../api.js';

/** From half the compute to sixteen times as much. */
const phis = [-1, 0, 1, 2, 3, 4];

/** The family of the choice with what it is compared with at the same cost; null while nothing can be chosen. `options`: those of the search (`familyOptions`). */
export function familyView(plan: Plan, { choice }: Selection, options: FamilyOptions): FamilyView | null {
  if (!choice) return null;
  const { alpha, beta, gamma } = choice.coefficients;
  const coefficients = { alpha, beta, gamma };
  const rows = phis.flatMap((phi) => {
    try {
      const members = makeFamily(plan.baseline, coefficients, [phi], options);
      return members.flatMap((member) => [member, ...rivalsOf(member, plan.baseline, options)]);
    } catch (error) {
      // Scaled beyond every size that is built: the family ends before it.
      if (error instanceof InputError) return [];
      throw error;
    }
  });
  return {
    coefficients,
    rows: rows.map(familyRow),
    published: publishedFamily(plan.baseline, coefficients).map(({ name, multipliers, phiFrom }) => ({
      name,
      multipliers,
      phiFrom,
    })),
  };
}

function familyRow({ rule, phi, multipliers, network, cost, realised, peakBytes }: FamilyMember): FamilyRow {
  return { rule, phi, multipliers, resolutionPx: network.resolutionPx, cost, realised, peakBytes };
}
