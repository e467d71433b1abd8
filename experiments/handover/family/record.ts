import { InputError } from '../../../search/base/errors.js';
import { median } from '../../../search/base/median.js';
import {
  type FamilyMember,
  familyOptions,
  makeFamily,
  publishedFamily,
  publishedFamilyNote,
  rivalsOf,
} from '../../../search/evidence/family.js';
import { networkId } from '../../../search/network/architecture.js';
import type { Coefficients } from '../../../search/scaling/coefficients.js';
import type { SearchEvidence } from '../evidence.js';

/** A member of the family, or what it is compared with. */
export interface FamilyRow extends FamilyMember {
  readonly networkId: string;
  /** Predicted time of one training by the search's recipe on what trained the search, milliseconds; null where nothing was measured. */
  readonly predictedWallMs: number | null;
}

/** The networks of the chosen coefficients at each φ, with their rivals. JSON. */
export interface FamilyRecord {
  readonly baseline: string;
  readonly chosen: Omit<Coefficients, 'phi'>;
  readonly simulated: boolean;
  /** Each member, followed by its rivals. */
  readonly rows: readonly FamilyRow[];
  /** The published networks of the same baseline; empty where there are none. */
  readonly published: ReturnType<typeof publishedFamily>;
  readonly publishedNote: string | null;
}

/** The family of the chosen coefficients; null while nothing can be chosen. Throws an `InputError` where a φ scales beyond every size. */
export function familyRecord(evidence: SearchEvidence, phis: readonly number[]): FamilyRecord | null {
  const { plan, selection, summary } = evidence;
  if (!selection.choice) return null;
  const { alpha, beta, gamma } = selection.choice.coefficients;
  const chosen = { alpha, beta, gamma };
  const options = familyOptions(plan, evidence.trials, selection.choice.networkId);
  const msPerActivation = measuredPace(evidence);
  const rows = phis
    .flatMap((phi) => {
      const members = within(phi, () => makeFamily(plan.baseline, chosen, [phi], options));
      return members.flatMap((member) => [member, ...rivalsOf(member, plan.baseline, options)]);
    })
    .map((member) => ({
      ...member,
      networkId: networkId(member.network),
      predictedWallMs: msPerActivation === null ? null : msPerActivation * member.cost.activations,
    }));
  const published = publishedFamily(plan.baseline, chosen);
  return {
    baseline: plan.baseline.name,
    chosen,
    simulated: summary.simulation !== null,
    rows,
    published,
    publishedNote: published.length > 0 ? publishedFamilyNote : null,
  };
}

/** Milliseconds of a whole training per activation of an image, the median of the finished trials: activations predict run time best. */
function measuredPace({ plan, trials }: Pick<SearchEvidence, 'plan' | 'trials'>): number | null {
  const activations = new Map(plan.networks.map(({ id, cost }) => [id, cost.activations]));
  const paces = trials.flatMap((trial) =>
    trial.state === 'completed' ? [trial.result.wallMs / (activations.get(trial.networkId) as number)] : [],
  );
  return paces.length === 0 ? null : median(paces);
}

function within<T>(phi: number, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.code, `--phi: ${phi} is ${error.message}`);
    throw error;
  }
}
