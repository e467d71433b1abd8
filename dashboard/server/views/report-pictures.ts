import { InputError } from '../../search/base/errors.js';
import type { ReportData, ReportPictures } from '../api.js';
import { carriedPx, type PictureSource } from '../pictures.js';

/** The pictures that go into a report: those of the first finished trial of the chosen network. Null where the data are not what they were. */
export async function reportPictures(
  { plan, state, trials }: Omit<ReportData, 'pictures'>,
  source: PictureSource | undefined,
): Promise<ReportPictures | null> {
  const chosen = state.selection.choice?.networkId;
  const trial = trials.find(({ networkId, mistakes }) => networkId === chosen && mistakes !== null);
  if (!source || !trial?.result || !trial.mistakes) return null;
  try {
    const data = { dataset: plan.dataset, digest: trial.result.datasetDigest };
    const { classes, sidePx, pngs } = await source(data, trial.mistakes, carriedPx);
    return { trialId: trial.id, classes, sidePx, pngs: pngs.map((png) => png.toString('base64')) };
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
