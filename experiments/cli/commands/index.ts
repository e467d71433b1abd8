import type { Command } from 'commander';
import type { ExitWith } from '../ending.js';
import { doctorCommand } from './machines/doctor.js';
import { engineCommand } from './machines/engine.js';
import { workerCommand, workersCommand } from './machines/worker.js';
import { costCommand } from './network/cost.js';
import { dataCommand } from './network/data.js';
import { networksCommand } from './network/networks.js';
import { scaleCommand } from './network/scale.js';
import { trainCommand } from './network/train.js';
import { dashboardCommand } from './results/dashboard.js';
import { exportCommand } from './results/export.js';
import { familyCommand } from './results/family.js';
import { mergeCommand } from './results/merge.js';
import { replayCommand } from './results/replay.js';
import { reportCommand } from './results/report.js';
import { verifyCommand } from './results/verify.js';
import { whatIfCommand } from './results/what-if.js';
import {
  cancelCommand,
  chooseCommand,
  extendCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
  stopCommand,
} from './search/control.js';
import { newCommand } from './search/new.js';
import { planCommand } from './search/plan.js';
import { runCommand } from './search/run.js';
import { selectCommand } from './search/select.js';
import { statusCommand } from './search/status.js';

export type CommandMaker = (exitWith: ExitWith) => Command;

/** The commands in the order of the help text. */
export const commands: readonly CommandMaker[] = [
  dataCommand,
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
