import { StoreReader } from '../../../db/reader.js';
import { writeCoefficients } from '../../handover/coefficients.js';
import { readSearchEvidence } from '../../handover/evidence.js';
import type { SearchEnd } from '../../run/coordinator/search-events.js';
import { type Console, packageVersion } from '../console.js';
import type { ExitWith } from '../ending.js';
import { describeChoice, describeTrials, networkTable } from './search-text.js';

export interface RunReport {
  readonly end: SearchEnd;
  /** The SQLite file. */
  readonly store: string;
  /** The file to write the coefficients to. */
  readonly out: string;
  /** Rule of choice; the default where undefined. */
  readonly rule: string | undefined;
  readonly console: Console;
  readonly exitWith: ExitWith;
}

/** Writes the coefficients that a finished search has chosen and prints its result; the exit code is 3 if nothing was chosen. */
export async function reportRun({ end, store, out, rule, console, exitWith }: RunReport): Promise<void> {
  const reader = StoreReader.open(store);
  let evidence: ReturnType<typeof readSearchEvidence>;
  try {
    const summary = reader.searches().find(({ id }) => id === end.searchId);
    if (!summary) throw new Error(`search ${end.searchId} is not in its store`);
    evidence = readSearchEvidence(reader, summary, rule);
  } finally {
    reader.close();
  }
  const { selection, summary } = evidence;
  const written = await writeCoefficients(evidence, out, packageVersion());
  if (!written) exitWith(3);
  console.record({
    event: 'finished',
    trials: end.trials,
    trainedNow: end.endedNow,
    simulated: summary.simulation !== null,
    chosen: selection.choice?.coefficients ?? null,
    tieSet: selection.tieSet,
    store,
    files: written ? [written] : [],
  });
  const { failed } = end.trials;
  if (end.endedNow === 0) {
    console.say(`The search was already complete${failed > 0 ? ` (${failed} failed)` : ''}; nothing was trained.\n`);
  }
  console.say(`${describeChoice(evidence)}\n`);
  console.say(networkTable(evidence, console.strong, 20));
  if (summary.simulation) console.say('Simulated: no network was trained.');
  console.say(`\nTrials  ${describeTrials(end.trials)}`);
  if (failed > 0) console.say('Failed  `triscale status` shows why; `triscale retry` trains them again');
  console.say(`Store   ${store}`);
  if (written) console.say(`Export  ${written}`);
}
