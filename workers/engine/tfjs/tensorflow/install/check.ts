import { SampleTraining } from '../../../sample.js';
import { engineOf } from '../../index.js';
import { backendOf } from '../backend-of.js';
import { buildOf, type Form } from '../build.js';
import { loadBuild } from '../load.js';

/** The program of the child process that tries a build: trains one step and writes `CheckResult` to standard output. Arguments: form, cache folder. */
export interface CheckResult {
  readonly version: string;
  readonly device: string;
}

const [form, cache] = process.argv.slice(2);
const engine = engineOf(backendOf(loadBuild(buildOf(form as Form, cache))));
const training = await SampleTraining.open(engine, 2);
const losses = [await training.step(), await training.step()];
if (!losses.every(Number.isFinite)) throw new Error(`the losses of two steps are ${losses.join(' and ')}`);
const result: CheckResult = { version: engine.version, device: engine.device };
process.stdout.write(`${JSON.stringify(result)}\n`);
