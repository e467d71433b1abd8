import { coefficientsText } from '../data/describe.js';
import { bytes, duration, none, percent, plural } from '../data/format.js';
import type { TrialRow } from '../data/model.js';
import type { TableColumn } from './data-table.js';

type Column = TableColumn<TrialRow>;

function measured(
  id: string,
  head: string,
  value: (row: TrialRow) => number | null,
  show: (value: number) => string,
  rest: Partial<Column> = {},
): Column {
  return {
    id,
    head,
    value,
    show: (row) => {
      const found = value(row);
      return found === null ? none : show(found);
    },
    ...rest,
  };
}

const result = ({ trial }: TrialRow) => (trial.state === 'completed' ? trial.result : null);

/** Columns of the table of trials. */
export function trialColumns(linkOf: (row: TrialRow) => string | null): Column[] {
  return [
    {
      id: 'trial',
      head: 'Trial',
      value: ({ id }) => id,
      show: (row) => (
        <a href={linkOf(row) ?? '#'}>
          <code>{row.id}</code>
        </a>
      ),
    },
    { id: 'coefficients', head: 'Coefficients', value: ({ network }) => coefficientsText(network) },
    measured('seed', 'Seed', ({ replicate }) => replicate + 1, String, { unit: 'number' }),
    { id: 'state', head: 'State', value: stateText },
    measured('attempts', 'Attempts', ({ trial }) => trial.attempts, String),
    measured('accuracy', 'Accuracy', accuracyOf, percent, { unit: 'last epoch' }),
    measured(
      'loss',
      'Loss',
      (row) => result(row)?.validationLoss ?? null,
      (loss) => loss.toFixed(4),
      { unit: 'validation' },
    ),
    measured('wall', 'Time', (row) => result(row)?.wallMs ?? null, duration, { unit: 'training' }),
    measured(
      'speed',
      'Speed',
      (row) => result(row)?.imagesPerSecond ?? null,
      (speed) => speed.toPrecision(4),
      {
        unit: 'images / s',
      },
    ),
    measured('memory', 'Memory', (row) => result(row)?.peakBytes ?? null, bytes, { unit: 'peak', visible: false }),
    { id: 'host', head: 'Worker', value: hostOf },
    { id: 'engine', head: 'Engine', value: (row) => result(row)?.engine ?? null, visible: false },
  ];
}

/** The state of a trial in words. */
export function stateText({ trial }: Pick<TrialRow, 'trial'>): string {
  if (trial.state === 'failed') return trial.message;
  return trial.state === 'running' ? `running, ${plural(trial.epoch, 'epoch')} finished` : trial.state;
}

function accuracyOf({ trial }: TrialRow): number | null {
  if (trial.state === 'completed') return trial.result.validationAccuracy;
  return trial.state === 'running' ? trial.validationAccuracy : null;
}

function hostOf({ trial }: TrialRow): string | null {
  if (trial.state === 'completed') return trial.result.host;
  return trial.state === 'running' ? trial.host : null;
}
