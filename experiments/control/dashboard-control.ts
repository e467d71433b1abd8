import type { Control, ControlAnswer, ControlCommand } from '../../dashboard/control.js';
import { StoreReader } from '../../db/reader.js';
import { InputError } from '../../search/base/errors.js';
import { coefficientsExport } from '../handover/coefficients.js';
import { readSearchEvidence } from '../handover/evidence.js';
import { control } from './control.js';
import type { Command } from './messages.js';

/** Carries out what a page of the dashboard asks, as the commands of the same names do. `version`: of this program, for what is exported. */
export function dashboardControl(storeFile: string, version: string): Control {
  return async (searchId, command) => {
    if (command.command === 'export') return exported(storeFile, searchId, version);
    const { message } = await control(storeFile, searchId, commandOf(searchId, command));
    return { message };
  };
}

function commandOf(searchId: number, command: Exclude<ControlCommand, { command: 'export' }>): Command {
  switch (command.command) {
    case 'retry':
      return { command: 'retry', states: ['failed'] };
    case 'choose':
      return { ...command, searchId };
    default:
      return command;
  }
}

function exported(storeFile: string, searchId: number, version: string): ControlAnswer {
  const reader = StoreReader.open(storeFile);
  try {
    const summary = reader.searches().find(({ id }) => id === searchId);
    const record = summary && coefficientsExport(readSearchEvidence(reader, summary), version);
    if (!summary || !record)
      throw new InputError('bad-value', 'export: expected a network of the grid with a finished trial, got none');
    const name = `${summary.name}-${summary.hash.slice(0, 8)}.coefficients.json`;
    return { message: `exported as ${name}`, file: { name, content: `${JSON.stringify(record, null, 2)}\n` } };
  } finally {
    reader.close();
  }
}
