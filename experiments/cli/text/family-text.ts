import { bytes, shortCount as count, duration, percent, times } from '../../../search/base/format.js';
import { familyHeads, type Trained } from '../../handover/exports/family-tables.js';
import type { FamilyRecord } from '../../handover/family/record.js';
import { table } from '../console.js';

/** The members, each followed by its rivals, with their costs. */
export function familyTable({ rows }: FamilyRecord): string {
  const lines = rows.map((row) => [
    row.rule,
    row.phi,
    ...[row.multipliers.depth, row.multipliers.width, row.multipliers.resolution].map((by) => by.toFixed(3)),
    row.network.resolutionPx,
    row.network.regularisation.dropout,
    count(row.cost.params),
    count(row.cost.macs),
    times(row.realised),
    count(row.cost.activations),
    bytes(row.peakBytes),
    row.predictedWallMs === null ? '?' : duration(row.predictedWallMs),
  ]);
  const legend =
    'realised: macs over the baseline’s; memory, time: predicted peak and duration of one training with the search’s recipe, on the machine that trained the search.\nUnder each member, at its realised cost: depth, width or resolution alone, and the fast rule of Dollár et al. (d = s^0.1, w = s^0.4, r = s^0.05).';
  return `${table(familyHeads, lines)}\n${legend}`;
}

/** Accuracy against cost: a curve for each rule, sorted by cost. */
export function familyCurves({ rows }: FamilyRecord, trained: Trained): string {
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  const lines = rules.flatMap((rule) =>
    rows
      .filter((row) => row.rule === rule)
      .toSorted((a, b) => a.cost.macs - b.cost.macs)
      .map((row) => [rule, row.phi, count(row.cost.macs), times(row.realised), accuracy(trained, row.networkId)]),
  );
  return table(['rule', 'φ', 'macs', 'realised', 'validation ± 95 % (seeds)'], lines);
}

function accuracy(trained: Trained, networkId: string): string {
  const found = trained.get(networkId);
  if (!found) return 'no result';
  const half = found.half === null ? '?' : (100 * found.half).toFixed(2);
  return `${percent(found.mean)} ± ${half} (${found.seeds})`;
}

/** The published networks of the same baseline and why they differ; empty if there are none. */
export function describePublished({ published, publishedNote }: FamilyRecord): string {
  if (published.length === 0) return '';
  const phi = (value: number | null) => (value === null ? '' : value.toFixed(2));
  const rows = table(
    ['network', 'd', 'w', 'px', 'φ from d', 'φ from w', 'φ from r'],
    published.map(({ name, multipliers, resolutionPx, phiFrom }) => [
      name,
      multipliers.depth.toFixed(1),
      multipliers.width.toFixed(1),
      resolutionPx,
      phi(phiFrom.depth),
      phi(phiFrom.width),
      phi(phiFrom.resolution),
    ]),
  );
  return `\nThe published family\n${rows}\n${publishedNote ?? ''}`;
}
