import { Glyph, type GlyphName } from '../charts/glyph.js';
import { coefficientsText, verdictText } from '../data/describe.js';
import { bytes, coefficient, count, none, percent, points, seconds, times } from '../data/format.js';
import type { NetworkRow } from '../data/model.js';
import type { TableColumn } from '../parts/data-table.js';

type Column = TableColumn<NetworkRow>;

function number(
  id: string,
  head: string,
  value: (row: NetworkRow) => number | null | undefined,
  show: (value: number) => string,
  rest: Partial<Column> = {},
): Column {
  const exact = (row: NetworkRow): number | null => value(row) ?? null;
  return {
    id,
    head,
    value: exact,
    show: (row) => {
      const found = exact(row);
      return found === null ? none : show(found);
    },
    ...rest,
  };
}

/** Columns of the table of networks; a network's name leads to its trials. */
export function networkColumns(linkOf: (row: NetworkRow) => string | null): Column[] {
  return [
    {
      id: 'network',
      head: 'Network',
      value: ({ id }) => id,
      show: (row) => (
        <a href={linkOf(row) ?? '#'} title={coefficientsText(row)}>
          <Glyph name={glyphOf(row)} />
          <code>{row.id}</code>
        </a>
      ),
    },
    { id: 'verdict', head: 'Verdict', value: ({ verdict }) => verdictText[verdict] },
    number('alpha', 'α', ({ point }) => point.alpha, coefficient, { unit: 'depth' }),
    number('beta', 'β', ({ point }) => point.beta, coefficient, { unit: 'width' }),
    number('gamma', 'γ', ({ point }) => point.gamma, coefficient, { unit: 'resolution' }),
    number('phi', 'φ', ({ point }) => point.phi, coefficient, { visible: false }),
    number('mean', 'Accuracy', ({ estimate }) => estimate?.mean, percent, { unit: 'mean' }),
    number('low', 'From', ({ estimate }) => estimate?.interval?.[0], points, { unit: '95 % interval, %' }),
    number('high', 'To', ({ estimate }) => estimate?.interval?.[1], points, { unit: '95 % interval, %' }),
    number('sd', 'SD', ({ estimate }) => estimate?.ownSd, points, { unit: 'points' }),
    number('seeds', 'Seeds', ({ estimate }) => estimate?.n ?? 0, String, { unit: 'finished' }),
    number('failed', 'Failed', ({ trials }) => trials.filter(({ trial }) => trial.state === 'failed').length, String, {
      unit: 'trials',
      visible: false,
    }),
    number('realised', 'Realised', ({ network }) => network.realised, times, { unit: 'MACs / baseline' }),
    number('nominal', 'Nominal', ({ point }) => point.nominal, times, { unit: '(αβ²γ²)^φ' }),
    number('macs', 'MACs', ({ network }) => network.cost.macs, count, { unit: 'per image' }),
    number('params', 'Params', ({ network }) => network.cost.params, count, { unit: 'trainable' }),
    number('activations', 'Activations', ({ network }) => network.cost.activations, count, { unit: 'per image' }),
    number('memory', 'Memory', ({ network }) => network.peakBytes, bytes, { unit: 'predicted peak', visible: false }),
    number('time', 'Time', ({ secondsPerImage }) => secondsPerImage, seconds, { unit: 'per image', visible: false }),
    number('resolution', 'Input', ({ network }) => network.resolutionPx, String, { unit: 'px' }),
    number('d', 'd', ({ network }) => network.multipliers.depth, times, { unit: 'realised', visible: false }),
    number('w', 'w', ({ network }) => network.multipliers.width, times, { unit: 'realised', visible: false }),
    number('r', 'r', ({ network }) => network.multipliers.resolution, times, { unit: 'realised', visible: false }),
    { id: 'reason', head: 'Reason', value: ({ reason }) => reason || null },
  ];
}

function glyphOf({ group, verdict }: NetworkRow): GlyphName {
  if (verdict === 'chosen' || verdict === 'tied') return verdict;
  return group === 'searched' ? 'rejected' : group;
}
