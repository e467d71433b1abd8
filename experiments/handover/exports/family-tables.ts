import type { FamilyRecord, FamilyRow } from '../family/record.js';

/** Trained accuracy of a network: mean of its seeds and half of its 95 % interval, shares; the half is null for one seed. */
export interface TrainedAccuracy {
  readonly seeds: number;
  readonly mean: number;
  readonly half: number | null;
}

export type Trained = ReadonlyMap<string, TrainedAccuracy>;

type Column = readonly [head: string, value: (row: FamilyRow, trained: TrainedAccuracy | undefined) => string | number];

const columns: readonly Column[] = [
  ['rule', ({ rule }) => rule],
  ['phi', ({ phi }) => phi],
  ['depth_multiplier', ({ multipliers }) => multipliers.depth],
  ['width_multiplier', ({ multipliers }) => multipliers.width],
  ['resolution_multiplier', ({ multipliers }) => multipliers.resolution],
  ['resolution_px', ({ network }) => network.resolutionPx],
  ['repeats', ({ network }) => network.stages.map(({ repeats }) => repeats).join(' ')],
  ['widths', ({ network }) => network.stages.map(({ width }) => width).join(' ')],
  ['dropout', ({ network }) => network.regularisation.dropout],
  ['params', ({ cost }) => cost.params],
  ['macs', ({ cost }) => cost.macs],
  ['activations', ({ cost }) => cost.activations],
  ['realised_macs_ratio', ({ realised }) => realised],
  ['predicted_peak_bytes', ({ peakBytes }) => peakBytes],
  ['predicted_training_seconds', ({ predictedWallMs }) => (predictedWallMs === null ? '' : predictedWallMs / 1000)],
  ['validation_accuracy', (_, trained) => trained?.mean ?? ''],
  ['validation_accuracy_half_interval', (_, trained) => trained?.half ?? ''],
  ['seeds', (_, trained) => trained?.seeds ?? ''],
  ['network_id', ({ networkId }) => networkId],
];

/** The family as CSV (RFC 4180): a line for each member and each of its rivals; macs, activations and memory per image and per training. */
export function familyCsv({ rows }: FamilyRecord, trained: Trained = new Map()): string {
  const lines = rows.map((row) => columns.map(([, value]) => value(row, trained.get(row.networkId))));
  return [columns.map(([head]) => head), ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

/** The columns of a table of the family: rule and φ, multipliers and size, exact counts per image, predicted memory and time. */
export const familyHeads: readonly string[] = [
  'rule',
  'φ',
  'd',
  'w',
  'r',
  'px',
  'dropout',
  'params',
  'macs',
  'realised',
  'activations',
  'memory',
  'time',
];

/** The family as Markdown: its members, their rivals at equal cost, and the published networks. */
export function familyMarkdown(family: FamilyRecord, trained: Trained = new Map()): string {
  const { baseline, rows, published, publishedNote, simulated } = family;
  const { alpha, beta, gamma } = family.chosen;
  const isTrained = rows.some(({ networkId }) => trained.has(networkId));
  const lines = rows.map((row) => [
    row.rule,
    short(row.phi),
    ...[row.multipliers.depth, row.multipliers.width, row.multipliers.resolution].map((by) => by.toFixed(3)),
    row.network.resolutionPx,
    row.network.regularisation.dropout,
    row.cost.params,
    row.cost.macs,
    `×${row.realised.toFixed(3)}`,
    row.cost.activations,
    `${(row.peakBytes / 2 ** 20).toFixed(0)} MiB`,
    row.predictedWallMs === null ? '' : `${(row.predictedWallMs / 1000).toFixed(0)} s`,
    ...(isTrained ? [accuracyWords(trained.get(row.networkId))] : []),
  ]);
  const parts = [
    `# The family of ${baseline}`,
    `α = ${short(alpha)}, β = ${short(beta)}, γ = ${short(gamma)}: depth grows by d = α^φ, width by w = β^φ, resolution by r = γ^φ.` +
      (simulated ? ' Chosen by a simulated search: no network was trained.' : ''),
    markdownTable([...familyHeads, ...(isTrained ? ['validation'] : [])], lines),
    'params are trainable parameters, macs multiply-adds per image, realised their ratio to the baseline’s. memory is the predicted peak of training, time the predicted training with the search’s recipe on ' +
      'the machine that trained it. Each member is followed by its rivals at the same realised cost, as nearly as rounding allows: depth, width or resolution alone, and the fast rule of Dollár et al. (d = s^0.1, w = s^0.4, r = s^0.05).',
  ];
  if (published.length > 0) {
    const publishedLines = published.map(({ name, multipliers, resolutionPx, phiFrom }) => [
      name,
      ...[multipliers.depth, multipliers.width].map((by) => by.toFixed(1)),
      resolutionPx,
      ...[phiFrom.depth, phiFrom.width, phiFrom.resolution].map((phi) => (phi === null ? '' : phi.toFixed(2))),
    ]);
    const publishedHeads = ['published', 'd', 'w', 'px', 'φ from d', 'φ from w', 'φ from r'];
    parts.push('## The published family', markdownTable(publishedHeads, publishedLines), publishedNote ?? '');
  }
  return `${parts.join('\n\n')}\n`;
}

function accuracyWords(trained: TrainedAccuracy | undefined): string {
  if (!trained) return '';
  const half = trained.half === null ? '' : ` ± ${(100 * trained.half).toFixed(2)}`;
  return `${(100 * trained.mean).toFixed(2)}${half} % (${trained.seeds})`;
}

function markdownTable(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function quoted(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
