import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { trialFlags } from '../../dist/workers/trial/v8-flags.js';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const python = process.env.PYTHON ?? here('../../.venv/bin/python');

/** Who takes part by name: the program and its arguments for a network. The peers get their task as JSON in a line of their input. */
const programs = {
  ...Object.fromEntries(['wasm', 'tensorflow', 'webgpu', 'cpu'].map((engine) => [engine, { engine }])),
  pytorch: { script: 'pytorch_training.py', mode: 'eager' },
  'pytorch-compile': { script: 'pytorch_training.py', mode: 'compile' },
  keras: { script: 'keras_training.py' },
};

export const competitorNames = Object.keys(programs);

/** A process that trains one network and waits for its turn between rounds. */
export class Competitor {
  #child;
  #lines;
  #lastWords = '';

  constructor(name, networkName, { network, graph, batch }, threads) {
    const program = programs[name];
    if (!program) throw new Error(`--engines: expected some of ${competitorNames.join(', ')}, got ${name}`);
    this.name = name;
    const [command, args] = program.engine
      ? [process.execPath, [...trialFlags, here('own.mjs'), program.engine, networkName, String(threads)]]
      : [python, [here(`../peers/${program.script}`)]];
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TRISCALE_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
    });
    this.#child.on('error', (error) => {
      this.#lastWords += error.message;
    });
    // What a process that has ended can no longer read is told of by the end of its answers.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    if (program.script)
      this.#say(JSON.stringify({ mode: program.mode, graph, batch, threads, classes: network.classes }));
  }

  /** Waits for the warm-up; what the competitor says of itself, or null with a reason where it cannot run here. */
  async ready() {
    const about = await this.#answer();
    return about ?? { missing: this.#lastWords.trim().split('\n').at(-1) ?? '' };
  }

  /** One round of at least this long: `{images, seconds, processorSeconds, peakBytes}`. */
  async round(leastMs) {
    this.#say(String(leastMs));
    const answer = await this.#answer();
    if (!answer) throw new Error(`${this.name} ended in a round: ${this.#lastWords}`);
    return answer;
  }

  end() {
    this.#child.stdin.end();
  }

  #say(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** The next line that is JSON: libraries may greet before. */
  async #answer() {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return null;
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }
}
