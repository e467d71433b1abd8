import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { StoreReader } from '../../db/reader.js';
import type { StoredTrial } from '../../db/records.js';
import { representative } from '../../search/evidence/candidate.js';
import { type Coefficients, multipliers } from '../../search/scaling/coefficients.js';
import { targetRatio } from '../../search/scaling/target.js';
import { writeAtomically } from '../../workers/atomic-file.js';
import { readSearchEvidence, type SearchEvidence } from './evidence.js';
import { checkWritable } from './files.js';

export const coefficientsFormat = 'triscale-coefficients';

/**
 * The chosen coefficients with everything that one needs to check them; null while nothing can be chosen. Equal evidence gives an equal
 * record: there is no clock in it.
 */
export function coefficientsExport(evidence: SearchEvidence, version: string) {
  const { summary, plan, candidates, selection, trials } = evidence;
  const { choice } = selection;
  const chosen = candidates.find(({ networkId }) => networkId === choice?.networkId);
  const planned = plan.networks.find(({ id }) => id === choice?.networkId);
  if (!choice || !chosen || !planned) return null;
  const { alpha, beta, gamma, phi }: Coefficients = choice.coefficients;
  const estimateOf = new Map(selection.estimates.map((estimate) => [estimate.networkId, estimate]));
  const accuracy = estimateOf.get(choice.networkId);
  return {
    format: coefficientsFormat,
    version,
    simulated: summary.simulation !== null,
    chosen: { alpha, beta, gamma, phi },
    multipliers: multipliers({ alpha, beta, gamma, phi }),
    network: planned.network,
    cost: planned.cost,
    realised: planned.cost.macs / plan.baselineCost.macs,
    nominal: representative(chosen).nominal,
    accuracy,
    expectedOptimism: accuracy?.shrunken ? accuracy.mean - accuracy.shrunken.mean : null,
    testSplit: testSplit(evidence),
    choice: { networkId: choice.networkId, rule: choice.rule, reason: choice.reason, compares: selection.compares },
    merit: selection.merit,
    tieSet: selection.tieSet,
    estimates: selection.tieSet.map((id) => ({ networkId: id, ...estimateOf.get(id), seeds: seedsOf(trials, id) })),
    test: selection.test,
    noise: selection.noise,
    advice: selection.advice,
    meanings: {
      accuracy:
        'mean is the raw validation accuracy at the last epoch over n seeds, theta the accuracy at the target cost by the joint model of all trained networks with the half width of its 95 % interval, expectedRegret what taking the network is expected to lose against the best at equal cost, atTargetCost the mean corrected by a straight line, shrunken what is believed of the mean after shrinking; shares in [0, 1]',
      expectedOptimism:
        'by how much the raw mean of the chosen network is expected to be too high for having been chosen: mean less shrunken mean; null while the seed noise is unknown',
      testSplit:
        'the choice does not rest on it; each reading is of one trained network, and reads counts every opening, also one that came to no result',
    },
    provenance: {
      experiment: plan.spec.name,
      question: plan.spec.question,
      planHash: summary.hash,
      baseline: plan.baseline.name,
      targetRatio: targetRatio(plan.spec),
      seed: plan.spec.seed,
      seeds: seedsOf(trials, choice.networkId),
      recipe: plan.recipe,
      dataset: plan.dataset,
      datasetDigest: summary.datasetDigest,
      trials: summary.trials,
      engines: enginesOf(trials),
    },
  };
}

/** How often the test split was read for this search, and what each reading gave. */
function testSplit({ testReads }: SearchEvidence) {
  return {
    reads: testReads.length,
    readings: testReads.map(({ trialId, seed, images, accuracy }) => ({ trialId, seed, images, accuracy })),
  };
}

/** Seeds of the finished trials of a network, in the order of the replicates. */
function seedsOf(trials: readonly StoredTrial[], networkId: string): number[] {
  return trials
    .filter((trial) => trial.networkId === networkId && trial.state === 'completed')
    .toSorted((a, b) => a.replicate - b.replicate)
    .map(({ seed }) => seed);
}

/** The engines that trained the finished trials, with counts. */
function enginesOf(trials: readonly StoredTrial[]) {
  const counts = new Map<string, { engine: string; version: string; device: string; trials: number }>();
  for (const trial of trials) {
    if (trial.state !== 'completed') continue;
    const { engine, engineVersion: version, device } = trial.result;
    const key = JSON.stringify([engine, version, device]);
    const one = counts.get(key) ?? { engine, version, device, trials: 0 };
    counts.set(key, { ...one, trials: one.trials + 1 });
  }
  return [...counts.values()];
}

/** The chosen coefficients of a search as a file to download, with its name; null while nothing can be chosen. Opens the store for reading. */
export function coefficientsDownload(
  storeFile: string,
  searchId: number,
  version: string,
): { readonly name: string; readonly content: string } | null {
  const reader = StoreReader.open(storeFile);
  try {
    const summary = reader.searches().find(({ id }) => id === searchId);
    const record = summary && coefficientsExport(readSearchEvidence(reader, summary), version);
    if (!summary || !record) return null;
    const name = `${summary.name}-${summary.hash.slice(0, 8)}.coefficients.json`;
    return { name, content: `${JSON.stringify(record, null, 2)}\n` };
  } finally {
    reader.close();
  }
}

/** The default file for the coefficients of a search: beside the store, with the name of the search. */
export function coefficientsFile(store: string, search: string): string {
  const base = store.replace(/\.(sqlite3?|db)$/i, '');
  const name = path.basename(base).split('.')[0] === search ? base : `${base}.${search}`;
  return `${name}.coefficients.json`;
}

/** Writes the chosen coefficients atomically; null without a choice. */
export async function writeCoefficients(
  evidence: SearchEvidence,
  file: string,
  version: string,
): Promise<string | null> {
  const record = coefficientsExport(evidence, version);
  if (!record) return null;
  await checkWritable(file);
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeAtomically(file, (handle) => handle.writeFile(`${JSON.stringify(record, null, 2)}\n`));
  return file;
}
