import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { workPerImage } from '../../search/plan/forecast/work.js';
import { writeAtomically } from '../../workers/atomic-file.js';
import type { EngineReport } from '../../workers/engine/probe.js';
import { sampleCost } from '../../workers/engine/sample.js';

/** How fast one worker of this machine trains with an engine, as a probe has measured it. */
const speedSchema = z.object({
  engine: z.string(),
  device: z.string(),
  /** Work (`workPerImage`) a second. */
  workPerSecond: z.number().gt(0),
  gigaflops: z.number().gt(0),
});
export type MachineSpeed = Readonly<z.infer<typeof speedSchema>>;

const remembered = z.array(speedSchema);

/** What probes on this machine have found, the fastest first. Nothing that can be read counts as nothing known. */
export async function knownSpeeds(cacheFolder: string): Promise<MachineSpeed[]> {
  try {
    const speeds = remembered.parse(JSON.parse(await readFile(speedFile(cacheFolder), 'utf8')));
    return speeds.toSorted((a, b) => b.workPerSecond - a.workPerSecond);
  } catch {
    return [];
  }
}

/** Keeps what a probe has found for the next plan. */
export async function rememberSpeeds(cacheFolder: string, reports: readonly EngineReport[]): Promise<void> {
  const found = reports.flatMap((report): MachineSpeed[] => {
    if (!report.works) return [];
    const { engine, device, imagesPerSecond, gigaflops } = report;
    return [{ engine, device, gigaflops, workPerSecond: imagesPerSecond * workPerImage(sampleCost) }];
  });
  if (found.length === 0) return;
  const engines = new Set(found.map(({ engine }) => engine));
  const others = (await knownSpeeds(cacheFolder)).filter(({ engine }) => !engines.has(engine));
  await mkdir(cacheFolder, { recursive: true });
  const text = `${JSON.stringify([...others, ...found], null, 2)}\n`;
  await writeAtomically(speedFile(cacheFolder), (handle) => handle.writeFile(text));
}

/** The speed of a machine of which only the GFLOP/s are known that `triscale doctor` prints there. */
export function speedOf(gigaflops: number): MachineSpeed {
  const imagesPerSecond = (gigaflops * 1e9) / (6 * sampleCost.macs);
  const workPerSecond = imagesPerSecond * workPerImage(sampleCost);
  return { engine: 'given', device: `${gigaflops} GFLOP/s`, gigaflops, workPerSecond };
}

function speedFile(cacheFolder: string): string {
  return path.join(cacheFolder, 'speed.json');
}
