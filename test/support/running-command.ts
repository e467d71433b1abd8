import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** The program of the built command line. */
export const main = path.resolve(import.meta.dirname, '../../dist/experiments/cli/main.js');

/** The built command line with `--json`, in a group of processes of its own as a terminal has it; killed when its test is over. */
export class RunningCommand {
  private readonly child: ChildProcess;
  /** Resolves with the exit code. */
  readonly end: Promise<number | null>;
  /** What it has written so far. */
  out = '';
  err = '';

  /** `onEvent` hears every line of standard output as soon as it is whole. */
  constructor(
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env: NodeJS.ProcessEnv;
      readonly onEvent?: (event: CommandEvent) => void;
    },
  ) {
    this.child = spawn(process.execPath, [main, ...args, '--json'], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const told = this.events().length;
      this.out += text;
      for (const event of this.events().slice(told)) options.onEvent?.(event);
    });
    this.end = new Promise((resolve, reject) => {
      this.child.once('close', resolve);
      this.child.once('error', reject);
    });
    onTestFinished(() => {
      if (this.isAlive()) this.signal('SIGKILL');
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** What it has said, or what it has said with this name. */
  events(name?: string): CommandEvent[] {
    const whole = this.out.slice(0, this.out.lastIndexOf('\n') + 1);
    const events = whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as CommandEvent]));
    return name === undefined ? events : events.filter(({ event }) => event === name);
  }

  /** As a terminal does: to every process of the group. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Whether any process of the group is left. */
  isAlive(): boolean {
    try {
      return process.kill(-this.pid, 0);
    } catch {
      return false;
    }
  }
}

/** A line of `--json`. */
export type CommandEvent = { readonly event?: string; readonly [key: string]: unknown };
