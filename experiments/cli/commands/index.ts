import type { Command } from 'commander';
import type { ExitCode } from '../program.js';
import { costCommand } from './cost.js';
import { networksCommand } from './networks.js';
import { newCommand } from './new.js';
import { planCommand } from './plan.js';
import { scaleCommand } from './scale.js';

/** Makes a command; `exitWith` sets the exit code of a command that ends well but without what was hoped for. */
export type CommandMaker = (exitWith: (code: ExitCode) => void) => Command;

/** The commands in the order of the help text. */
export const commands: readonly CommandMaker[] = [newCommand, planCommand, networksCommand, costCommand, scaleCommand];
