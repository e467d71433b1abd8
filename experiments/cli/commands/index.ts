import type { Command } from 'commander';
import type { ExitWith } from '../exit-code.js';
import { costCommand } from './cost.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { exportCommand } from './export.js';
import { networksCommand } from './networks.js';
import { newCommand } from './new.js';
import { planCommand } from './plan.js';
import { runCommand } from './run.js';
import { scaleCommand } from './scale.js';
import { selectCommand } from './select.js';
import { statusCommand } from './status.js';
import { trainCommand } from './train.js';

export type CommandMaker = (exitWith: ExitWith) => Command;

/** The commands in the order of the help text. */
export const commands: readonly CommandMaker[] = [
  newCommand,
  planCommand,
  runCommand,
  statusCommand,
  selectCommand,
  exportCommand,
  networksCommand,
  costCommand,
  scaleCommand,
  trainCommand,
  doctorCommand,
  engineCommand,
];
