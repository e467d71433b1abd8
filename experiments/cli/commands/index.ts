import type { Command } from 'commander';
import type { ExitWith } from '../exit-code.js';
import {
  cancelCommand,
  chooseCommand,
  extendCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
  stopCommand,
} from './control.js';
import { costCommand } from './cost.js';
import { dashboardCommand } from './dashboard.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { exportCommand } from './export.js';
import { familyCommand } from './family.js';
import { mergeCommand } from './merge.js';
import { networksCommand } from './networks.js';
import { newCommand } from './new.js';
import { planCommand } from './plan.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { scaleCommand } from './scale.js';
import { selectCommand } from './select.js';
import { statusCommand } from './status.js';
import { trainCommand } from './train.js';
import { verifyCommand } from './verify.js';
import { whatIfCommand } from './what-if.js';
import { workerCommand, workersCommand } from './worker.js';

export type CommandMaker = (exitWith: ExitWith) => Command;

/** The commands in the order of the help text. */
export const commands: readonly CommandMaker[] = [
  newCommand,
  planCommand,
  runCommand,
  statusCommand,
  selectCommand,
  chooseCommand,
  exportCommand,
  verifyCommand,
  familyCommand,
  whatIfCommand,
  replayCommand,
  mergeCommand,
  dashboardCommand,
  reportCommand,
  pauseCommand,
  resumeCommand,
  stopCommand,
  cancelCommand,
  retryCommand,
  extendCommand,
  networksCommand,
  costCommand,
  scaleCommand,
  trainCommand,
  workerCommand,
  workersCommand,
  doctorCommand,
  engineCommand,
];
