import { accuraciesOf, type Candidate, isSearched, type TrialRecord } from '../evidence/candidate.js';
import { normalCdf } from '../evidence/distributions.js';
import { fitMerit, meritStandings, slopePrior } from '../evidence/merit.js';
import { meanOf, seedNoise } from '../evidence/noise.js';
import { posterior } from '../evidence/posterior.js';
import { tieSet } from '../evidence/tie-set.js';

export interface ReplicationPolicy {
  /** Seeds of every network in the screening, at least 1. */
  readonly screening: number;
  /** Further seeds that may be spent, over all networks; with 0 nothing is worked out. */
  readonly budget: number;
  /** Images of the validation split, for the noise that is assumed before it is measured. */
  readonly validationImages: number | null;
  /** Macs at which networks are compared; without them accuracy as trained is compared. */
  readonly targetMacs?: number;
}

/** Seeds that were given out together, after everything before them was over. */
export interface ReplicationRound {
  /** One entry per seed. */
  readonly asked: readonly Pick<TrialRecord, 'networkId' | 'replicate'>[];
  /** Size of the tie set that the round was decided on. */
  readonly tieSetBefore: number;
}

export interface Replication {
  readonly rounds: readonly ReplicationRound[];
  /** Trials of the last round that are not yet over; those without a record are to be queued. */
  readonly open: readonly Pick<TrialRecord, 'networkId' | 'replicate'>[];
  /** Why no further round follows; null while one is open or the screening is not over. */
  readonly stopped: string | null;
}

/** A round is half of the budget that is left, but at least this many seeds. */
const smallestRound = 4;
/** So many rounds in a row must fail to shrink the tie set before replication stops. */
const patience = 2;

/**
 * Screens, then replicates. When every network has its screening seeds, further seeds go out in rounds: the first to the highest means,
 * one each (it is what measures the seed noise), the others by the knowledge gradient on the expected merit. Seeds go to the grid alone; the
 * baseline and the single-dimension series take part in what is known. It ends when one candidate is
 * left in the tie set, when the tie set has stopped shrinking, or when the budget is spent.
 *
 * The rounds follow from the results alone: each is worked out from the seeds that were over when it was decided, so that they depend neither
 * on the number of workers nor on the order in which trials end, and a coordinator that was killed goes on with the same round. `known` may
 * hold the rounds of an earlier call, which are then not worked out again. A seed that ends without an accuracy is spent, and its network
 * gets no other.
 */
export function replicate(
  candidates: readonly Candidate[],
  { screening, budget, validationImages, targetMacs }: ReplicationPolicy,
  known: readonly ReplicationRound[] = [],
): Replication {
  const rounds = [...known];
  if (budget <= 0) return { rounds, open: [], stopped: 'there is no seed budget' };
  for (;;) {
    const given = countSeeds(candidates, screening, rounds);
    const open = openTrials(candidates, given);
    if (open.length > 0) return { rounds, open: rounds.length > 0 ? open : [], stopped: null };
    const seen = candidates.map((candidate) => upTo(candidate, given.get(candidate.networkId) as number));
    const state = assess(seen, validationImages, targetMacs);
    const left = budget - rounds.reduce((sum, { asked }) => sum + asked.length, 0);
    const stopped = reasonToStop([...rounds.map(({ tieSetBefore }) => tieSetBefore), state.tieSet], left);
    if (stopped) return { rounds, open: [], stopped };
    const size = Math.min(left, Math.max(smallestRound, Math.ceil(left / 2)));
    const networks = rounds.length === 0 ? highestMeans(seen, size, targetMacs) : knowledgeGradient(state, seen, size);
    if (networks.length === 0) return { rounds, open: [], stopped: 'no candidate can take another seed' };
    const asked = networks.map((networkId) => {
      const replicate = given.get(networkId) as number;
      given.set(networkId, replicate + 1);
      return { networkId, replicate };
    });
    rounds.push({ asked, tieSetBefore: state.tieSet });
  }
}

/** Seeds given to each network so far. */
function countSeeds(
  candidates: readonly Candidate[],
  screening: number,
  rounds: readonly ReplicationRound[],
): Map<string, number> {
  const given = new Map(candidates.map(({ networkId }) => [networkId, screening]));
  for (const { asked } of rounds)
    for (const { networkId } of asked) given.set(networkId, (given.get(networkId) ?? 0) + 1);
  return given;
}

interface State {
  readonly tieSet: number;
  readonly noiseSd: number;
  /** Shrunken mean and standard deviation by network. */
  readonly belief: ReadonlyMap<string, { readonly mean: number; readonly sd: number }>;
}

function assess(seen: readonly Candidate[], validationImages: number | null, targetMacs?: number): State {
  const searched = seen.filter(isSearched);
  const noise = seedNoise(seen, validationImages);
  if (targetMacs !== undefined) {
    const merit = fitMerit(seen, noise, targetMacs);
    const belief = new Map(
      merit?.networkIds.map((id, i) => [id, { mean: merit.mean[i] as number, sd: merit.sd[i] as number }]),
    );
    const tied = tieSet(searched, merit && meritStandings(merit)).members.length;
    return { tieSet: tied, noiseSd: merit?.spread.noiseSd ?? 0, belief };
  }
  const believed = posterior(searched, noise);
  const belief = new Map(
    believed?.networkIds.map((id, i) => [id, { mean: believed.mean[i] as number, sd: believed.sd[i] as number }]),
  );
  return { tieSet: tieSet(searched, believed).members.length, noiseSd: believed?.spread.noiseSd ?? 0, belief };
}

/** `tieSets`: sizes before each round, the present one last. */
function reasonToStop(tieSets: readonly number[], left: number): string | null {
  const now = tieSets.at(-1) as number;
  if (now <= 1) return 'one candidate is left';
  if (left <= 0) return 'the seed budget is spent';
  const before = tieSets.slice(0, -patience);
  const stalled = before.length > 0 && Math.min(...tieSets.slice(-patience)) >= Math.min(...before);
  return stalled ? `the tie set has stopped shrinking at ${now}` : null;
}

/** Trials that were asked for and are not over. */
function openTrials(candidates: readonly Candidate[], given: ReadonlyMap<string, number>) {
  return candidates.flatMap(({ networkId, trials }) => {
    const over = new Set(trials.flatMap((trial) => (trial.state === 'unfinished' ? [] : [trial.replicate])));
    const all = Array.from({ length: given.get(networkId) as number }, (_, replicate) => replicate);
    return all.filter((replicate) => !over.has(replicate)).map((replicate) => ({ networkId, replicate }));
  });
}

function upTo(candidate: Candidate, replicates: number): Candidate {
  return { ...candidate, trials: candidate.trials.filter(({ replicate }) => replicate < replicates) };
}

/** Candidates of the grid all of whose seeds so far have an accuracy. */
function healthy(seen: readonly Candidate[]): Candidate[] {
  return seen.filter(
    (candidate) =>
      isSearched(candidate) &&
      candidate.trials.length > 0 &&
      candidate.trials.every(({ state }) => state === 'completed'),
  );
}

/** The highest means, corrected for what compute is usually worth where there is a target: one seed each says no more. */
function highestMeans(seen: readonly Candidate[], size: number, targetMacs?: number): string[] {
  const worth = ({ cost }: Candidate): number =>
    targetMacs === undefined ? 0 : slopePrior.mean * Math.log2(cost.macs / targetMacs);
  return healthy(seen)
    .map((candidate) => ({ id: candidate.networkId, mean: meanOf(accuraciesOf(candidate)) - worth(candidate) }))
    .sort((a, b) => b.mean - a.mean || (a.id < b.id ? -1 : 1))
    .slice(0, size)
    .map(({ id }) => id);
}

/**
 * The seeds from which the choice is expected to gain most, one at a time: the knowledge gradient for independent normal beliefs, ν f(−|Δ| / ν)
 * with f(z) = φ(z) + z Φ(z) and ν² = sd⁴ / (sd² + σ²) (Frazier, Powell and Dayanik 2008, equations 15 to 18). Within a round the result of a
 * seed is not known; what is known is that it will narrow the belief.
 */
function knowledgeGradient({ belief, noiseSd }: State, seen: readonly Candidate[], size: number): string[] {
  const able = healthy(seen).flatMap(({ networkId }) => {
    const known = belief.get(networkId);
    return known ? [{ networkId, mean: known.mean, variance: known.sd ** 2 }] : [];
  });
  const [first, second] = able.map(({ mean }) => mean).toSorted((a, b) => b - a);
  if (first === undefined) return [];
  const chosen: string[] = [];
  while (chosen.length < size) {
    let most = able[0] as (typeof able)[number];
    let mostGain = Number.NEGATIVE_INFINITY;
    for (const each of able) {
      const change = each.variance / Math.sqrt(each.variance + noiseSd ** 2);
      const rival = each.mean === first ? (second ?? first) : first;
      const z = -Math.abs(each.mean - rival) / change;
      const gain = change * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) + z * normalCdf(z));
      if (gain > mostGain) {
        most = each;
        mostGain = gain;
      }
    }
    chosen.push(most.networkId);
    most.variance = 1 / (1 / most.variance + 1 / noiseSd ** 2);
  }
  return chosen;
}
