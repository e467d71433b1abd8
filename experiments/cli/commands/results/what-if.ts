import { Command, Option } from 'commander';
import { InputError } from '../../../../search/base/errors.js';
import { bytes, shortCount as count, percent, times } from '../../../../search/base/format.js';
import { familyOptions } from '../../../../search/evidence/family.js';
import { fitSurface } from '../../../../search/evidence/surface.js';
import { type Target, type WhatIf, whatIf } from '../../../../search/evidence/what-if.js';
import { targetRatio } from '../../../../search/scaling/target.js';
import { readSearchEvidence, type SearchEvidence } from '../../../handover/evidence.js';
import { makeConsole } from '../../console.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common, parseTarget } from '../../options/options.js';

interface Options extends SearchOptions {
  readonly target: Target;
  readonly json?: boolean;
}

/** `triscale what-if FILE`: the network with the highest expected accuracy at another cost, from stored results. */
export function whatIfCommand(): Command {
  return addSearchOptions(new Command('what-if'))
    .description('predict the best network at another cost from the fitted surface; trains nothing')
    .addOption(
      new Option('--target <cost>', 'macs=NUMBER to meet, or memory=BYTES to stay within while training')
        .argParser(parseTarget)
        .makeOptionMandatory(),
    )
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale what-if experiments/demo.json --target macs=4M\n  triscale what-if runs/demo.sqlite --target memory=200MiB --json\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      await withSearch(file, options, (reader, summary) => {
        const evidence = readSearchEvidence(reader, summary);
        const answer = whatIfSearch(evidence, options.target);
        console.record({ name: summary.name, hash: summary.hash, simulated: summary.simulation !== null, ...answer });
        if (summary.simulation) console.say('Simulated: no network was trained.');
        console.say(describe(answer));
      });
    });
}

function describe(answer: WhatIfAnswer): string {
  const { coefficients, member, accuracy, standardError, isExtrapolated, trainedMacs, explained, edge } = answer;
  const { alpha, beta, gamma, phi } = coefficients;
  const { network, cost, realised, peakBytes } = member;
  const lines = [
    `α = ${alpha.toFixed(3)}, β = ${beta.toFixed(3)}, γ = ${gamma.toFixed(3)} at φ = ${phi.toFixed(4)}: the optimum of the fitted surface, which explains ${percent(explained)} of the variance between networks.`,
    `${network.name} at ${network.resolutionPx} px, repeats ${network.stages.map(({ repeats }) => repeats).join(' ')}, widths ${network.stages.map(({ width }) => width).join(' ')}`,
    `${count(cost.params)} params, ${count(cost.macs)} macs (${times(realised)}), ${count(cost.activations)} activations, predicted peak ${bytes(peakBytes)} of training`,
    `Expected validation accuracy ${percent(accuracy)}, standard error ${(100 * standardError).toFixed(2)} points. Nothing was trained.`,
  ];
  if (isExtrapolated)
    lines.push(
      `This is an extrapolation: the trained networks have ${count(trainedMacs[0])} to ${count(trainedMacs[1])} macs.`,
    );
  if (edge.length > 0) lines.push(`The optimum lies at the edge of what was searched: ${edge.join(', ')}.`);
  return lines.join('\n');
}

/** What the fitted surface of a search says of a network that meets a target, with what is to be said of the surface itself. */
interface WhatIfAnswer extends WhatIf {
  /** Share of the variance between networks that the surface explains. */
  readonly explained: number;
  /** Where the optimum touches the edge of what was searched; empty inside. */
  readonly edge: readonly string[];
}

/** Answers without training. Throws `bad-value` where too few networks have finished for a surface, or where it cannot reach the target. */
function whatIfSearch(evidence: SearchEvidence, target: Target): WhatIfAnswer {
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
  const options = familyOptions(plan, evidence.trials, selection.choice?.networkId ?? null);
  const answer = whatIf(target, plan.baseline, candidates, surface, { ...options, targetMacs });
  const edge = surface.optimum.edge.map(({ dimension, side, coefficient }) => `${dimension} ${side} (${coefficient})`);
  return { ...answer, explained: surface.explained, edge };
}
